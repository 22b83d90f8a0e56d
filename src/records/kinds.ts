/** Every kind of record, and what a person calls its records. */
import { associationRecord } from './association-record.ts';
import { clientSessionRecord } from './client-session-record.ts';
import { credentialRecord } from './credential-record.ts';
import { eventRecord } from './event-record.ts';
import { lateUptimeRecord } from './late-uptime-record.ts';
import { learnedRecord } from './learned-record.ts';
import { mutedRecord } from './muted-record.ts';
import { operationRecord } from './operation-record.ts';
import { readerCursorRecord } from './reader-cursor-record.ts';
import { prefixOf } from './record-kind.ts';
import { registrationRecord } from './registration-record.ts';
import { relationRecord } from './relation-record.ts';
import { seenRecord } from './seen-record.ts';
import { sequenceRecord } from './sequence-record.ts';
import { sessionRecord } from './session-record.ts';
import { ticketKeysRecord } from './ticket-keys-record.ts';
import { windowRecord } from './window-record.ts';
import { wishRecord } from './wish-record.ts';

const kinds: readonly (readonly [
  kind: { readonly prefix: string; readonly sealed: boolean },
  many: string,
  one: string,
])[] = [
  [associationRecord, 'connections', 'a connection'],
  [clientSessionRecord, 'sessions of own handshakes', 'a session of an own handshake'],
  [credentialRecord, 'keys of devices', 'the key of a device'],
  [eventRecord, 'events', 'an event'],
  [lateUptimeRecord, 'times of observing', 'the time of observing'],
  [learnedRecord, 'habits of devices', 'the habits of a device'],
  [mutedRecord, 'muted devices', 'a muted device'],
  [operationRecord, 'operations', 'an operation'],
  [readerCursorRecord, 'positions of readers', 'the position of a reader'],
  [registrationRecord, 'registrations', 'a registration'],
  [relationRecord, 'running observations', 'a running observation'],
  [seenRecord, 'times of refreshes', 'the time of a refresh'],
  [sequenceRecord, 'sequences of observations', 'the sequence of an observation'],
  [sessionRecord, 'sessions', 'a session'],
  [ticketKeysRecord, 'ticket keys', 'a ticket key'],
  [windowRecord, 'receive windows', 'a receive window'],
  [wishRecord, 'wished observations', 'a wished observation'],
];

const sealed: ReadonlySet<string> = new Set(kinds.filter(([kind]) => kind.sealed).map(([kind]) => kind.prefix));

/** The plural name of the records whose keys begin so. */
export function kindName(prefix: string): string {
  return kinds.find(([kind]) => kind.prefix === prefix)?.[1] ?? `records ${prefix}`;
}

/** So many records whose keys begin so, in words: `a registration`, `2 receive windows`. */
export function countedRecords(prefix: string, count: number): string {
  const one = kinds.find(([kind]) => kind.prefix === prefix)?.[2] ?? `a record ${prefix}`;
  return count === 1 ? one : `${count} ${kindName(prefix)}`;
}

/** Whether the record of this key is kept sealed. */
export function isSealed(key: string): boolean {
  return sealed.has(prefixOf(key));
}
