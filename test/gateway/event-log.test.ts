/** The bounded event log: its ids, its limit, its readers, and what a restart finds of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Monotonic, Now, Wall } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import type { StoredRecord, Write } from '../../src/commit/commit.ts';
import { EventLog, type NumberedEvent } from '../../src/gateway/event-log.ts';
import { EventReaders } from '../../src/gateway/event-readers.ts';
import type { Foundations } from '../../src/gateway/part.ts';
import { Step } from '../../src/gateway/step.ts';
import { Uptime } from '../../src/gateway/uptime.ts';
import type { EventRecord } from '../../src/records/event-record.ts';

const life = limits.exchangeLifetimeMs;

test('events have rising ids and are written before their acknowledgement', () => {
  const world = new LogWorld(10);
  assert.deepEqual([world.append(1), world.append(2)], [1, 2]);
  assert.deepEqual([...world.kept.keys()], ['ev/000000000000001', 'ev/000000000000002']);
  assert.deepEqual(world.classes, ['before-ack', 'before-ack']);
  assert.equal(world.log.newestId, 2);
});

test('nobody sees an event before it is durable', () => {
  const world = new LogWorld(10);
  world.append(1);
  assert.deepEqual([world.begin(2), world.begin(3)], [2, 3]);
  assert.deepEqual([idsOf(world.log.read(0, 9).events), world.log.newestId], [[1], 1]);
  assert.deepEqual(world.log.read(1, 9), { events: [], lost: 0 });
  assert.deepEqual(world.log.read(2, 9), { events: [], lost: 0 });
  world.log.markDurable(3);
  world.log.markDurable(2);
  assert.deepEqual([idsOf(world.log.read(0, 9).events), world.log.newestId], [[1, 2, 3], 3]);
});

test('full of young events it refuses, and writes nothing', () => {
  const world = new LogWorld(3);
  for (let i = 0; i < 3; i++) assert.ok(world.append(i));
  assert.equal(world.append(life - 1), undefined);
  assert.equal(world.log.held, 3);
  assert.equal(world.kept.size, 3);
  assert.equal(world.log.newestId, 3);
});

test('at its limit the oldest goes as soon as it is old, and only it', () => {
  const world = new LogWorld(3);
  for (let i = 0; i < 3; i++) world.append(i);
  assert.equal(world.append(life), 4);
  assert.deepEqual(idsOf(world.log.read(0, 9).events), [2, 3, 4]);
  assert.deepEqual([...world.kept.keys()], ['ev/000000000000002', 'ev/000000000000003', 'ev/000000000000004']);
  assert.equal(world.append(life), undefined, 'the next oldest is one millisecond younger');
});

test('payloads are bounded in bytes too: old ones make room, as many as it takes; among young ones the large one is refused', () => {
  const world = new LogWorld(100);
  const quarter = limits.eventLogPayloadBytesMax / 4;
  for (let i = 0; i < 4; i++) assert.ok(world.append(i, quarter));
  assert.equal(world.append(life - 1), undefined, 'not one byte more');
  assert.equal(world.append(life + 1, 2 * quarter), 5);
  assert.deepEqual(world.keptIds(), [3, 4, 5]);
  assert.equal(world.append(life + 1, 2 * quarter), undefined, 'the next oldest is a millisecond younger');
  assert.equal(world.append(3 * life, 4 * quarter), 6, 'alone it fits');
  assert.deepEqual(world.keptIds(), [6]);
  world.restart([...world.kept]);
  assert.equal(world.append(3 * life), undefined, 'a restart knows of them');
});

test('a limit that was lowered between two starts is come down to, some at a time', () => {
  const before = new LogWorld(100);
  for (let i = 0; i < 40; i++) before.append(i);
  const world = new LogWorld(10);
  world.restart([...before.kept]);
  for (const left of [25, 10, 10]) {
    assert.ok(world.append(2 * life));
    assert.equal(world.log.held, left);
  }
});

test('below its limit nothing goes, however old', () => {
  const world = new LogWorld(3);
  world.append(0);
  world.append(100 * life);
  assert.deepEqual(idsOf(world.log.read(0, 9).events), [1, 2]);
});

test('a reader gets what is after its cursor, in pieces, and how much it lost', () => {
  const world = new LogWorld(5);
  for (let i = 0; i < 8; i++) world.append(i * life);
  assert.deepEqual(idsOf(world.log.read(5, 2).events), [6, 7]);
  assert.deepEqual([idsOf(world.log.read(0, 9).events), world.log.read(0, 9).lost], [[4, 5, 6, 7, 8], 3]);
  assert.equal(world.log.read(3, 9).lost, 0);
  assert.equal(world.log.read(2, 9).lost, 1);
  assert.deepEqual(world.log.read(8, 9), { events: [], lost: 0 });
  assert.deepEqual(world.log.read(99, 9), { events: [], lost: 0 });
});

test('many thousand events later the ids and the cursors still hold', () => {
  const world = new LogWorld(50);
  for (let i = 1; i <= 5_000; i++) assert.equal(world.append(i * life), i);
  assert.deepEqual(idsOf(world.log.read(4_990, 3).events), [4_991, 4_992, 4_993]);
  assert.equal(world.log.oldest()?.id, 4_951);
  assert.deepEqual([world.log.held, world.kept.size], [50, 50]);
  const { events } = world.log as unknown as { events: unknown[] };
  assert.ok(events.length < 3_000, 'what has gone is let go');
});

test('a restart finds the events, in order, and goes on with the ids and the uptime', () => {
  const world = new LogWorld(10);
  for (let i = 0; i < 4; i++) world.append(i * 1_000);
  world.restart([...world.kept].reverse());
  assert.deepEqual(idsOf(world.log.read(0, 9).events), [1, 2, 3, 4]);
  assert.deepEqual(world.log.read(2, 1).events[0]?.payload, Uint8Array.of(2_000 & 255));
  assert.equal(world.uptime.at(world.now(0)), 3_000);
  assert.equal(world.append(4_000), 5);
});

test('the id of a damaged event is never given again', () => {
  const world = new LogWorld(10);
  for (let i = 0; i < 3; i++) world.append(i);
  const kept = [...world.kept];
  const [key = '', value = new Uint8Array()] = kept[2] ?? [];
  kept[2] = [key, value.map((byte) => byte ^ 1)];
  const damaged = world.restart(kept);
  assert.deepEqual(damaged, [{ damaged: 'checksum' }]);
  assert.deepEqual(idsOf(world.log.read(0, 9).events), [1, 2]);
  assert.equal(world.append(10), 4);
});

test('records of others are left to them', () => {
  const world = new LogWorld(10);
  assert.equal(world.log.restore({ key: 'reg/x', value: new Uint8Array() }), 'foreign');
});

test('after a restart young events are those that their device may still repeat', () => {
  const world = new LogWorld(3);
  for (let i = 0; i < 3; i++) world.append(i);
  const { peer } = world.log.oldest() as { peer: string } & NumberedEvent;
  assert.deepEqual(idsOf(world.log.youngOf(peer, 0)), [], 'those of this start are remembered elsewhere');
  world.restart([...world.kept].reverse());
  assert.deepEqual(idsOf(world.log.youngOf(peer, life - 1)), [1, 2, 3]);
  assert.deepEqual(idsOf(world.log.youngOf(peer, life)), [2, 3]);
  assert.deepEqual(idsOf(world.log.youngOf(peer, life + 2)), []);
});

test('it counts the events of the last minute', () => {
  const world = new LogWorld(100);
  for (let i = 0; i < 30; i++) world.append(i * 4_000);
  assert.equal(world.log.perMinute((29 * 4_000) as Monotonic), 15);
});

test('without readers nothing is brief and nothing leaves the store early', () => {
  const world = new LogWorld(10);
  for (const at of [0, 1, 2]) world.append(at);
  world.append(2 * life);
  assert.deepEqual([world.kept.size, world.brief.size, world.log.nextDeadline()], [4, 0, undefined]);
});

test('with a reader events are brief', () => {
  const world = new LogWorld(10);
  world.append(0);
  world.read('a', 1);
  world.append(1);
  assert.deepEqual([...world.brief], ['ev/000000000000002']);
});

test('what every reader has passed leaves the store once it is old, and memory at the next start', () => {
  const world = new LogWorld(10);
  world.read('a', 0);
  world.read('b', 0);
  for (let i = 0; i < 4; i++) world.append(i);
  world.read('a', 3, 4);
  assert.equal(world.log.nextDeadline(), undefined, 'b has passed nothing');
  world.read('b', 2, 4);
  assert.deepEqual(world.keptIds(), [1, 2, 3, 4], 'they are young');
  world.append(life);
  assert.deepEqual(world.keptIds(), [2, 3, 4, 5], 'the second is one millisecond younger');
  world.append(life + 100);
  assert.deepEqual(world.keptIds(), [3, 4, 5, 6]);
  assert.deepEqual(idsOf(world.log.read(0, 9).events), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(world.log.unread(2), { unread: 4, lost: 0 });
  world.restart([...world.kept]);
  assert.deepEqual([idsOf(world.log.read(0, 9).events), world.log.read(0, 9).lost], [[3, 4, 5, 6], 2]);
  assert.equal(world.log.read(2, 9).lost, 0);
  assert.deepEqual(world.log.unread(1), { unread: 4, lost: 1 });
});

test('the move of a cursor lets go, and so does the removal of the reader that lagged', () => {
  const world = new LogWorld(10);
  world.read('a', 0);
  world.read('b', 0);
  for (let i = 0; i < 4; i++) world.append(i);
  world.read('a', 2, 2 * life);
  assert.deepEqual(world.keptIds(), [1, 2, 3, 4]);
  world.removeReader('b', 2 * life);
  assert.deepEqual(world.keptIds(), [3, 4]);
});

test('the newest event stays, and its id is never given again, whatever becomes of the readers', () => {
  const world = new LogWorld(10);
  world.read('a', 0);
  for (let i = 0; i < 3; i++) world.append(i);
  world.read('a', 3, 2 * life);
  assert.deepEqual([world.keptIds(), world.log.nextDeadline()], [[3], undefined]);
  world.removeReader('a', 2 * life);
  world.restart([...world.kept]);
  assert.equal(world.append(2 * life), 4);
});

test('an event whose successor is not durable yet counts as the newest', () => {
  const world = new LogWorld(10);
  world.read('a', 0);
  world.append(0);
  world.read('a', 1, 1);
  world.begin(life);
  world.begin(2 * life);
  assert.deepEqual(world.keptIds(), [1, 2, 3]);
  world.log.markDurable(3);
  world.begin(2 * life + 1);
  assert.deepEqual(world.keptIds(), [2, 3, 4]);
});

test('an id that a reader has passed is given, though its event was damaged', () => {
  const world = new LogWorld(10);
  world.read('a', 0);
  for (let i = 0; i < 3; i++) world.append(i);
  world.read('a', 3, 3);
  world.kept.delete('ev/000000000000003');
  world.restart([...world.kept]);
  assert.equal(world.append(5), 4);
});

test('when nothing comes any more a deadline lets go, at most once a minute', () => {
  const world = new LogWorld(10);
  world.read('a', 0);
  for (let i = 0; i < 3; i++) world.append(i * 1_000);
  world.read('a', 3, 2_000);
  assert.equal(world.log.nextDeadline()?.at, life);
  world.advance(life - 1);
  assert.deepEqual(world.keptIds(), [1, 2, 3]);
  world.advance(life);
  assert.deepEqual(world.keptIds(), [2, 3]);
  assert.equal(world.log.nextDeadline()?.at, life + limits.eventsPassedSpacingMs);
  world.advance(life + limits.eventsPassedSpacingMs);
  assert.deepEqual([world.keptIds(), world.log.nextDeadline()], [[3], undefined]);
});

test('a long way that a reader comes at once is let go in pieces', () => {
  const world = new LogWorld(5_000);
  world.read('a', 0);
  for (let i = 0; i < 2_500; i++) world.append(0);
  const left = [2 * life, 3 * life, 4 * life].map((at) => {
    if (at === 2 * life) world.read('a', 2_500, at);
    else world.advance(at);
    return world.keptIds().length;
  });
  assert.deepEqual(left, [1_500, 500, 1]);
});

test('the limit counts what is in memory too, and what has left the store leaves it once', () => {
  const world = new LogWorld(3);
  world.read('a', 0);
  for (let i = 0; i < 3; i++) world.append(i);
  world.read('a', 2, life + 10);
  assert.deepEqual([world.keptIds(), world.log.held], [[3], 3]);
  world.removed.length = 0;
  for (let i = 0; i < 3; i++) world.append(2 * life + i);
  assert.deepEqual([world.keptIds(), world.log.held, world.removed], [[4, 5, 6], 3, ['ev/000000000000003']]);
  assert.deepEqual(world.log.unread(2), { unread: 3, lost: 1 });
});

test('with a reader that keeps up many thousand events leave the store, and memory stays bounded', () => {
  const world = new LogWorld(50);
  world.read('a', 0);
  for (let i = 1; i <= 5_000; i++) {
    world.append(i * life);
    world.read('a', i, i * life);
  }
  assert.deepEqual([world.log.held, world.keptIds()], [50, [5_000]]);
});

/** A log with its readers and what the store keeps of them. */
class LogWorld {
  readonly kept = new Map<string, Uint8Array>();
  readonly classes: string[] = [];
  readonly brief = new Set<string>();
  readonly removed: string[] = [];
  uptime = new Uptime();
  log: EventLog;
  private readers: EventReaders;
  private readonly recordsMax: number;

  constructor(recordsMax: number) {
    this.recordsMax = recordsMax;
    this.readers = new EventReaders(this.foundations());
    this.log = this.make();
    this.uptime.start(this.now(1));
  }

  /** A reader says how far it is. */
  read(name: string, cursor: number, atMs = 0): void {
    const action = { kind: 'set-reader', name, cursor, reset: false } as const;
    this.step(atMs, (step) => {
      assert.equal(this.readers.set(action, 'test', this.log.newestId, step).kind, 'reader');
      this.log.letPassedGo(step);
    });
  }

  removeReader(name: string, atMs: number): void {
    this.step(atMs, (step) => {
      this.readers.remove(name, 'test', step);
      this.log.letPassedGo(step);
    });
  }

  advance(atMs: number): void {
    this.step(atMs, (step) => this.log.advance(step));
  }

  /** Of the events in the store. */
  keptIds(): number[] {
    return [...this.kept.keys()].filter((key) => key.startsWith('ev/')).map((key) => Number(key.slice(3)));
  }

  now(ms: number): Now {
    return { monotonic: ms as Monotonic, wall: 0 as Wall, wallTrusted: false };
  }

  /** The id of an event at an uptime, made durable, or undefined when the log refuses it. */
  append(atUptimeMs: number, payloadBytes = 1): number | undefined {
    const id = this.begin(atUptimeMs, payloadBytes);
    if (id !== undefined) this.log.markDurable(id);
    return id;
  }

  /** The same with a commit that is not durable yet. */
  begin(atUptimeMs: number, payloadBytes = 1): number | undefined {
    return this.step(atUptimeMs, (step) => this.log.append(eventAt(atUptimeMs, payloadBytes), step));
  }

  private step<Result>(atMs: number, work: (step: Step) => Result): Result {
    const step = new Step(this.now(atMs));
    const result = work(step);
    for (const commitClass of ['before-ack', 'soon'] as const) {
      for (const write of step.takeWrites(commitClass)) this.write(write, commitClass);
    }
    return result;
  }

  /** A new log with these records; returns what it says of those that it did not take. */
  restart(records: readonly (readonly [string, Uint8Array])[]): readonly unknown[] {
    this.uptime = new Uptime();
    this.readers = new EventReaders(this.foundations());
    this.log = this.make();
    const stored: StoredRecord[] = records.map(([key, value]) => ({ key, value }));
    const results = stored.map((record) =>
      this.readers.restore(record) === 'ours' ? 'ours' : this.log.restore(record),
    );
    this.log.restored(new Step(this.now(0)));
    return results.filter((result) => result !== 'ours');
  }

  private write({ key, value, brief }: Write, commitClass: string): void {
    this.classes.push(commitClass);
    if (brief) this.brief.add(key);
    if (value === undefined) this.removed.push(key);
    if (value === undefined) this.kept.delete(key);
    else this.kept.set(key, value);
  }

  private make(): EventLog {
    return new EventLog(this.foundations(), this.readers, this.recordsMax);
  }

  private foundations(): Foundations {
    const refuse = () => assert.fail('events hold no secrets');
    return { aead: { seal: refuse, open: refuse }, entropy: refuse, uptime: this.uptime };
  }
}

function eventAt(atUptimeMs: number, payloadBytes = 1): EventRecord {
  return {
    kind: 'notification',
    endpoint: 'meter-17',
    path: '/3303/0/5700',
    contentFormat: 0,
    payload: new Uint8Array(payloadBytes).fill(atUptimeMs),
    atUptimeMs,
    atWall: undefined,
    unverified: false,
    peer: 'field|meter-17',
    messageId: 1,
    token: Uint8Array.of(1),
    association: 1,
    digest: 7,
  };
}

function idsOf(events: readonly { readonly id: number }[]): number[] {
  return events.map(({ id }) => id);
}
