/**
 * The durable event log: every confirmable notification and every Send, appended in the commit that precedes its
 * acknowledgement; and how each operation ended, in the commit of its end. Readers keep a cursor (the id of the last event they handled). Owns the records `ev/`.
 *
 * A record is the duplicate record of its message too, so it leaves the log only when older than EXCHANGE_LIFETIME of uptime.
 * Limits: `eventLogRecordsMax` and `eventLogPayloadBytesMax`, since all of it is in memory too; full of younger records the log
 * refuses, and the message is not acknowledged.
 *
 * What every named reader has passed leaves the store when it is that old, and stays in memory for look-ups until the next
 * start: a store with a journal need never write it elsewhere. The newest event always stays: it says which ids were given.
 */
import { assert } from '../base/assert.ts';
import { after, type Monotonic, second } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { SlidingCount } from '../base/sliding-count.ts';
import type { StoredRecord } from '../commit/commit.ts';
import {
  type EventHead,
  type EventRecord,
  eventHead,
  eventHeadEntries,
  eventName,
  eventRecord,
  type ReportRecord,
} from '../records/event-record.ts';
import { decodeKind, encodeKindInSlab, entriesOf, keyOf, namesIn } from '../records/record-kind.ts';
import { bytesOf, type Piece, Slabs } from '../records/slab.ts';
import type { EventReaders } from './event-readers.ts';
import type { Foundations, Part, Restored } from './part.ts';
import type { Step } from './step.ts';

export type NumberedEvent = EventRecord & { readonly id: number };

/** An event as it is held: its record as it is kept, which is read when somebody asks for it. */
interface HeldEvent {
  readonly id: number;
  readonly atUptimeMs: number;
  readonly payloadBytes: number;
  /** Undefined when it has left the log, and only its place is left. */
  record: Piece | undefined;
}

/** So that no commit grows out of measure. */
const eventsGoneAtOnceMax = 16;
const eventsPassedAtOnceMax = 1_000;

export class EventLog implements Part {
  /** Oldest first; ids rise, with gaps where a damaged record was set aside. */
  private events: HeldEvent[] = [];
  private readonly slabs = new Slabs();
  /** Ids of reports of an earlier start, oldest first. */
  private readonly restoredOf = new Map<string, number[]>();
  private first = 0;
  /** The index of the oldest event that is in the store; those below are in memory alone. Never below `first`. */
  private kept = 0;
  private lastId = 0;
  /** Payloads of what is held. */
  private payloadBytes = 0;
  /** Events above are not durable yet: nobody may see them, since a cut would take them back and give their ids again. */
  private durableId = 0;
  private readonly appended = new SlidingCount(12, 5 * second);
  private letGoAt: Monotonic | undefined;
  private readonly foundations: Foundations;
  private readonly readers: EventReaders;
  /** How many it holds at most. */
  readonly recordsMax: number;

  constructor(foundations: Foundations, readers: EventReaders, recordsMax: number = limits.eventLogRecordsMax) {
    this.foundations = foundations;
    this.readers = readers;
    this.recordsMax = recordsMax;
  }

  get held(): number {
    return this.events.length - this.first;
  }

  /** The id of the newest event that is durable. */
  get newestId(): number {
    return this.durableId;
  }

  oldest(): NumberedEvent | undefined {
    const oldest = this.events[this.first];
    return oldest && this.opened(oldest);
  }

  /** How many may not make room yet, since their devices may still repeat them. */
  youngHeld(uptimeMs: number): number {
    let low = this.first;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (uptimeMs - (this.events[middle] as HeldEvent).atUptimeMs < limits.exchangeLifetimeMs) high = middle;
      else low = middle + 1;
    }
    return this.events.length - low;
  }

  perMinute(now: Monotonic): number {
    return this.appended.sum(now);
  }

  /** The event of this id, as long as it is held. */
  get(id: number): NumberedEvent | undefined {
    const event = this.events[this.indexAbove(id - 1)];
    return event?.id === id ? this.opened(event) : undefined;
  }

  /** The id of the event, or undefined when the log is full of events that may not go yet. */
  append(record: EventRecord, step: Step): number | undefined {
    if (!this.makeRoom(record, step)) return undefined;
    this.letPassedGo(step);
    const id = ++this.lastId;
    const key = eventRecordKey({ id });
    const piece = encodeKindInSlab(this.slabs, eventRecord, key, record);
    this.hold(id, record, piece);
    this.appended.add(step.now.monotonic);
    const isBrief = this.readers.lowestCursor !== undefined;
    step.put('before-ack', key, bytesOf(piece), isBrief);
    return id;
  }

  /** The commit that holds this event is durable. */
  markDurable(id: number): void {
    if (id > this.durableId) this.durableId = id;
  }

  /** Durable events with an id above `after`, oldest first, and how many there were that are gone. */
  read(after: number, limit: number): { readonly events: readonly NumberedEvent[]; readonly lost: number } {
    const start = this.indexAbove(after);
    const end = Math.min(start + limit, this.indexAbove(this.durableId));
    return { events: this.openedAll(this.events.slice(start, end)), lost: this.lostAfter(after) };
  }

  /** How many durable events above `after` are there, and how many are gone. */
  unread(after: number): { readonly unread: number; readonly lost: number } {
    const unread = Math.max(0, this.indexAbove(this.durableId) - this.indexAbove(after));
    return { unread, lost: this.lostAfter(after) };
  }

  /**
   * Takes out of the store what every reader has passed and no device repeats any more, some at a time. To be called when the
   * readers have changed; otherwise it goes with what is appended, or at a deadline.
   */
  letPassedGo(step: Step): void {
    const uptimeMs = this.foundations.uptime.at(step.now);
    for (let gone = 0; gone < eventsPassedAtOnceMax; gone++) {
      const oldest = this.oldestPassed();
      if (oldest === undefined || uptimeMs - oldest.atUptimeMs < limits.exchangeLifetimeMs) break;
      step.remove('soon', eventRecordKey(oldest));
      this.kept++;
    }
    this.letGoAt = step.now.monotonic;
  }

  /**
   * Reports of an earlier start, oldest first, that at this uptime are young enough to be repeated by this peer: they are recognised
   * as duplicates.
   */
  youngOf(peer: string, uptimeMs: number): readonly (ReportRecord & { readonly id: number })[] {
    const ids = (this.restoredOf.get(peer) ?? []).toSorted((a, b) => a - b);
    const young = ids.map((id) => this.get(id)).filter((event) => event !== undefined);
    return young
      .filter((event) => event.kind !== 'response')
      .filter(({ atUptimeMs }) => uptimeMs - atUptimeMs < limits.exchangeLifetimeMs);
  }

  restore(record: StoredRecord): Restored {
    // Also the number of an event that cannot be read is never given again.
    const id = Number(namesIn(eventRecord, record.key)?.[0]);
    if (id > this.lastId) this.lastId = id;
    if (Number.isNaN(id)) return 'foreign';
    const read = entriesOf(eventRecord, record.key, record.value, eventHeadEntries);
    const head = 'why' in read ? undefined : eventHead(read.entries);
    if ('why' in read || head === undefined) return { damaged: 'why' in read ? read.why : 'malformed' };
    this.hold(id, head, this.slabs.add(record.value));
    this.foundations.uptime.sawRecordOf(head.atUptimeMs);
    this.foundations.uptime.sawRecordAt(head.atWall, head.atUptimeMs);
    if (head.peer !== undefined) this.noteOf(head.peer, id);
    return 'ours';
  }

  restored(_step: Step): void {
    // Should the newest event have been damaged once: what a reader has passed was given.
    this.lastId = Math.max(this.lastId, this.readers.highestCursor);
    this.durableId = this.lastId;
    this.events.sort((a, b) => a.id - b.id);
  }

  advance(step: Step): void {
    const due = this.nextDeadline();
    if (due !== undefined && due.at <= step.now.monotonic) this.letPassedGo(step);
  }

  nextDeadline(): { at: Monotonic; reason: string } | undefined {
    const oldest = this.oldestPassed();
    if (oldest === undefined) return undefined;
    const old = this.foundations.uptime.monotonicOf(oldest.atUptimeMs + limits.exchangeLifetimeMs);
    const spaced = this.letGoAt === undefined ? old : after(this.letGoAt, limits.eventsPassedSpacingMs);
    const at = Math.max(old, spaced) as Monotonic;
    return { at, reason: 'events that every reader has passed leave the store' };
  }

  private noteOf(peer: string, id: number): void {
    const ids = this.restoredOf.get(peer);
    if (ids === undefined) this.restoredOf.set(peer, [id]);
    else ids.push(id);
  }

  private hold(id: number, { atUptimeMs, payload }: EventHead, record: Piece): void {
    this.events.push({ id, atUptimeMs, payloadBytes: payload.length, record });
    this.payloadBytes += payload.length;
  }

  private openedAll(events: readonly HeldEvent[]): readonly NumberedEvent[] {
    return events.map((event) => this.opened(event));
  }

  private opened({ id, record }: HeldEvent): NumberedEvent {
    const key = eventRecordKey({ id });
    const read = record && decodeKind(eventRecord, this.foundations.aead, key, bytesOf(record));
    assert(read !== undefined && 'value' in read, 'what is in the log was read or written in this start');
    return Object.assign(read.value, { id });
  }

  /** The oldest event in the store, if every reader has passed it and it is not the newest. */
  private oldestPassed(): HeldEvent | undefined {
    const passed = Math.min(this.readers.lowestCursor ?? 0, this.durableId - 1);
    const oldest = this.events[this.kept];
    return oldest !== undefined && oldest.id <= passed ? oldest : undefined;
  }

  private lostAfter(after: number): number {
    const oldestId = this.events[this.first]?.id ?? this.lastId + 1;
    return Math.max(0, oldestId - after - 1);
  }

  private makeRoom({ atUptimeMs, payload }: EventRecord, step: Step): boolean {
    // More than one goes for a large one, and while the log holds more than it may: its limit was lowered between two starts.
    for (let gone = 0; this.isFull(payload.length) && gone < eventsGoneAtOnceMax; gone++) {
      const oldest = this.events[this.first];
      const mayGo = oldest !== undefined && atUptimeMs - oldest.atUptimeMs >= limits.exchangeLifetimeMs;
      if (!mayGo) return gone > 0 && !this.isOverBytes(payload.length);
      if (this.first === this.kept) {
        step.remove('soon', eventRecordKey(oldest));
        this.kept++;
      }
      this.payloadBytes -= oldest.payloadBytes;
      // Its place stays for a while; its bytes need not.
      oldest.record = undefined;
      this.first++;
    }
    if (this.first > 1_024 && this.first * 2 > this.events.length) {
      this.events = this.events.slice(this.first);
      this.kept -= this.first;
      this.first = 0;
    }
    return !this.isOverBytes(payload.length);
  }

  private isFull(payloadBytes: number): boolean {
    return this.held >= this.recordsMax || this.isOverBytes(payloadBytes);
  }

  /** One event fits always: else a log of a large one would take none. */
  private isOverBytes(payloadBytes: number): boolean {
    return this.held > 0 && this.payloadBytes + payloadBytes > limits.eventLogPayloadBytesMax;
  }

  /** The index of the first event with an id above `after`. */
  private indexAbove(after: number): number {
    let low = this.first;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.events[middle] as HeldEvent).id <= after) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The key of an event's record. */
export function eventRecordKey({ id }: { readonly id: number }): string {
  return keyOf(eventRecord, eventName(id));
}
