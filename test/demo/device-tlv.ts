/** TLV (LwM2M 1.1 core 7.4.4) as a simulated device writes and reads it; written anew here, to be independent. */
import type { SenmlRecord } from './device-senml.ts';

const kinds = { instance: 0, resource: 3 } as const;

/** The values at or below a path: those of an object stand in their instances, all others side by side. */
export function encodeTlv(path: string, records: readonly SenmlRecord[], isFloat: (path: string) => boolean): Buffer {
  const resources = records.map(({ name, value }) => {
    const [, , instance, resource] = name.split('/').map(Number);
    return { instance, bytes: element(kinds.resource, resource ?? 0, bytesOf(value, isFloat(name))) };
  });
  if (path.split('/').length > 2) return Buffer.concat(resources.map(({ bytes }) => bytes));
  const instances = [...new Set(resources.map(({ instance }) => instance))].map((id) => {
    const inside = resources.filter(({ instance }) => instance === id).map(({ bytes }) => bytes);
    return element(kinds.instance, id ?? 0, Buffer.concat(inside));
  });
  return Buffer.concat(instances);
}

/** The resources of a Write to an object instance or a resource, as bytes; undefined for what is not that. */
export function decodeTlv(path: string, payload: Buffer): { name: string; bytes: Buffer }[] | undefined {
  const instance = path.split('/').slice(0, 3).join('/');
  const found: { name: string; bytes: Buffer }[] = [];
  for (let rest = payload; rest.length > 0; ) {
    const type = rest[0] ?? 0;
    const idBytes = type & 0x20 ? 2 : 1;
    const lengthBytes = (type >> 3) & 3;
    const start = 1 + idBytes + lengthBytes;
    if (type >> 6 !== kinds.resource || rest.length < start) return undefined;
    const end = start + (lengthBytes === 0 ? type & 7 : rest.readUIntBE(1 + idBytes, lengthBytes));
    if (rest.length < end) return undefined;
    found.push({ name: `${instance}/${rest.readUIntBE(1, idBytes)}`, bytes: rest.subarray(start, end) });
    rest = rest.subarray(end);
  }
  return found;
}

/** A value in the type that the resource has. */
export function fromTlv(bytes: Buffer, like: SenmlRecord['value'] | undefined): SenmlRecord['value'] {
  if (Buffer.isBuffer(like)) return bytes;
  if (typeof like === 'boolean') return bytes[0] === 1;
  if (typeof like !== 'number') return bytes.toString();
  return bytes.length === 8 ? Number(bytes.readBigInt64BE()) : bytes.readIntBE(0, Math.max(1, bytes.length));
}

function element(kind: number, id: number, value: Buffer): Buffer {
  const { length } = value;
  const lengthBytes = length < 8 ? 0 : length < 256 ? 1 : length < 65_536 ? 2 : 3;
  const type = (kind << 6) | (id > 255 ? 0x20 : 0) | (lengthBytes << 3) | (lengthBytes === 0 ? length : 0);
  const header = Buffer.alloc(1 + (id > 255 ? 2 : 1) + lengthBytes);
  header[0] = type;
  header.writeUIntBE(id, 1, id > 255 ? 2 : 1);
  if (lengthBytes > 0) header.writeUIntBE(length, header.length - lengthBytes, lengthBytes);
  return Buffer.concat([header, value]);
}

function bytesOf(value: SenmlRecord['value'], isFloat: boolean): Buffer {
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === 'string') return Buffer.from(value);
  if (typeof value === 'boolean') return Buffer.from([value ? 1 : 0]);
  const bytes = Buffer.alloc(isFloat ? 8 : value === (value << 24) >> 24 ? 1 : value === (value << 16) >> 16 ? 2 : 4);
  if (isFloat) bytes.writeDoubleBE(value);
  else bytes.writeIntBE(value, 0, bytes.length);
  return bytes;
}
