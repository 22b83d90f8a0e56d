/**
 * One frame of the journal: 4,096 bytes, written in place. It says everything that is needed to know it again after a power
 * cut, whatever stood there before: whose it is, where it belongs, and which part of which group.
 *
 *    0  'HFJ1'
 *    4  store id, 8 bytes
 *   12  generation: the highest one that is durable with this group
 *   18  sequence: the number of the group; rises by one
 *   24  position: the number of the frame; its slot is position modulo the number of slots
 *   30  applied: LevelDB held every group up to this sequence when the frame was made
 *   36  place in the group, count of the group's frames, bytes of payload: 2 bytes each
 *   42  CRC-32 of the bytes before it and of the payload
 *   46  payload, then zeros
 *
 * Numbers are big-endian; generation, sequence, position and applied have 6 bytes.
 */
import { equalBytes } from '../../base/bytes.ts';
import { crc32 } from '../../base/crc32.ts';

export const frameBytes = 4_096;
export const storeIdBytes = 8;

const magic = 0x48464a31;
const checkedBytes = 42;
const headerBytes = 46;
export const framePayloadBytes = frameBytes - headerBytes;

export interface Frame {
  readonly storeId: Uint8Array;
  readonly generation: number;
  readonly sequence: number;
  readonly position: number;
  readonly applied: number;
  readonly place: number;
  readonly count: number;
  readonly payload: Uint8Array;
}

/** What stands in a slot: a frame; one of another store; nothing (zeros); or bytes that are no whole frame. */
export type SlotContents = Frame | 'foreign' | 'empty' | 'broken';

export function encodeFrame(frame: Frame): Uint8Array {
  const bytes = new Uint8Array(frameBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  bytes.set(frame.storeId, 4);
  setUint48(view, 12, frame.generation);
  setUint48(view, 18, frame.sequence);
  setUint48(view, 24, frame.position);
  setUint48(view, 30, frame.applied);
  view.setUint16(36, frame.place);
  view.setUint16(38, frame.count);
  view.setUint16(40, frame.payload.length);
  bytes.set(frame.payload, headerBytes);
  view.setUint32(checkedBytes, checksum(bytes, frame.payload.length));
  return bytes;
}

/** Total: any 4,096 bytes may be handed in. The payload is a view into them. */
export function decodeFrame(bytes: Uint8Array, storeId: Uint8Array): SlotContents {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getUint16(40);
  const isFrame = view.getUint32(0) === magic && length <= framePayloadBytes;
  if (!isFrame || view.getUint32(checkedBytes) !== checksum(bytes, length)) return isEmpty(bytes) ? 'empty' : 'broken';
  const frameStoreId = bytes.subarray(4, 4 + storeIdBytes);
  if (!equalBytes(frameStoreId, storeId)) return 'foreign';
  return {
    storeId: frameStoreId,
    generation: getUint48(view, 12),
    sequence: getUint48(view, 18),
    position: getUint48(view, 24),
    applied: getUint48(view, 30),
    place: view.getUint16(36),
    count: view.getUint16(38),
    payload: bytes.subarray(headerBytes, headerBytes + length),
  };
}

/** The id of the store that a frame names; undefined when the 4,096 bytes are no whole frame. */
export function storeIdIn(bytes: Uint8Array): Uint8Array | undefined {
  const id = bytes.subarray(4, 4 + storeIdBytes);
  return typeof decodeFrame(bytes, id) === 'string' ? undefined : id;
}

/** A plain loop: most of a ring may be empty, and a start waits for it. */
function isEmpty(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

function checksum(bytes: Uint8Array, payloadLength: number): number {
  const header = crc32(bytes.subarray(0, checkedBytes));
  return crc32(bytes.subarray(headerBytes, headerBytes + payloadLength), header);
}

function setUint48(view: DataView, at: number, value: number): void {
  view.setUint16(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 2, value % 2 ** 32);
}

function getUint48(view: DataView, at: number): number {
  return view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
}
