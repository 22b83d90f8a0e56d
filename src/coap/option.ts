/**
 * Option numbers, and the table of formats (RFC 7252 section 5.10, RFC 7641, RFC 7959). A value whose length the table does
 * not allow, a repetition it does not allow, and a number that it does not have are one and the same case: an unrecognised
 * option, which is ignored when elective and fatal when critical (RFC 7252 sections 5.4.1, 5.4.3 and 5.4.5).
 */
import { noBytes, utf8Decode, utf8Encode } from '../base/bytes.ts';
import type { CoapOption } from './message.ts';

export const optionNumber = {
  uriHost: 3,
  etag: 4,
  observe: 6,
  uriPort: 7,
  locationPath: 8,
  uriPath: 11,
  contentFormat: 12,
  maxAge: 14,
  uriQuery: 15,
  accept: 17,
  locationQuery: 20,
  block2: 23,
  block1: 27,
  size2: 28,
  proxyUri: 35,
  proxyScheme: 39,
  size1: 60,
} as const;

interface OptionFormat {
  readonly kind: 'uint' | 'text' | 'bytes';
  readonly bytesMin: number;
  readonly bytesMax: number;
  readonly repeatable: boolean;
}

const uint = (bytesMax: number): OptionFormat => ({ kind: 'uint', bytesMin: 0, bytesMax, repeatable: false });
const text = (bytesMin: number, bytesMax: number, repeatable: boolean): OptionFormat => ({
  kind: 'text',
  bytesMin,
  bytesMax,
  repeatable,
});

/** If-Match and If-None-Match are missing on purpose: nothing of ours is conditional, so they have to be refused. */
const formats: ReadonlyMap<number, OptionFormat> = new Map([
  [optionNumber.uriHost, text(1, 255, false)],
  [optionNumber.etag, { kind: 'bytes', bytesMin: 1, bytesMax: 8, repeatable: true }],
  [optionNumber.observe, uint(3)],
  [optionNumber.uriPort, uint(2)],
  [optionNumber.locationPath, text(0, 255, true)],
  [optionNumber.uriPath, text(0, 255, true)],
  [optionNumber.contentFormat, uint(2)],
  [optionNumber.maxAge, uint(4)],
  [optionNumber.uriQuery, text(0, 255, true)],
  [optionNumber.accept, uint(2)],
  [optionNumber.locationQuery, text(0, 255, true)],
  [optionNumber.block2, uint(3)],
  [optionNumber.block1, uint(3)],
  [optionNumber.size2, uint(4)],
  [optionNumber.proxyUri, text(1, 1034, false)],
  [optionNumber.proxyScheme, text(1, 255, false)],
  [optionNumber.size1, uint(4)],
]);

/** The options of a message that are recognised, and the first critical one that is not. */
export class Options {
  readonly unrecognisedCritical: number | undefined;
  private readonly recognised: CoapOption[] = [];

  constructor(options: readonly CoapOption[]) {
    let unrecognised: number | undefined;
    for (const option of options) {
      if (this.recognises(option)) this.recognised.push(option);
      else if (isCritical(option.number)) unrecognised ??= option.number;
    }
    this.unrecognisedCritical = unrecognised;
  }

  bytes(number: number): Uint8Array | undefined {
    return this.recognised.find((option) => option.number === number)?.value;
  }

  uint(number: number): number | undefined {
    const value = this.bytes(number);
    return value === undefined ? undefined : decodeUint(value);
  }

  texts(number: number): readonly string[] {
    return this.recognised.filter((option) => option.number === number).map((option) => textOf(option.value) as string);
  }

  private recognises(option: CoapOption): boolean {
    const format = formats.get(option.number);
    const length = option.value.length;
    if (format === undefined || length < format.bytesMin || length > format.bytesMax) return false;
    if (format.kind === 'text' && textOf(option.value) === undefined) return false;
    return format.repeatable || this.recognised.at(-1)?.number !== option.number;
  }
}

/** Nearly every text is ASCII, and short: reading it by hand is many times faster than a decoder. */
function textOf(bytes: Uint8Array): string | undefined {
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) > 0x7f) return utf8Decode(bytes);
  return String.fromCharCode.apply(undefined, bytes as unknown as number[]);
}

/** Odd numbers are critical (RFC 7252 section 5.4.6). */
export function isCritical(number: number): boolean {
  return (number & 1) === 1;
}

/** An unsigned integer of at most 4 bytes; leading zeros are accepted (RFC 7252 section 3.2). */
export function decodeUint(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
}

export function uintOption(number: number, value: number): CoapOption {
  return { number, value: encodeUint(value) };
}

export function textOption(number: number, value: string): CoapOption {
  return { number, value: utf8Encode(value) };
}

/** The shortest form: zero is no byte at all. */
function encodeUint(value: number): Uint8Array {
  if (value === 0) return noBytes;
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
}
