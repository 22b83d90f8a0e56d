/** Single values in TLV (LwM2M 1.2 core appendix C): the bytes carry no type, the definition of the resource does. */
import { utf8Decode, utf8Encode } from '../../base/bytes.ts';
import { type FormatError, formatError } from '../format-error.ts';
import { type ResourceValue, unsignedMax, type ValueType } from '../value.ts';

/** The value of `bytes` as `type`; without a type the bytes as they are. */
export function readTlvValue(bytes: Uint8Array, type: ValueType | undefined): ResourceValue | FormatError {
  switch (type) {
    case undefined:
    case 'none':
      return { type: 'untyped', value: bytes, from: 'tlv' };
    case 'opaque':
      return { type, value: bytes };
    case 'string':
    case 'corelnk': {
      const value = utf8Decode(bytes);
      return value === undefined ? formatError('utf8', `the ${type} is not UTF-8`) : { type, value };
    }
    case 'integer':
    case 'unsigned':
    case 'time':
      return readWhole(bytes, type);
    case 'float':
      return readFloat(bytes);
    case 'boolean':
      return readBoolean(bytes);
    case 'objlnk':
      return readObjectLink(bytes);
  }
}

/** The bytes of a value, in the shortest length that TLV has for it. */
export function writeTlvValue(value: ResourceValue): Uint8Array {
  switch (value.type) {
    case 'none':
      return new Uint8Array(0);
    case 'untyped':
    case 'opaque':
      return value.value;
    case 'string':
    case 'corelnk':
      return utf8Encode(value.value);
    case 'integer':
    case 'time':
      return writeWhole(value.value, (bits) => BigInt.asIntN(bits, value.value) === value.value);
    case 'unsigned':
      return writeWhole(value.value, (bits) => BigInt.asUintN(bits, value.value) === value.value);
    case 'float':
      return writeFloat(value.value);
    case 'boolean':
      return Uint8Array.of(value.value ? 1 : 0);
    case 'objlnk': {
      const { objectId, instanceId } = value.value;
      return Uint8Array.of(objectId >> 8, objectId & 0xff, instanceId >> 8, instanceId & 0xff);
    }
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readWhole(bytes: Uint8Array, type: 'integer' | 'unsigned' | 'time'): ResourceValue | FormatError {
  if (![1, 2, 4, 8].includes(bytes.length)) return wrongLength(bytes, type, '1, 2, 4 or 8 bytes');
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return { type, value: type === 'unsigned' ? value : BigInt.asIntN(bytes.length * 8, value) };
}

function readFloat(bytes: Uint8Array): ResourceValue | FormatError {
  if (bytes.length === 4) return { type: 'float', value: viewOf(bytes).getFloat32(0) };
  if (bytes.length === 8) return { type: 'float', value: viewOf(bytes).getFloat64(0) };
  return wrongLength(bytes, 'float', '4 or 8 bytes');
}

function readBoolean(bytes: Uint8Array): ResourceValue | FormatError {
  if (bytes.length !== 1) return wrongLength(bytes, 'boolean', 'one byte');
  const byte = bytes[0] as number;
  return byte > 1 ? formatError('value-range', 'a boolean is 0 or 1') : { type: 'boolean', value: byte === 1 };
}

function readObjectLink(bytes: Uint8Array): ResourceValue | FormatError {
  if (bytes.length !== 4) return wrongLength(bytes, 'objlnk', '4 bytes');
  const view = viewOf(bytes);
  return { type: 'objlnk', value: { objectId: view.getUint16(0), instanceId: view.getUint16(2) } };
}

function wrongLength(bytes: Uint8Array, type: ValueType, lengths: string): FormatError {
  return formatError('value-length', `${bytes.length} bytes for a value of type ${type}, which has ${lengths}`);
}

function writeWhole(value: bigint, fits: (bits: number) => boolean): Uint8Array {
  const length = fits(8) ? 1 : fits(16) ? 2 : fits(32) ? 4 : 8;
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigUint64(0, value & unsignedMax);
  return bytes.subarray(8 - length);
}

function writeFloat(value: number): Uint8Array {
  const single = Number.isNaN(value) || Math.fround(value) === value;
  const bytes = new Uint8Array(single ? 4 : 8);
  if (single) viewOf(bytes).setFloat32(0, value);
  else viewOf(bytes).setFloat64(0, value);
  return bytes;
}
