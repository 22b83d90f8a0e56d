/**
 * A kind of kept record: the prefix of its keys, its version, and how a value becomes a body and comes back. Every kind has a
 * file of its own; reading is total, whatever the bytes.
 */
import { assert } from '../base/assert.ts';
import { type Decoded, decodeEntries, decodeRecord, encodeInSlab, encodeRecord, type Undecodable } from './envelope.ts';
import { asMap, type RecordMap } from './reader.ts';
import {
  type Aead,
  decodeClear,
  decodeSealedPart,
  decodeSealedRecord,
  encodePartlySealed,
  encodeSealedRecord,
} from './sealed-record.ts';
import type { Piece, Slabs } from './slab.ts';

export interface RecordKind<T> {
  /** With its slash: `reg/`. What follows in a key is the record's name, percent-encoded. */
  readonly prefix: string;
  readonly version: number;
  /** Holds secrets: kept sealed. */
  readonly sealed: boolean;
  /** Of a sealed one: which entries of its body are secret. Without it all are; with it a start reads the others alone. */
  readonly secret?: readonly string[];
  /** What is undefined is left out. */
  readonly toBody: (value: T) => Readonly<Record<string, unknown>>;
  /** Undefined when the body is not one of this kind. */
  readonly fromBody: (body: RecordMap) => T | undefined;
  /** How bodies of earlier versions are read, by version: a record is written anew in the current one when it changes anyway. */
  readonly earlier?: Readonly<Record<number, (body: RecordMap) => T | undefined>>;
}

/** The key of a record. Names may hold any text; keys are ASCII. */
export function keyOf(kind: { readonly prefix: string }, ...names: readonly string[]): string {
  return kind.prefix + names.map(encodeURIComponent).join('/');
}

/** The prefix of the kind that a key is of. */
export function prefixOf(key: string): string {
  return key.slice(0, key.indexOf('/') + 1);
}

/** The names in a key of this kind, or undefined when it is of another kind. */
export function namesIn(kind: { readonly prefix: string }, key: string): readonly string[] | undefined {
  if (!key.startsWith(kind.prefix)) return undefined;
  const names = key.slice(kind.prefix.length).split('/');
  if (!key.includes('%')) return names;
  try {
    return names.map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

export function encodeKind<T>(kind: RecordKind<T>, aead: Aead, key: string, value: T): Uint8Array {
  const body = kind.toBody(value);
  if (kind.secret !== undefined) return encodePartlySealed(aead, key, kind.version, ...split(body, kind.secret));
  return kind.sealed ? encodeSealedRecord(aead, key, kind.version, body) : encodeRecord(key, kind.version, body);
}

/** A record that is not sealed, in a slab. */
export function encodeKindInSlab<T>(slabs: Slabs, kind: RecordKind<T>, key: string, value: T): Piece {
  assert(!kind.sealed, 'secrets do not lie about in slabs');
  return encodeInSlab(slabs, key, kind.version, kind.toBody(value));
}

/** The value of a record, or a word on why it cannot be read. */
export function decodeKind<T>(
  kind: RecordKind<T>,
  aead: Aead,
  key: string,
  bytes: Uint8Array,
): { readonly value: T } | { readonly why: string } {
  const decoded = kind.sealed ? decodeSealed(kind, aead, key, bytes) : decodeRecord(key, bytes);
  if ('error' in decoded) return { why: decoded.error };
  const read = decoded.version === kind.version ? kind.fromBody : kind.earlier?.[decoded.version];
  if (read === undefined) return { why: `version ${decoded.version} is not known` };
  const body = asMap(decoded.body);
  const value = body && read(body);
  return value === undefined ? { why: 'malformed' } : { value };
}

/** A few entries of a record that is not sealed, or a word on why it cannot be read; the rest of it is read later. */
export function entriesOf<T>(
  kind: RecordKind<T>,
  key: string,
  bytes: Uint8Array,
  names: readonly string[],
): { readonly entries: RecordMap } | { readonly why: string } {
  const decoded = decodeEntries(key, bytes, names);
  if ('error' in decoded) return { why: decoded.error };
  if (decoded.version !== kind.version && kind.earlier?.[decoded.version] === undefined)
    return { why: `version ${decoded.version} is not known` };
  const entries = asMap(decoded.body);
  return entries === undefined ? { why: 'malformed' } : { entries };
}

/**
 * What is not secret of a record of which a part is sealed, or a word on why it cannot be read. Undefined for an earlier version,
 * of which all is sealed.
 */
export function clearOf<T>(
  kind: RecordKind<T>,
  key: string,
  bytes: Uint8Array,
): { readonly clear: RecordMap } | { readonly why: string } | undefined {
  if (bytes[0] !== kind.version) return undefined;
  const decoded = decodeClear(key, bytes);
  if ('error' in decoded) return { why: decoded.error };
  const clear = asMap(decoded.body);
  return clear === undefined ? { why: 'malformed' } : { clear };
}

function decodeSealed<T>(
  kind: RecordKind<T>,
  aead: Aead,
  key: string,
  bytes: Uint8Array,
): Decoded | Undecodable | { readonly error: 'sealed' } {
  if (kind.secret === undefined || bytes[0] !== kind.version) return decodeSealedRecord(aead, key, bytes);
  const clear = decodeClear(key, bytes);
  const secret = 'error' in clear ? clear : decodeSealedPart(aead, key, bytes);
  if ('error' in clear || 'error' in secret) return 'error' in clear ? clear : secret;
  const entries = [asMap(clear.body), asMap(secret.body)].flatMap((part) => [...(part ?? [])]);
  return { version: clear.version, body: new Map(entries) };
}

function split(
  body: Readonly<Record<string, unknown>>,
  secret: readonly string[],
): [clear: Record<string, unknown>, secret: Record<string, unknown>] {
  const entries = Object.entries(body);
  const isSecret = ([name]: [string, unknown]): boolean => secret.includes(name);
  return [
    Object.fromEntries(entries.filter((entry) => !isSecret(entry))),
    Object.fromEntries(entries.filter(isSecret)),
  ];
}
