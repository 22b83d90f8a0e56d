/**
 * The sentences of the likeliest mistakes, word for word, for everybody who reports them: the management layer and the CLI.
 * `lines` are wrapped for a terminal of 80 columns.
 */
import { formatAge, formatExact } from './ages.ts';
import type { OperationBody, Verb } from './bodies/operation.ts';
import { type ErrorDetails, errorDetails } from './error-codes.ts';
import { nearestNames } from './nearest.ts';
import type { OperationState } from './state-words.ts';
import { together, wrapIndented } from './wrap.ts';

/** A label and the command below it: on one line if both fit, never broken inside the command. */
function labelled(label: string, command: string): string {
  return `${label}  ${together(command)}`;
}

function labelledLines(label: string, command: string): readonly string[] {
  return wrapIndented(labelled(label, command));
}

/** Nothing listens on the socket. `inClone`: the caller runs from a source checkout. */
export function notRunning(socketPath: string, inClone: boolean): ErrorDetails {
  const next = inClone ? 'npm start' : 'sudo systemctl start holdfast';
  const lines = inClone
    ? ['Start it:  npm start']
    : [
        'Start it:  sudo systemctl start holdfast        (in a clone: npm start)',
        'See why it stopped:  journalctl -u holdfast -n 20',
      ];
  return errorDetails('NOT_RUNNING', `the gateway does not run: nothing listens on ${socketPath}.`, { lines, next });
}

/** The account is not in the group that may change things. `command` is the whole call, ready for a shell. */
export function mayNotChange(verb: string, command: string, account: string): ErrorDetails {
  const now = `sudo ${command}`;
  return errorDetails('NO_PERMISSION', `you may look but not change: ${verb} needs the group "holdfast-admin".`, {
    lines: [`Now:        ${now}`, `For good:   sudo adduser ${account} holdfast-admin   (then log in again)`],
    next: now,
  });
}

/** Said by the gateway on the socket that is for looking. */
export function mayOnlyLook(): ErrorDetails {
  return errorDetails(
    'NO_PERMISSION',
    'read.sock answers from what the gateway knows; it asks no device and changes nothing.',
    {
      lines: ['What does goes over admin.sock, which is for the group "holdfast-admin".'],
    },
  );
}

/** The account may not use the socket at all. */
export function mayNotConnect(socketPath: string, command: string, owner: string | undefined): ErrorDetails {
  const who = owner === undefined ? 'another account' : `the account "${owner}"`;
  const now = `sudo ${command}`;
  return errorDetails('NO_PERMISSION', `you may not use ${socketPath}: it belongs to ${who}.`, {
    lines: [`Now:  ${now}`],
    next: now,
  });
}

/** Joined the group, but in a login that began before. */
export function loginBeganBefore(): ErrorDetails {
  return errorDetails('NO_PERMISSION', 'You are in "holdfast-admin", but this login began before: log in again.');
}

/** `names`: every endpoint name that is known. */
export function unknownDevice(endpoint: string, names: Iterable<string>): ErrorDetails {
  const nearest = nearestNames(endpoint, names, 2);
  const hint =
    nearest.length === 0 ? '' : ` The nearest ${nearest.length === 1 ? 'name' : 'names'}: ${nearest.join(', ')}.`;
  const next = 'holdfast devices';
  return errorDetails('UNKNOWN_DEVICE', `no device "${endpoint}".${hint}`, {
    lines: labelledLines('All of them:', next),
    next,
  });
}

const purposes = {
  read: 'so there is nothing to read',
  write: 'so there is nothing to write to',
  execute: 'so there is nothing to execute',
  discover: 'so there is nothing to discover',
  observe: 'so there is nothing to observe',
  unobserve: 'so nothing is observed',
} as const;

/** It has credentials, and never came. */
export function neverRegistered(
  endpoint: string,
  verb: keyof typeof purposes,
  keyAddedSecondsAgo: number | null,
): ErrorDetails {
  const next = `holdfast events --follow --device ${shellWord(endpoint)}`;
  const added = keyAddedSecondsAgo === null ? '' : `Its key was added ${formatAge(keyAddedSecondsAgo)} ago. `;
  return errorDetails('NOT_REGISTERED', `${endpoint} has never registered, ${purposes[verb]}.`, {
    lines: wrapIndented(labelled(`${added}Watch it arrive:`, next)),
    next,
  });
}

/** It was registered once and is not now. */
export function noLongerRegistered(
  endpoint: string,
  reason: string | null,
  endedSecondsAgo: number | null,
): ErrorDetails {
  const next = `holdfast events --follow --device ${shellWord(endpoint)}`;
  const ago = endedSecondsAgo === null ? '' : ` ${formatAge(endedSecondsAgo)} ago`;
  const how = reason === 'deregistered' ? `It deregistered${ago}.` : `Its registration ended${ago}.`;
  return errorDetails('NOT_REGISTERED', `${endpoint} is gone: it has no registration now.`, {
    lines: wrapIndented(labelled(`${how} Watch it come back:`, next)),
    next,
  });
}

/** It is ignored, by an operator or by the crash-loop breaker. */
export function muted(endpoint: string): ErrorDetails {
  const next = `holdfast device show ${shellWord(endpoint)}`;
  return errorDetails('MUTED', `${endpoint} is muted, so nothing is sent to it.`, {
    lines: wrapIndented(
      labelled('Since when and why:', next),
      labelled('To end it:', `holdfast device unmute ${shellWord(endpoint)}`),
    ),
    next,
  });
}

export function notObserved(endpoint: string, path: string): ErrorDetails {
  const next = `holdfast device show ${shellWord(endpoint)}`;
  return errorDetails('NOT_OBSERVED', `${path} of ${endpoint} is not observed.`, {
    lines: labelledLines('What is:', next),
    next,
  });
}

export function unknownOperation(id: number): ErrorDetails {
  const next = 'holdfast operations';
  return errorDetails('UNKNOWN_OPERATION', `no operation ${id}: ids are forgotten some time after their end.`, {
    lines: labelledLines('All that are known:', next),
    next,
    operation: id,
  });
}

const statesSaid = {
  queued: 'is still queued',
  sent: 'is under way',
  done: 'is done',
  failed: 'has failed',
  'in-doubt': 'is in doubt',
  expired: 'has expired',
  cancelled: 'is cancelled',
} as const satisfies Readonly<Record<OperationState, string>>;

/** It has ended, so it cannot be cancelled any more. */
export function nothingToCancel(operation: number, state: OperationState): ErrorDetails {
  const message = `operation ${operation} ${statesSaid[state]}, so there is nothing to cancel. Nothing was changed.`;
  return errorDetails('WRONG_STATE', message, { operation });
}

/** Only what is in doubt is sent anew. */
export function notInDoubt(operation: number, state: OperationState): ErrorDetails {
  const isOver = state !== 'queued' && state !== 'sent';
  const message = `operation ${operation} ${statesSaid[state]}, not in doubt. Nothing was sent.`;
  const wait = `holdfast operations wait ${operation}`;
  return errorDetails('WRONG_STATE', message, {
    lines: isOver ? ['To ask once more: repeat the command.'] : labelledLines('Wait for it:', wait),
    next: isOver ? null : wait,
    operation,
  });
}

/** `sends`: how often it had been sent by then. */
type CancelledOperation = Pick<OperationBody, 'endpoint' | 'verb' | 'path' | 'sends'>;

/** Somebody has withdrawn it. */
export function cancelled(operation: number, what: CancelledOperation): ErrorDetails {
  return errorDetails('CANCELLED', `operation ${operation} on ${what.endpoint} was cancelled.`, {
    lines: wrapIndented(afterCancelling(what)),
    operation,
  });
}

/** What may have become of an operation all the same that was cancelled. */
export function afterCancelling({ endpoint, verb, path, sends }: CancelledOperation): string {
  if (verb === 'observe') {
    return labelled('The wish stays. To withdraw it:', `holdfast unobserve ${shellWord(endpoint)} ${path}`);
  }
  if (sends === 0) return 'It had not been sent.';
  const did = changesDone[verb];
  if (did === undefined) return 'It had been sent; the answer is not waited for.';
  return `It had been sent already, so ${endpoint} may have ${did} ${path} all the same.`;
}

/** What a device may have done without anybody knowing. */
const changesDone: Partial<Record<Verb, string>> = { execute: 'executed', write: 'written' };

interface UnansweredFacts {
  readonly endpoint: string;
  readonly waitedMs: number;
  readonly operation: number;
  readonly sends: number;
  readonly heardSecondsAgo: number | null;
}

/** No answer to a request so far. `lateMs`: how long after the first sending an answer still counts. */
export function noAnswer(facts: UnansweredFacts & { readonly lateMs: number }): ErrorDetails {
  const next = `holdfast events --follow --operation ${facts.operation}`;
  const late = `A late answer counts until ${formatExact(facts.lateMs)} after the first sending:`;
  return unanswered(facts, labelled(`${heardText(facts)}${late}`, next), next);
}

/** None came, and none counts any more. What changes a device may have been done all the same. */
export function neverAnswered(facts: UnansweredFacts & { readonly verb: Verb; readonly path: string }): ErrorDetails {
  const { endpoint, verb, path } = facts;
  const next = `holdfast device show ${shellWord(endpoint)}`;
  const did = changesDone[verb];
  const doubt = `It may have ${did} ${path} all the same: look at the device before you repeat the command. `;
  return unanswered(
    facts,
    labelled(`${heardText(facts)}${did === undefined ? '' : doubt}What is known of it:`, next),
    next,
  );
}

/** `once`, `twice`, `3 times`. */
export function timesSaid(count: number): string {
  return count <= 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;
}

function unanswered(
  { endpoint, waitedMs, operation, sends }: UnansweredFacts,
  line: string,
  next: string,
): ErrorDetails {
  return errorDetails(
    'NO_ANSWER',
    `no answer from ${endpoint} within ${formatExact(waitedMs)} (operation ${operation}, sent ${timesSaid(sends)}).`,
    { lines: wrapIndented(line), next, operation },
  );
}

/** Whoever was heard since the request was sent is not off. */
function heardText({ heardSecondsAgo, waitedMs }: UnansweredFacts): string {
  if (heardSecondsAgo === null) return '';
  const off = heardSecondsAgo * 1_000 < waitedMs ? '' : ' and may be off';
  return `It was last heard ${formatAge(heardSecondsAgo)} ago${off}. `;
}

/** The operation's time in the queue is over. */
export function expired(endpoint: string, operation: number): ErrorDetails {
  return errorDetails(
    'EXPIRED',
    `operation ${operation} expired: ${endpoint} did not wake in time. Nothing was sent.`,
    {
      operation,
    },
  );
}

/**
 * Sent, and whether it ran will not be known. `why` defaults to what a restarted gateway found out itself: it names no time,
 * since without a trusted clock nobody knows how long ago it was sent. `operation` is null where the gateway knows of none.
 */
export function inDoubt(
  endpoint: string,
  verb: 'execute' | 'write',
  path: string,
  operation: number | null,
  why = 'The gateway restarted after sending it and no answer came in time.',
): ErrorDetails {
  const did = verb === 'execute' ? 'executed' : 'took the write to';
  const id = operation === null ? '' : ` (operation ${operation})`;
  const next = operation === null ? null : `holdfast operations retry ${operation}`;
  const again = next === null ? 'To send it again: repeat the command.' : labelled('To send it again:', next);
  return errorDetails('IN_DOUBT', `it is not known whether ${endpoint} ${did} ${path}${id}.`, {
    lines: wrapIndented(why, `Look at the device, then decide. ${again}`),
    next,
    operation,
  });
}

/** Accepted, so kept, and the gateway is away. */
export function goesOn(endpoint: string, operation: number): ErrorDetails {
  const next = `holdfast operations wait ${operation}`;
  return errorDetails('QUEUED', `the gateway stopped before ${endpoint} answered (operation ${operation}).`, {
    lines: wrapIndented(
      labelled('It goes on when the gateway runs again: do not repeat the command. Wait for it:', next),
    ),
    next,
    operation,
  });
}

export function notAPath(text: string): ErrorDetails {
  return errorDetails('BAD_PATH', `${text} is not a path: four numbers at most, 0 to 65534.`, {
    lines: ['object/instance/resource[/resource instance], for example /3303/0/5700'],
  });
}

const articles: Readonly<Record<string, string>> = { int: 'an', uint: 'a', opaque: 'an', objlnk: 'an' };

/** `name` is the resource's name in its definition; `hint` is a line such as `Use a point:  21.5`. */
export function badValue(
  text: string,
  type: string,
  path: string,
  name: string | null,
  hint: string | null,
): ErrorDetails {
  const resource = name === null ? path : `${path} (${name})`;
  const article = articles[type] ?? 'a';
  return errorDetails('BAD_VALUE', `"${text}" is not ${article} ${type}, which ${resource} needs.`, {
    lines: hint === null ? [] : wrapIndented(hint),
  });
}

/** `value` is what was to be written, as it was typed. */
export function typeUnknown(endpoint: string, path: string, value: string): ErrorDetails {
  const type = /^-?\d+(\.\d+)?$/.test(value) ? 'float' : 'string';
  const next = `holdfast write ${shellWord(endpoint)} ${path}:${type} ${shellWord(value)}`;
  return errorDetails('TYPE_UNKNOWN', `the type of ${path} is not known here. Say it, for example:`, {
    lines: [next],
    next,
  });
}

/** The device answered with 4.xx or 5.xx. `why` is what the gateway knows about it (`Its definition says read-only.`). */
export function deviceRefused(facts: {
  readonly endpoint: string;
  readonly path: string;
  /** The code with its words, `4.05 method not allowed`. */
  readonly code: string;
  /** It is known that nothing was changed. */
  readonly unchanged: boolean;
  readonly why: string | null;
  readonly operation: number | null;
}): ErrorDetails {
  const unchanged = facts.unchanged ? ['Nothing was changed.'] : [];
  const why = [...(facts.why === null ? [] : [facts.why]), ...unchanged].join(' ');
  return errorDetails('DEVICE_REFUSED', `${facts.endpoint} refused: ${facts.code} for ${facts.path}.`, {
    lines: why === '' ? [] : wrapIndented(why),
    operation: facts.operation,
  });
}

const storeStates = {
  full: 'the store is full: the gateway takes no changes until there is room.',
  readonly: 'the store is read-only: the gateway takes no changes.',
  failed: 'the store failed: the gateway takes no changes.',
  superseded: 'another gateway has taken over the store: this one takes no changes.',
} as const;

export function storeUnavailable(state: keyof typeof storeStates): ErrorDetails {
  const next = 'holdfast status';
  return errorDetails('STORE_UNAVAILABLE', storeStates[state], {
    lines: labelledLines('Devices still talk; details and what to do:', next),
    next,
  });
}

export function queueFull(endpoint: string, queued: number): ErrorDetails {
  const next = `holdfast device show ${shellWord(endpoint)}`;
  return errorDetails(
    'QUEUE_FULL',
    `the queue of ${endpoint} is full: ${queued} operations wait for it. Nothing was sent.`,
    {
      lines: labelledLines('What waits:', next),
      next,
    },
  );
}

export function existsAlready(what: 'device' | 'identity', name: string): ErrorDetails {
  const message =
    what === 'device'
      ? `${name} exists already. Nothing was changed.`
      : `the identity "${name}" belongs to another device.`;
  const lines =
    what === 'device' ? ['Change its key with --replace; its connection ends then.'] : ['Nothing was changed.'];
  return errorDetails('EXISTS_ALREADY', message, { lines });
}

const plainWord = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** An argument as a shell needs it. */
export function shellWord(text: string): string {
  return plainWord.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
