/** Every kind of record, and what a person calls its records. */
import { associationRecord } from './association-record.ts';
import { credentialRecord } from './credential-record.ts';
import { eventRecord } from './event-record.ts';
import { readerCursorRecord } from './reader-cursor-record.ts';
import { registrationRecord } from './registration-record.ts';
import { relationRecord } from './relation-record.ts';
import { seenRecord } from './seen-record.ts';
import { sequenceRecord } from './sequence-record.ts';
import { sessionRecord } from './session-record.ts';
import { ticketKeysRecord } from './ticket-keys-record.ts';
import { windowRecord } from './window-record.ts';
import { wishRecord } from './wish-record.ts';

const kinds: readonly (readonly [kind: { readonly prefix: string; readonly sealed: boolean }, name: string])[] = [
  [associationRecord, 'connections'],
  [credentialRecord, 'keys of devices'],
  [eventRecord, 'events'],
  [readerCursorRecord, 'positions of readers'],
  [registrationRecord, 'registrations'],
  [relationRecord, 'running observations'],
  [seenRecord, 'times of refreshes'],
  [sequenceRecord, 'sequences of observations'],
  [sessionRecord, 'sessions'],
  [ticketKeysRecord, 'ticket keys'],
  [windowRecord, 'receive windows'],
  [wishRecord, 'wished observations'],
];

/** The plural name of the records whose keys begin so. */
export function kindName(prefix: string): string {
  return kinds.find(([kind]) => kind.prefix === prefix)?.[1] ?? `records ${prefix}`;
}

/** Whether the record of this key is kept sealed. */
export function isSealed(key: string): boolean {
  return kinds.some(([kind]) => kind.sealed && key.startsWith(kind.prefix));
}
