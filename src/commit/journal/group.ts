/**
 * A group of writes as the journal keeps it, cut into frames: the unit that counts whole or not at all.
 *
 *   write: kind (0 remove, 1 put, 2 brief put), length of the key (2 bytes), key | for puts: length (4 bytes), value
 */
import { assert } from '../../base/assert.ts';
import { concat, utf8Decode, utf8Encode } from '../../base/bytes.ts';
import type { Write } from '../commit.ts';
import { framePayloadBytes } from './frame.ts';

const kinds = { remove: 0, put: 1, brief: 2 } as const;
const keyHeaderBytes = 3;
const valueHeaderBytes = 4;

/** The payloads of the frames of a group, in order. */
export function encodeGroup(writes: readonly Write[]): Uint8Array[] {
  const bytes = encodeWrites(writes);
  const count = Math.max(1, Math.ceil(bytes.length / framePayloadBytes));
  return Array.from({ length: count }, (_, place) =>
    bytes.subarray(place * framePayloadBytes, (place + 1) * framePayloadBytes),
  );
}

/** The writes of a group, or undefined when the bytes are not one. Total. */
export function decodeGroup(bytes: Uint8Array): Write[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const writes: Write[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + keyHeaderBytes > bytes.length) return undefined;
    const kind = view.getUint8(at);
    const keyEnd = at + keyHeaderBytes + view.getUint16(at + 1);
    const key = keyEnd <= bytes.length ? utf8Decode(bytes.subarray(at + keyHeaderBytes, keyEnd)) : undefined;
    if (key === undefined || kind > kinds.brief) return undefined;
    if (kind === kinds.remove) {
      writes.push({ key, value: undefined });
      at = keyEnd;
      continue;
    }
    if (keyEnd + valueHeaderBytes > bytes.length) return undefined;
    const valueAt = keyEnd + valueHeaderBytes;
    const end = valueAt + view.getUint32(keyEnd);
    if (end > bytes.length) return undefined;
    const value = bytes.slice(valueAt, end);
    writes.push(kind === kinds.brief ? { key, value, brief: true } : { key, value });
    at = end;
  }
  return writes;
}

/** Keys of ours are ASCII; one that came back damaged from the database may be anything, and has to be removed all the same. */
function encodeWrites(writes: readonly Write[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { key, value, brief } of writes) {
    const name = utf8Encode(key);
    assert(name.length < 2 ** 16, 'a key is short');
    const head = new Uint8Array(keyHeaderBytes);
    head[0] = value === undefined ? kinds.remove : brief === true ? kinds.brief : kinds.put;
    new DataView(head.buffer).setUint16(1, name.length);
    parts.push(head, name);
    if (value === undefined) continue;
    const valueHead = new Uint8Array(valueHeaderBytes);
    new DataView(valueHead.buffer).setUint32(0, value.length);
    parts.push(valueHead, value);
  }
  return concat(...parts);
}
