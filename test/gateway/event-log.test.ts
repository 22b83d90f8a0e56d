/** The bounded event log: its ids, its limit, its readers, and what a restart finds of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Monotonic, Now, Wall } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import type { StoredRecord, Write } from '../../src/commit/commit.ts';
import { EventLog } from '../../src/gateway/event-log.ts';
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

test('young events are those that a device may still repeat', () => {
  const world = new LogWorld(3);
  for (let i = 0; i < 3; i++) world.append(i);
  assert.deepEqual(idsOf(world.log.young(life - 1)), [1, 2, 3]);
  assert.deepEqual(idsOf(world.log.young(life)), [2, 3]);
  assert.deepEqual(idsOf(world.log.young(life + 2)), []);
  world.append(life);
  assert.deepEqual(idsOf(world.log.young(life)), [2, 3, 4]);
});

test('it counts the events of the last minute', () => {
  const world = new LogWorld(100);
  for (let i = 0; i < 30; i++) world.append(i * 4_000);
  assert.equal(world.log.perMinute((29 * 4_000) as Monotonic), 15);
});

/** A log with what the store keeps of it. */
class LogWorld {
  readonly kept = new Map<string, Uint8Array>();
  readonly classes: string[] = [];
  uptime = new Uptime();
  log: EventLog;
  private readonly recordsMax: number;

  constructor(recordsMax: number) {
    this.recordsMax = recordsMax;
    this.log = this.make();
  }

  now(ms: number): Now {
    return { monotonic: ms as Monotonic, wall: 0 as Wall, wallTrusted: false };
  }

  /** The id of an event at an uptime, made durable, or undefined when the log refuses it. */
  append(atUptimeMs: number): number | undefined {
    const id = this.begin(atUptimeMs);
    if (id !== undefined) this.log.markDurable(id);
    return id;
  }

  /** The same with a commit that is not durable yet. */
  begin(atUptimeMs: number): number | undefined {
    const step = new Step(this.now(atUptimeMs));
    const event = this.log.append(eventAt(atUptimeMs), step);
    for (const commitClass of ['before-ack', 'soon'] as const) {
      for (const write of step.takeWrites(commitClass)) this.write(write, commitClass);
    }
    return event?.id;
  }

  /** A new log with these records; returns what it says of those that it did not take. */
  restart(records: readonly (readonly [string, Uint8Array])[]): readonly unknown[] {
    this.uptime = new Uptime();
    this.log = this.make();
    const stored: StoredRecord[] = records.map(([key, value]) => ({ key, value }));
    const results = stored.map((record) => this.log.restore(record));
    this.log.restored(new Step(this.now(0)));
    return results.filter((result) => result !== 'ours');
  }

  private write({ key, value }: Write, commitClass: string): void {
    this.classes.push(commitClass);
    if (value === undefined) this.kept.delete(key);
    else this.kept.set(key, value);
  }

  private make(): EventLog {
    const refuse = () => assert.fail('events hold no secrets');
    const aead = { seal: refuse, open: refuse };
    return new EventLog({ aead, entropy: refuse, uptime: this.uptime }, this.recordsMax);
  }
}

function eventAt(atUptimeMs: number): EventRecord {
  return {
    kind: 'notification',
    endpoint: 'meter-17',
    path: '/3303/0/5700',
    contentFormat: 0,
    payload: Uint8Array.of(atUptimeMs & 255),
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
