/** Writes the CBOR (RFC 8949) that LwM2M needs, in preferred form: the shortest heads, the shortest float that keeps the value, but no half precision. */
import { concat, utf8Encode } from '../../base/bytes.ts';
import { objectLinkText, type ResourceValue } from '../value.ts';

/** The head of an item: major type 0 to 7 and its number (below 2^64). */
export function cborHead(major: number, argument: bigint | number): Uint8Array {
  const number = BigInt(argument);
  const type = major << 5;
  if (number < 24n) return Uint8Array.of(type | Number(number));
  const [info, length] =
    number < 0x100n ? [24, 1] : number < 0x1_0000n ? [25, 2] : number < 0x1_0000_0000n ? [26, 4] : [27, 8];
  const bytes = new Uint8Array(9);
  new DataView(bytes.buffer).setBigUint64(1, number);
  const head = bytes.slice(8 - (length as number));
  head[0] = type | (info as number);
  return head;
}

export function cborText(text: string): Uint8Array {
  const bytes = utf8Encode(text);
  return concat(cborHead(3, bytes.length), bytes);
}

export function cborBytes(bytes: Uint8Array): Uint8Array {
  return concat(cborHead(2, bytes.length), bytes);
}

export function cborInteger(value: bigint): Uint8Array {
  return value >= 0n ? cborHead(0, value) : cborHead(1, -1n - value);
}

export function cborFloat(value: number): Uint8Array {
  const single = Number.isNaN(value) || Math.fround(value) === value;
  const bytes = new Uint8Array(single ? 5 : 9);
  const view = new DataView(bytes.buffer);
  bytes[0] = single ? 0xfa : 0xfb;
  if (single) view.setFloat32(1, value);
  else view.setFloat64(1, value);
  return bytes;
}

/** A value in CBOR (LwM2M 1.2 core appendix C): an object link is a text, a time an integer. */
export function cborValue(value: ResourceValue): Uint8Array {
  switch (value.type) {
    case 'string':
    case 'corelnk':
      return cborText(value.value);
    case 'integer':
    case 'unsigned':
    case 'time':
      return cborInteger(value.value);
    case 'float':
      return cborFloat(value.value);
    case 'boolean':
      return Uint8Array.of(value.value ? 0xf5 : 0xf4);
    case 'opaque':
    case 'untyped':
      return cborBytes(value.value);
    case 'objlnk':
      return cborText(objectLinkText(value.value));
    case 'none':
      return Uint8Array.of(0xf6);
  }
}
