/** The keys that seal session tickets, newest first. Owns the key `tk/keys`. Sealed. */
import { asMap, bytes, float, listOf } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

export interface TicketKeysRecord {
  readonly keys: readonly { readonly name: Uint8Array; readonly key: Uint8Array; readonly uptimeMs: number }[];
}

const nameBytes = 8;
const keyBytes = 32;

export const ticketKeysRecord: RecordKind<TicketKeysRecord> = {
  prefix: 'tk/',
  version: 1,
  sealed: true,
  toBody: (value) => ({ keys: value.keys.map((key) => ({ ...key })) }),
  fromBody: (body) => {
    const keys = listOf(body, 'keys', (item) => {
      const map = asMap(item);
      const name = map && bytes(map, 'name');
      const key = map && bytes(map, 'key');
      const uptimeMs = map && float(map, 'uptimeMs');
      if (name?.length !== nameBytes || key?.length !== keyBytes || uptimeMs === undefined) return undefined;
      return { name, key, uptimeMs };
    });
    return keys === undefined ? undefined : { keys };
  },
};
