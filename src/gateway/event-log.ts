/**
 * The durable event log: every confirmable notification and every Send, appended in the commit that precedes its
 * acknowledgement. Readers keep a cursor (the id of the last event they handled). Owns the records `ev/`.
 *
 * A record is the duplicate record of its message too, so it leaves the log only when older than EXCHANGE_LIFETIME of uptime.
 * Limits: `eventLogRecordsMax`; full of younger records the log refuses, and the message is not acknowledged.
 */
import { type Monotonic, second } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { SlidingCount } from '../base/sliding-count.ts';
import type { StoredRecord } from '../commit/commit.ts';
import { type EventRecord, eventName, eventRecord } from '../records/event-record.ts';
import { encodeKind, keyOf, namesIn } from '../records/record-kind.ts';
import { type Foundations, type Part, type Restored, restoreKind } from './part.ts';
import type { Step } from './step.ts';

export interface NumberedEvent extends EventRecord {
  readonly id: number;
}

/** So that no commit grows out of measure. */
const eventsGoneAtOnceMax = 16;

export class EventLog implements Part {
  /** Oldest first; ids rise, with gaps where a damaged record was set aside. */
  private events: NumberedEvent[] = [];
  private first = 0;
  private lastId = 0;
  /** Events above are not durable yet: nobody may see them, since a cut would take them back and give their ids again. */
  private durableId = 0;
  private readonly appended = new SlidingCount(12, 5 * second);
  private readonly foundations: Foundations;
  /** How many it holds at most. */
  readonly recordsMax: number;

  constructor(foundations: Foundations, recordsMax: number = limits.eventLogRecordsMax) {
    this.foundations = foundations;
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
    return this.events[this.first];
  }

  /** How many may not make room yet, since their devices may still repeat them. */
  youngHeld(uptimeMs: number): number {
    let low = this.first;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (uptimeMs - (this.events[middle] as NumberedEvent).atUptimeMs < limits.exchangeLifetimeMs) high = middle;
      else low = middle + 1;
    }
    return this.events.length - low;
  }

  perMinute(now: Monotonic): number {
    return this.appended.sum(now);
  }

  /** The event with its id, or undefined when the log is full of events that may not go yet. */
  append(record: EventRecord, step: Step): NumberedEvent | undefined {
    if (!this.makeRoom(record.atUptimeMs, step)) return undefined;
    const event: NumberedEvent = { ...record, id: ++this.lastId };
    this.events.push(event);
    this.appended.add(step.now.monotonic);
    const key = keyOf(eventRecord, eventName(event.id));
    step.put('before-ack', key, encodeKind(eventRecord, this.foundations.aead, key, record));
    return event;
  }

  /** The commit that holds this event is durable. */
  markDurable(id: number): void {
    if (id > this.durableId) this.durableId = id;
  }

  /** Durable events with an id above `after`, oldest first, and how many there were that are gone. */
  read(after: number, limit: number): { readonly events: readonly NumberedEvent[]; readonly lost: number } {
    const start = this.indexAbove(after);
    const oldestId = this.oldest()?.id ?? this.lastId + 1;
    const lost = Math.max(0, oldestId - after - 1);
    const end = Math.min(start + limit, this.indexAbove(this.durableId));
    return { events: this.events.slice(start, end), lost };
  }

  /** Events that are young enough to be repeated by their devices: after a restart they are recognised as duplicates. */
  young(uptimeMs: number): readonly NumberedEvent[] {
    const from = this.events.findIndex((event) => uptimeMs - event.atUptimeMs < limits.exchangeLifetimeMs);
    return from < 0 ? [] : this.events.slice(Math.max(from, this.first));
  }

  restore(record: StoredRecord): Restored {
    // Also the number of an event that cannot be read is never given again.
    const id = Number(namesIn(eventRecord, record.key)?.[0]);
    if (id > this.lastId) this.lastId = id;
    const taken = restoreKind(eventRecord, this.foundations.aead, record, (_names, value) => {
      this.events.push({ ...value, id });
      this.foundations.uptime.sawRecordOf(value.atUptimeMs);
      this.foundations.uptime.sawRecordAt(value.atWall);
    });
    return taken ?? 'foreign';
  }

  restored(_step: Step): void {
    this.durableId = this.lastId;
    this.events.sort((a, b) => a.id - b.id);
  }

  advance(_step: Step): void {}

  nextDeadline(): { at: Monotonic; reason: string } | undefined {
    return undefined;
  }

  private makeRoom(uptimeMs: number, step: Step): boolean {
    // More than one goes while the log holds more than it may: its limit was lowered between two starts.
    for (let gone = 0; this.held >= this.recordsMax && gone < eventsGoneAtOnceMax; gone++) {
      const oldest = this.oldest();
      if (oldest === undefined || uptimeMs - oldest.atUptimeMs < limits.exchangeLifetimeMs) return gone > 0;
      step.remove('soon', keyOf(eventRecord, eventName(oldest.id)));
      this.first++;
    }
    if (this.first > 1_024 && this.first * 2 > this.events.length) {
      this.events = this.events.slice(this.first);
      this.first = 0;
    }
    return true;
  }

  /** The index of the first event with an id above `after`. */
  private indexAbove(after: number): number {
    let low = this.first;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.events[middle] as NumberedEvent).id <= after) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
