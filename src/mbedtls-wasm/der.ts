/**
 * Reads DER (X.690), as far as certificates and revocation lists need it: tags of one byte, lengths below 2^24. Everything is
 * bounded by the bytes at hand; what is no DER is undefined, never an exception.
 */

/** One value: its tag, its contents, and all of its bytes. */
export interface DerValue {
  readonly tag: number;
  readonly contents: Uint8Array;
  readonly bytes: Uint8Array;
}

export const derTags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const lengthBytesMax = 3;

/** The value at the beginning of the bytes; there may be more behind it. */
export function readDer(bytes: Uint8Array): DerValue | undefined {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  if (first === 0x80 || lengthBytes > lengthBytesMax || bytes.length < 2 + lengthBytes) return undefined;
  const length =
    lengthBytes === 0 ? first : bytes.subarray(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0);
  const start = 2 + lengthBytes;
  if (start + length > bytes.length) return undefined;
  return { tag, contents: bytes.subarray(start, start + length), bytes: bytes.subarray(0, start + length) };
}

/** The values of which the bytes consist; undefined when some bytes are none. */
export function readAllDer(bytes: Uint8Array): readonly DerValue[] | undefined {
  const values: DerValue[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const value = readDer(rest);
    if (value === undefined) return undefined;
    values.push(value);
    rest = rest.subarray(value.bytes.length);
  }
  return values;
}

/** The values inside one that has the tag; undefined when it has another, or does not consist of values. */
export function insideDer(value: DerValue | undefined, tag: number): readonly DerValue[] | undefined {
  return value?.tag === tag ? readAllDer(value.contents) : undefined;
}

/** The value of the extension of an object identifier (its contents in hex) in a list of extensions (RFC 5280 section 4.2). */
export function extensionOf(list: DerValue | undefined, id: string): Uint8Array | undefined {
  for (const extension of insideDer(list, derTags.sequence) ?? []) {
    const [type, ...rest] = insideDer(extension, derTags.sequence) ?? [];
    const value = rest.at(-1);
    if (type !== undefined && value?.tag === derTags.octetString && hexOf(type.contents) === id) return value.contents;
  }
  return undefined;
}

/** Whether an extension has to be understood by whoever uses what it stands in. */
export function hasCriticalExtension(list: DerValue | undefined): boolean {
  return (insideDer(list, derTags.sequence) ?? []).some((extension) =>
    (insideDer(extension, derTags.sequence) ?? []).some(
      ({ tag, contents }) => tag === derTags.boolean && contents[0] !== 0,
    ),
  );
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const timePattern = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;

/** A point in time in milliseconds since 1970, as RFC 5280 section 4.1.2.5 has it: UTC, with seconds. */
export function derTimeMs(value: DerValue | undefined): number | undefined {
  if (value?.tag !== derTags.utcTime && value?.tag !== derTags.generalizedTime) return undefined;
  const text = String.fromCharCode(...value.contents.subarray(0, 16));
  const century = value.tag === derTags.generalizedTime ? '' : text < '50' ? '20' : '19';
  const [, ...parts] = timePattern.exec(century + text) ?? [];
  const [year, month, day, hour, minute, second] = parts.map(Number);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  return (daysFromCivil(year, month, day) * 86_400 + (hour ?? 0) * 3_600 + (minute ?? 0) * 60 + (second ?? 0)) * 1_000;
}

/** Days from 1970-01-01 to a day of the Gregorian calendar; years begin in March, so that the leap day comes last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const fromMarch = month > 2 ? year : year - 1;
  const era = Math.floor(fromMarch / 400);
  const yearOfEra = fromMarch - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}
