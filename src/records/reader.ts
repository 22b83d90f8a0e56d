/**
 * Typed looks into a decoded CBOR map. Each gives undefined when the entry is missing or of another type, so a record kind
 * decodes totally: it reads what it needs and is malformed as soon as one of them is undefined. `isAbsent` tells an
 * optional entry that was left out from one of a wrong type.
 */

export type RecordMap = ReadonlyMap<unknown, unknown>;

/** The map that a decoded value is, else undefined. */
export function asMap(value: unknown): RecordMap | undefined {
  return value instanceof Map ? value : undefined;
}

export function isAbsent(map: RecordMap, key: string | number): boolean {
  return !map.has(key);
}

export function text(map: RecordMap, key: string | number): string | undefined {
  const value = map.get(key);
  return typeof value === 'string' ? value : undefined;
}

/** A whole number between -(2^53-1) and 2^53-1. */
export function integer(map: RecordMap, key: string | number): number | undefined {
  const value = map.get(key);
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

/** A whole number between 0 and 2^53-1. */
export function unsigned(map: RecordMap, key: string | number): number | undefined {
  const value = integer(map, key);
  return value !== undefined && value >= 0 ? value : undefined;
}

/** A whole number of up to 64 bits. Small ones are kept as plain numbers and come back as bigints here. */
export function bigInteger(map: RecordMap, key: string | number): bigint | undefined {
  const value = map.get(key);
  if (typeof value === 'bigint') return value;
  return Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
}

/** Any number, also NaN and the infinities. */
export function float(map: RecordMap, key: string | number): number | undefined {
  const value = map.get(key);
  return typeof value === 'number' ? value : undefined;
}

export function boolean(map: RecordMap, key: string | number): boolean | undefined {
  const value = map.get(key);
  return typeof value === 'boolean' ? value : undefined;
}

export function bytes(map: RecordMap, key: string | number): Uint8Array | undefined {
  const value = map.get(key);
  return value instanceof Uint8Array ? value : undefined;
}

export function list(map: RecordMap, key: string | number): readonly unknown[] | undefined {
  const value = map.get(key);
  return Array.isArray(value) ? value : undefined;
}

export function map(outer: RecordMap, key: string | number): RecordMap | undefined {
  return asMap(outer.get(key));
}

/** A list of which every item passes `read`, else undefined. */
export function listOf<T>(
  map: RecordMap,
  key: string | number,
  read: (item: unknown) => T | undefined,
): readonly T[] | undefined {
  const items = list(map, key)?.map(read);
  return items?.every((item) => item !== undefined) ? (items as T[]) : undefined;
}
