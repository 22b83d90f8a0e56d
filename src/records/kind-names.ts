/** What a person calls the records of each kind. */
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

const names: ReadonlyMap<string, string> = new Map([
  [associationRecord.prefix, 'connections'],
  [credentialRecord.prefix, 'keys of devices'],
  [eventRecord.prefix, 'events'],
  [readerCursorRecord.prefix, 'positions of readers'],
  [registrationRecord.prefix, 'registrations'],
  [relationRecord.prefix, 'running observations'],
  [seenRecord.prefix, 'times of refreshes'],
  [sequenceRecord.prefix, 'sequences of observations'],
  [sessionRecord.prefix, 'sessions'],
  [ticketKeysRecord.prefix, 'ticket keys'],
  [windowRecord.prefix, 'receive windows'],
  [wishRecord.prefix, 'wished observations'],
]);

/** The plural name of the records whose keys begin so. */
export function kindName(prefix: string): string {
  return names.get(prefix) ?? `records ${prefix}`;
}
