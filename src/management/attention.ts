/**
 * What an operator should look at: a sentence each, and the command that goes on from there. Nothing here means nothing to do.
 * The gravest stands first.
 */
import type { AttentionBody } from '../api/bodies/status.ts';
import { shellWord } from '../api/error-texts.ts';
import type { StatusView } from '../gateway/views.ts';
import type { Information } from './information.ts';

export function attention(status: StatusView, information: Information): readonly AttentionBody[] {
  return [
    storeAttention(status, information),
    databaseAttention(status, information),
    journalAttention(information),
    eventLogAttention(status),
    wearAttention(information),
    budgetAttention(status),
    mutedAttention(status),
    setAsideAttention(status),
    ...repairedAttention(information),
    doubtAttention(status),
    devicesAttention(status),
    refusedAttention(status),
    clockAttention(information),
  ].filter((one) => one !== undefined);
}

function stateDirectory({ configuration }: Information): string {
  return shellWord(String(configuration.keys.find(({ key }) => key === 'state.directory')?.value ?? '.'));
}

function storeAttention({ store }: StatusView, information: Information): AttentionBody | undefined {
  const at = stateDirectory(information);
  switch (store) {
    case 'ok':
      return undefined;
    case 'full':
      return { code: 'store-full', text: 'The store is full, so nothing new is acknowledged', next: `df -h ${at}` };
    case 'readonly': {
      const text = 'The store is read-only, so nothing new is acknowledged';
      return { code: 'store-readonly', text, next: `findmnt -T ${at}` };
    }
    case 'failed': {
      const text = 'The store fails, so nothing new is acknowledged; it is tried again by itself';
      return { code: 'store-failed', text, next: 'sudo dmesg --level=err,warn' };
    }
    case 'superseded': {
      const text = 'Another gateway has taken over the store, so this one acknowledges nothing new';
      return { code: 'store-superseded', text, next: null };
    }
  }
}

const databaseWords = {
  full: 'has no space',
  readonly: 'is read-only',
  failed: 'refuses writes',
  superseded: 'belongs to another gateway',
} as const;

/** Acknowledgements go on while the journal takes them: there is time to mend it. */
function databaseAttention({ store }: StatusView, information: Information): AttentionBody | undefined {
  const { database, journalFill } = information.store.health;
  if (store !== 'ok' || database === 'ok') return undefined;
  const used = Math.round(journalFill * 100);
  const text = `The database ${databaseWords[database]}; the journal goes on for now, ${used}% of it is in use`;
  const next = database === 'full' ? `df -h ${stateDirectory(information)}` : 'sudo dmesg --level=err,warn';
  return { code: 'database-refuses', text, next };
}

/** What was set aside or kept stands in the state directory. */
function repairedAttention(information: Information): readonly AttentionBody[] {
  const next = `ls -l ${stateDirectory(information)}`;
  return information.store.notes.map((text) => ({ code: 'store-repaired', text: withoutFullStop(text), next }));
}

function journalAttention(information: Information): AttentionBody | undefined {
  if (information.store.health.journal === 'ok') return undefined;
  const text = 'The journal failed and could not be made anew yet; until then more is written to the flash';
  return { code: 'journal-failed', text, next: `df -h ${stateDirectory(information)}` };
}

/** A log at its limit is as it should be. One that is full of what may not go yet is about to refuse, or does. */
function eventLogAttention({ events }: StatusView): AttentionBody | undefined {
  const { youngHeld, heldMax } = events;
  if (youngHeld < heldMax * 0.8) return undefined;
  const next = 'holdfast config show';
  if (youngHeld >= heldMax) {
    const text = `The event log is full of events too young to go; raise limits.event_log_records (${heldMax})`;
    return { code: 'event-log-full', text, next };
  }
  const text = `The event log is nearly full of events too young to go; raise limits.event_log_records (${heldMax})`;
  return { code: 'event-log-nearly-full', text, next };
}

function wearAttention({ store }: Information): AttentionBody | undefined {
  if (store.wear.state !== 'over') return undefined;
  const text = 'More is written to the flash than its daily budget, though commits wait as long as they may';
  return { code: 'wear-budget-exceeded', text, next: 'holdfast flash' };
}

/** Devices that make the store write more than their share. */
function budgetAttention({ budgetSpent }: StatusView): AttentionBody | undefined {
  const { count, endpoints } = budgetSpent;
  if (count === 0) return undefined;
  const which = endpoints.length === 0 ? '' : `, ${endpoints.join(', ')}${count > endpoints.length ? ' …' : ''}`;
  const who = count === 1 ? '1 device has' : `${count} devices have`;
  const text = `${who} used up the bytes that may be written a day for one device, so it has to wait${which}`;
  return {
    code: 'device-budget-spent',
    text: count === 1 ? text : text.replace('it has', 'they have'),
    next: 'holdfast flash',
  };
}

/** Somebody has to find out what it sends; a device that an operator muted needs nobody. */
function mutedAttention({ mutedByBreaker }: StatusView): AttentionBody | undefined {
  const { count, endpoints } = mutedByBreaker;
  const [first] = endpoints;
  if (first === undefined) return undefined;
  const which = `${endpoints.join(', ')}${count > endpoints.length ? ' …' : ''}`;
  const head = count === 1 ? `${which} is muted` : `${count} devices are muted (${which})`;
  const text = `${head}: the gateway died again and again of what ${count === 1 ? 'it' : 'they'} sent`;
  return { code: 'devices-muted', text, next: `holdfast device show ${shellWord(first)}` };
}

function setAsideAttention({ setAside }: StatusView): AttentionBody | undefined {
  const { count, what, endpoints } = setAside;
  if (count === 0) return undefined;
  const [first] = endpoints;
  const whose = first === undefined ? '' : ` of ${endpoints.join(', ')}`;
  const were = count === 1 ? 'was' : 'were';
  const text = capitalised(`${listed(what)}${whose} ${were} damaged and set aside under quarantine/ at the start`);
  return {
    code: 'records-set-aside',
    text,
    next: first === undefined ? null : `holdfast device show ${shellWord(first)}`,
  };
}

/** Nobody but a person can tell whether the device did it. */
function doubtAttention({ operations: { inDoubt } }: StatusView): AttentionBody | undefined {
  if (inDoubt === 0) return undefined;
  const text = `${inDoubt} ${inDoubt === 1 ? 'operation is' : 'operations are'} in doubt`;
  return { code: 'operations-in-doubt', text, next: 'holdfast operations --state in-doubt' };
}

function devicesAttention({ devices }: StatusView): AttentionBody | undefined {
  const { silent, gone } = devices;
  const states = [silent > 0 ? 'silent' : undefined, gone > 0 ? 'gone' : undefined].filter((one) => one !== undefined);
  if (states.length === 0) return undefined;
  const first = silent > 0 ? silent : gone;
  const head = `${first} ${first === 1 ? 'device is' : 'devices are'} ${states[0]}`;
  const tail = silent > 0 && gone > 0 ? `, ${gone} ${gone === 1 ? 'is' : 'are'} gone` : '';
  return {
    code: 'devices-silent-or-gone',
    text: head + tail,
    next: `holdfast devices --state ${states.join(',')}`,
  };
}

const refusals: Readonly<Record<string, readonly [one: string, many: string]>> = {
  'unknown-identity': ['unknown identity', 'unknown identities'],
  'wrong-key': ['wrong key', 'wrong keys'],
  'certificate-refused': ['certificate', 'certificates'],
  'no-common-cipher-suite': ['handshake without a common cipher suite', 'handshakes without a common cipher suite'],
  'endpoint-not-allowed': ["registration under another's name", "registrations under another's name"],
  'no-credential': ['registration without a key', 'registrations without a key'],
};

/** Devices that want to come in and may not: somebody may be waiting for them. */
function refusedAttention({ drops }: StatusView): AttentionBody | undefined {
  const recent = drops.flatMap(({ reason, lastHour }) => {
    const [one, many] = refusals[reason] ?? [];
    return one === undefined || lastHour === 0 ? [] : [`${lastHour} ${lastHour === 1 ? one : many}`];
  });
  if (recent.length === 0) return undefined;
  return {
    code: 'devices-refused',
    text: `Refused in the last hour: ${recent.join(', ')}`,
    next: 'holdfast events --follow --type REFUSED',
  };
}

function clockAttention({ clock }: Information): AttentionBody | undefined {
  if (clock.trusted) return undefined;
  const text = 'The clock is not trusted, so events have no time of day';
  return { code: 'clock-not-trusted', text, next: 'timedatectl' };
}

/** `a`, `a and b`, `a, b and c`. */
function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The screen puts a command behind. */
function withoutFullStop(text: string): string {
  return text.replace(/\.$/, '');
}
