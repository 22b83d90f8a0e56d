/**
 * The journal in front of the database: groups of writes go, one at a time, into a ring of frames; what they wrote is handed
 * over to the database now and then, together. Pure: which frames are to be written and which writes are to be handed over is
 * said here, who does it is not known.
 *
 *   append(writes) ──► frames ──┬─ appended()   durable, kept here until the database has it
 *                               └─ giveUp()     nothing more goes into this ring until it was made anew
 *   handOver(soon) ──► writes with a mark ──┬─ handedOver()       frames may be written over
 *                                           └─ handOverFailed()   as if it had not been tried
 *
 * A frame is written over only after a batch that needs it no more is durable. Writes that are `brief` are held back for
 * `journalHoldMs`: removed before, the database never sees them. The removal is durable too, since the mark says from which
 * group on held-back writes count, and which of those do not.
 * Limits: the slots of the ring; `journalGoneKeysMax` (more: what is held back is handed over).
 */
import { assert } from '../../base/assert.ts';
import { after, type Monotonic } from '../../base/instants.ts';
import { limits } from '../../base/limits.ts';
import type { Write } from '../commit.ts';
import { encodeFrame, frameBytes } from './frame.ts';
import { encodeGroup } from './group.ts';
import type { JournalMark } from './mark.ts';

export interface JournalOptions {
  readonly slots: number;
  readonly storeId: Uint8Array;
  /** The highest generation that is durable. */
  readonly generation: number;
  /** What the database says: it has everything up to here. */
  readonly mark: JournalMark;
}

/** Bytes that go to an offset of the ring. */
export interface FrameWrite {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface HandOver {
  /** One atomic batch, at most one write a key; the mark has to go with it. */
  readonly writes: readonly Write[];
  readonly mark: JournalMark;
}

interface Entry {
  readonly write: Write;
  readonly sequence: number;
  readonly since: Monotonic;
}

interface Group {
  readonly sequence: number;
  readonly position: number;
}

interface UnderWay {
  readonly mark: JournalMark;
  readonly keys: ReadonlySet<string>;
}

interface Appending {
  readonly group: Group;
  readonly writes: readonly Write[];
  readonly since: Monotonic;
}

export class Journal {
  private readonly slots: number;
  private readonly storeId: Uint8Array;
  private generation: number;
  /** What the groups wrote and the database does not have: the newest write of each key, oldest first. */
  private readonly entries = new Map<string, Entry>();
  /** Every key with a brief put in the ring that a start would still look at, with the newest sequence of such a put. */
  private readonly briefs = new Map<string, number>();
  /** Groups whose frames may not be written over, oldest first. */
  private groups: Group[] = [];
  private mark: JournalMark;
  private sequence: number;
  private position: number;
  private witness: number;
  private appending: Appending | undefined;
  private handingOver: UnderWay | undefined;
  /** The hand-over that was refused last: it may be there or not. */
  private refused: UnderWay | undefined;
  private givenUp = false;

  constructor({ slots, storeId, generation, mark }: JournalOptions) {
    assert(slots >= 2, 'a ring has room for what is written and what is kept');
    [this.slots, this.storeId, this.generation, this.mark] = [slots, storeId, generation, mark];
    [this.sequence, this.position, this.witness] = [mark.sequence, mark.position, mark.witness];
  }

  /** Which part of the ring may not be written over, from 0 to 1. */
  get fill(): number {
    const first = this.groups[0];
    return first === undefined ? 0 : (this.position - first.position) / this.slots;
  }

  /** Whether groups can be appended: not after `giveUp`. */
  get isUsable(): boolean {
    return !this.givenUp;
  }

  /** What is durable here and not in the database: the newest write of each key. */
  get unapplied(): readonly Write[] {
    return Array.from(this.entries.values(), ({ write }) => write);
  }

  /** The frames of one more group, to be written and synced; undefined when the ring has no room for them. */
  append(writes: readonly Write[], generation: number, now: Monotonic): readonly FrameWrite[] | undefined {
    assert(!this.givenUp && this.appending === undefined, 'one group at a time goes into a usable ring');
    const payloads = encodeGroup(writes);
    const count = payloads.length;
    const first = this.groups[0]?.position ?? this.position;
    if (this.position + count > first + this.slots) return undefined;
    const group: Group = { sequence: this.sequence + 1, position: this.position };
    // It never falls along the ring, also not when the batch that raised it was refused.
    this.generation = Math.max(this.generation, generation);
    [this.sequence, this.position] = [group.sequence, group.position + count];
    this.groups.push(group);
    this.appending = { group, writes, since: now };
    return payloads.map((payload, place) => this.frame(group, place, count, payload));
  }

  /** The group is durable. */
  appended(): void {
    assert(this.appending !== undefined, 'a group was appended');
    const { group, writes, since } = this.appending;
    this.appending = undefined;
    this.witness = group.sequence;
    for (const write of writes) {
      this.entries.delete(write.key); // So that the new one stands at the end.
      this.entries.set(write.key, { write, sequence: group.sequence, since });
      if (write.brief === true) this.briefs.set(write.key, group.sequence);
    }
  }

  /** A group could not be written: nobody knows what this ring holds now, and nothing more goes into it until `renewed`. */
  giveUp(): void {
    [this.appending, this.givenUp, this.witness] = [undefined, true, 0];
  }

  /** The ring was made anew, empty, after everything was handed over. */
  renewed(): void {
    assert(this.givenUp && this.groups.length === 0, 'a ring that was given up and handed over is made anew');
    this.givenUp = false;
  }

  /**
   * What the database is to get: what every durable group wrote, with `newer` writes laid over it. `all`: also what is held
   * back; so it is too when the ring was given up. At most one hand-over is under way.
   */
  handOver(newer: readonly Write[], now: Monotonic, all = false): HandOver {
    assert(this.handingOver === undefined, 'one hand-over at a time');
    const everything = all || this.givenUp;
    const writes = new Map<string, Write>();
    const held = new Map<string, number>();
    for (const [key, entry] of this.entries) {
      if (!everything && isHeld(entry, now)) held.set(key, entry.sequence);
      else writes.set(key, entry.write);
    }
    for (const write of newer) {
      held.delete(write.key);
      const isUnknown = write.value === undefined && this.entries.get(write.key)?.write.brief === true;
      if (isUnknown) writes.delete(write.key);
      else writes.set(write.key, write);
    }
    const mark = this.markWith(held);
    if (mark.gone.length > limits.journalGoneKeysMax) return this.handOver(newer, now, true);
    this.handingOver = { mark, keys: new Set([...writes.keys(), ...newer.map(({ key }) => key)]) };
    return { writes: [...writes.values()], mark };
  }

  /** The batch with the writes and the mark is durable. */
  handedOver(): void {
    const { handingOver } = this;
    assert(handingOver !== undefined, 'a hand-over is under way');
    [this.handingOver, this.refused] = [undefined, undefined];
    this.forget(handingOver);
  }

  /** The batch was refused: it may be there or not. */
  handOverFailed(): void {
    assert(this.handingOver !== undefined, 'a hand-over is under way');
    [this.handingOver, this.refused] = [undefined, this.handingOver];
  }

  /**
   * The database was opened again and read: the batch that it refused last is there, or not. Where it is, what it replaced must
   * not be laid over it again, which would tear it.
   */
  refusedIsThere(isThere: boolean): void {
    const { refused } = this;
    this.refused = undefined;
    if (isThere && refused !== undefined) this.forget(refused);
  }

  private forget({ mark, keys }: UnderWay): void {
    this.mark = mark;
    for (const key of keys)
      if ((this.entries.get(key)?.sequence ?? Infinity) <= mark.sequence) this.entries.delete(key);
    for (const [key, sequence] of this.briefs) if (sequence < mark.from) this.briefs.delete(key);
    const needed = this.groups.findIndex(({ sequence }) => sequence >= mark.from);
    this.groups = needed < 0 ? [] : this.groups.slice(needed);
  }

  private markWith(held: ReadonlyMap<string, number>): JournalMark {
    // What is being appended is not durable yet, and not handed over.
    const { appending } = this;
    const sequence = appending === undefined ? this.sequence : appending.group.sequence - 1;
    const position = appending === undefined ? this.position : appending.group.position;
    let from = sequence + 1;
    for (const heldSequence of held.values()) from = Math.min(from, heldSequence);
    const gone: string[] = [];
    for (const [key, brief] of this.briefs) if (brief >= from && brief <= sequence && !held.has(key)) gone.push(key);
    return { sequence, from, gone, position, witness: this.witness };
  }

  private frame({ sequence, position }: Group, place: number, count: number, payload: Uint8Array): FrameWrite {
    const { storeId, generation, mark } = this;
    const at = position + place;
    const bytes = encodeFrame({
      storeId,
      generation,
      sequence,
      position: at,
      applied: mark.sequence,
      place,
      count,
      payload,
    });
    return { offset: (at % this.slots) * frameBytes, bytes };
  }
}

function isHeld({ write, since }: Entry, now: Monotonic): boolean {
  return write.brief === true && now < after(since, limits.journalHoldMs);
}
