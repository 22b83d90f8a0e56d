/**
 * The second place of the generation: a small file of two preallocated slots, each in a block of its own, written in turn.
 * A cut during a write can spoil the slot that is being written, never the one with the newest durable number.
 *
 *   slot: 'HFGN' | generation, 8 bytes big-endian | CRC-32 of both, 4 bytes | zeros up to 4,096 bytes
 */
import { open, readFile } from 'node:fs/promises';
import { crc32 } from '../../base/crc32.ts';
import { errorCode } from '../start-error.ts';
import { replaceFile } from './file-durability.ts';
import type { GenerationPlace } from './next-generation.ts';

const slotBytes = 4_096;
const magic = 0x4846474e;
const checkedBytes = 12;

interface Slots {
  /** The generation in each slot; undefined when it holds none. */
  readonly generations: readonly [number | undefined, number | undefined];
  readonly damaged: number;
}

export interface GenerationFileState {
  readonly place: GenerationPlace;
  /** How many of the two slots hold something that is no generation. */
  readonly damagedSlots: number;
}

/** What the file says. Never rejects. */
export async function readGenerationFile(path: string): Promise<GenerationFileState> {
  try {
    const { generations, damaged } = slotsOf(await readFile(path));
    const readable = generations.filter((generation) => generation !== undefined);
    return { place: readable.length > 0 ? Math.max(...readable) : 'unreadable', damagedSlots: damaged };
  } catch (error) {
    return { place: errorCode(error) === 'ENOENT' ? 'absent' : 'unreadable', damagedSlots: 0 };
  }
}

/**
 * Makes a generation durable in the slot that does not hold the newest one. A file that is missing, of a wrong size or that
 * refuses the write is made anew: after a failed sync nobody knows what the old one holds. Rejects when that fails too.
 */
export async function writeGenerationFile(path: string, generation: number): Promise<void> {
  try {
    await writeSlot(path, generation);
  } catch {
    await replaceFile(path, emptyFileWith(generation));
  }
}

async function writeSlot(path: string, generation: number): Promise<void> {
  const contents = await readFile(path);
  if (contents.length !== 2 * slotBytes) throw new Error('the generation file has another size');
  const [first, second] = slotsOf(contents).generations;
  const older = second === undefined || (first !== undefined && first > second) ? 1 : 0;
  const handle = await open(path, 'r+');
  try {
    const { bytesWritten } = await handle.write(slotWith(generation), 0, slotBytes, older * slotBytes);
    if (bytesWritten !== slotBytes) throw new Error('the slot was written in part');
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

function slotsOf(contents: Uint8Array): Slots {
  const slots = [contents.subarray(0, slotBytes), contents.subarray(slotBytes, 2 * slotBytes)] as const;
  const generations = [generationOf(slots[0]), generationOf(slots[1])] as const;
  const damaged = slots.filter((slot, i) => generations[i] === undefined && slot.some((byte) => byte !== 0)).length;
  return { generations, damaged };
}

function generationOf(slot: Uint8Array): number | undefined {
  if (slot.length < checkedBytes + 4) return undefined;
  const view = new DataView(slot.buffer, slot.byteOffset, slot.length);
  const whole = view.getUint32(0) === magic && view.getUint32(checkedBytes) === crc32(slot.subarray(0, checkedBytes));
  return whole ? Number(view.getBigUint64(4)) : undefined;
}

function slotWith(generation: number): Uint8Array {
  const slot = new Uint8Array(slotBytes);
  const view = new DataView(slot.buffer);
  view.setUint32(0, magic);
  view.setBigUint64(4, BigInt(generation));
  view.setUint32(checkedBytes, crc32(slot.subarray(0, checkedBytes)));
  return slot;
}

function emptyFileWith(generation: number): Uint8Array {
  const contents = new Uint8Array(2 * slotBytes);
  contents.set(slotWith(generation));
  return contents;
}
