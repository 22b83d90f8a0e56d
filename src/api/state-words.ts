/** The words for states, the same in tables, in JSON and as arguments of filters. */

/** Device states, in the order in which a summary counts them. */
export const deviceStates = ['online', 'awake', 'asleep', 'silent', 'restored', 'gone', 'unseen', 'muted'] as const;
export type DeviceState = (typeof deviceStates)[number];

/** States of a device that has a registration. */
export const registeredStates = [
  'online',
  'awake',
  'asleep',
  'restored',
  'silent',
] as const satisfies readonly DeviceState[];

export const operationStates = ['queued', 'sent', 'done', 'failed', 'in-doubt', 'expired', 'cancelled'] as const;
export type OperationState = (typeof operationStates)[number];

export function isOperationState(word: string): word is OperationState {
  return (operationStates as readonly string[]).includes(word);
}

/** Whether an operation in this state will not change any more. */
export function isFinal(state: OperationState): boolean {
  return state !== 'queued' && state !== 'sent';
}

export const lastStopWords = {
  clean: 'clean',
  unclean: 'power cut or kill',
  crash: 'crash',
  first: 'first start',
} as const;
export type LastStop = keyof typeof lastStopWords;

/** Whether the budget of the flash is kept: as configured, by letting commits wait longer, or not even so. */
export const wearStates = ['within', 'widened', 'over'] as const;
export type WearState = (typeof wearStates)[number];

/** What a drop reason is called in `status`; a reason that is not here is its own name without hyphens. */
const dropWords: Readonly<Record<string, string>> = {
  'replayed-record': 'replayed',
  'malformed-record': 'malformed',
  'malformed-message': 'malformed CoAP',
  'datagram-too-long': 'too long',
  'no-association': 'without a connection',
  'authentication-failed': 'not authentic',
  duplicate: 'duplicates',
};

export function dropWord(reason: string): string {
  return dropWords[reason] ?? reason.replaceAll('-', ' ');
}

/** What is said of a finished operation: `/3/0/14 written`. */
export const verbsDone = {
  read: 'read',
  write: 'written',
  execute: 'executed',
  discover: 'discovered',
  observe: 'observed',
  unobserve: 'no longer observed',
} as const;
