/**
 * Which store this is, and on which board it was used last. The id stands in every frame of the journal, so a journal of
 * another store is known as that; the board tells a store that was copied to another one. Owns the key `m/store`.
 */
import { encodeRecord } from './envelope.ts';
import { ownBody } from './own-record.ts';
import { bytes, text } from './reader.ts';

export const storeIdentityKey = 'm/store';
const version = 1;

export interface StoreIdentity {
  /** 8 random bytes, made once. */
  readonly id: Uint8Array;
  /** Names the board without telling its machine id; empty when the board has none. */
  readonly board: string;
}

export function encodeStoreIdentity({ id, board }: StoreIdentity): Uint8Array {
  return encodeRecord(storeIdentityKey, version, { id, board });
}

/** Undefined when the value is damaged or of an unknown version. */
export function decodeStoreIdentity(value: Uint8Array): StoreIdentity | undefined {
  const map = ownBody(storeIdentityKey, version, value);
  const id = map && bytes(map, 'id');
  const board = map && text(map, 'board');
  return id === undefined || board === undefined ? undefined : { id, board };
}
