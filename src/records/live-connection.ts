/**
 * Records of connections that are alive: an association and its receive window. A copy of a store, and an export of it, must
 * not have them: whoever goes on with an older state of a connection, or beside it, repeats record numbers, and with them
 * AEAD nonces.
 */
import { associationRecord } from './association-record.ts';
import { windowRecord } from './window-record.ts';

export function isLiveConnection(key: string): boolean {
  return key.startsWith(associationRecord.prefix) || key.startsWith(windowRecord.prefix);
}
