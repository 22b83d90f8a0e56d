import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8Encode } from '../../src/base/bytes.ts';
import type { Monotonic } from '../../src/base/instants.ts';
import type { Commit, CommitClass, CommitId } from '../../src/commit/commit.ts';
import { type Batch, CommitScheduler } from '../../src/commit/commit-scheduler.ts';

const spacingMs = 500;
const soonWindowMs = 60_000;

describe('before-ack commits', () => {
  it('start at once when the last batch is older than the spacing', () => {
    const { scheduler, add } = scene();
    add('before-ack', 1_000, { a: '1' });
    assert.deepEqual(scheduler.nextDeadline(), { at: 1_000, reason: 'commit' });
    const batch = scheduler.next(at(1_000));
    assert.deepEqual(shown(batch), { a: '1' });
    assert.equal(batch?.class, 'before-ack');
    assert.equal(scheduler.written('before-ack'), batch?.upTo);
    add('before-ack', 1_500, { a: '2' });
    assert.deepEqual(shown(scheduler.next(at(1_500))), { a: '2' });
  });

  it('within the spacing wait for its end, together', () => {
    const { scheduler, add } = scene();
    add('before-ack', 1_000, { a: '1' });
    scheduler.next(at(1_000));
    scheduler.written('before-ack');
    add('before-ack', 1_100, { a: '2', b: '2' });
    const last = add('before-ack', 1_200, { a: '3' });
    assert.equal(scheduler.next(at(1_499)), undefined);
    assert.deepEqual(scheduler.nextDeadline(), { at: 1_500, reason: 'commit-spacing' });
    const batch = scheduler.next(at(1_500));
    assert.deepEqual(shown(batch), { a: '3', b: '2' });
    assert.equal(scheduler.written('before-ack'), last);
  });

  it('start no later than the latest start, however wide the spacing', () => {
    const { scheduler, add } = scene({ spacingMs: 10_000, latestMs: 1_000 });
    add('before-ack', 0, { a: '1' });
    scheduler.next(at(0));
    scheduler.written('before-ack');
    add('before-ack', 300, { b: '1' });
    add('before-ack', 900, { c: '1' });
    assert.deepEqual(scheduler.nextDeadline(), { at: 1_300, reason: 'commit-latest' });
    assert.deepEqual(shown(scheduler.next(at(1_300))), { b: '1', c: '1' });
  });

  it('wait while a batch is in flight, and start as soon as it has landed when they are overdue', () => {
    const { scheduler, add } = scene();
    add('before-ack', 0, { a: '1' });
    scheduler.next(at(0));
    add('before-ack', 100, { b: '1' });
    assert.equal(scheduler.next(at(3_000)), undefined);
    assert.equal(scheduler.nextDeadline(), undefined);
    assert.equal(scheduler.pending, 2);
    scheduler.written('before-ack');
    assert.deepEqual(shown(scheduler.next(at(3_000))), { b: '1' });
  });

  it('without writes are reported all the same', () => {
    const { scheduler, add } = scene();
    const id = add('before-ack', 0, {});
    assert.deepEqual(scheduler.next(at(0)), { class: 'before-ack', writes: [], upTo: id });
    assert.equal(scheduler.written('before-ack'), id);
  });
});

describe('soon writes', () => {
  it('go, coalesced, when the window of the oldest ends', () => {
    const { scheduler, add } = scene();
    add('soon', 1_000, { a: '1', b: '1' });
    add('soon', 50_000, { a: '2', c: '2' });
    assert.deepEqual(scheduler.nextDeadline(), { at: 61_000, reason: 'commit-soon-window' });
    assert.equal(scheduler.next(at(60_999)), undefined);
    const batch = scheduler.next(at(61_000));
    assert.deepEqual(shown(batch), { a: '2', b: '1', c: '2' });
    assert.equal(batch?.class, 'soon');
    assert.equal(scheduler.written('soon'), undefined);
    assert.equal(scheduler.nextDeadline(), undefined);
  });

  it('do not go before they are due, and then right after a batch of all before-ack commits that wait', () => {
    const { scheduler, add } = scene();
    add('soon', 0, { s: '1' });
    add('before-ack', 1_000, { a: '1' });
    assert.deepEqual(shown(scheduler.next(at(1_000))), { a: '1' });
    assert.equal(scheduler.next(at(1_000)), undefined);
    scheduler.written('before-ack');
    add('before-ack', 59_900, { a: '2' });
    assert.deepEqual(shown(scheduler.next(at(59_900))), { a: '2' });
    scheduler.written('before-ack');
    add('before-ack', 60_000, { a: '3' });
    assert.deepEqual(shown(scheduler.next(at(60_000))), { a: '3' }, 'although the spacing has not ended');
    assert.deepEqual(shown(scheduler.next(at(60_000))), { s: '1' });
    assert.equal(scheduler.next(at(60_000)), undefined);
  });

  it('wait for a before-ack batch in flight: what is older of the other class must not be durable later', () => {
    const { scheduler, add } = scene();
    add('soon', 0, { s: '1' });
    add('before-ack', 59_990, { a: '1' });
    scheduler.next(at(59_990));
    assert.equal(scheduler.next(at(60_000)), undefined);
    scheduler.written('before-ack');
    assert.deepEqual(shown(scheduler.next(at(60_010))), { s: '1' });
  });

  it('while they are in flight let before-ack commits go on', () => {
    const { scheduler, add } = scene();
    add('soon', 0, { s: '1' });
    assert.deepEqual(shown(scheduler.next(at(60_000))), { s: '1' });
    add('before-ack', 60_001, { a: '1' });
    assert.deepEqual(shown(scheduler.next(at(60_001))), { a: '1' });
    scheduler.written('before-ack');
    scheduler.written('soon');
  });

  it('go empty when only before-ack commits came within the window: these are moved on then', () => {
    const { scheduler, add } = scene();
    add('before-ack', 0, { a: '1' });
    scheduler.next(at(0));
    scheduler.written('before-ack');
    assert.deepEqual(scheduler.nextDeadline(), { at: 60_000, reason: 'commit-soon-window' });
    assert.deepEqual(scheduler.next(at(60_000)), { class: 'soon', writes: [], upTo: undefined });
    scheduler.written('soon');
    assert.equal(scheduler.nextDeadline(), undefined);
  });

  it('go at once when they are hastened', () => {
    const { scheduler, add } = scene();
    add('before-ack', 0, { a: '1' });
    scheduler.next(at(0));
    add('soon', 5, { s: '1' });
    scheduler.hasten();
    assert.equal(scheduler.next(at(5)), undefined, 'in flight');
    scheduler.written('before-ack');
    assert.deepEqual(shown(scheduler.next(at(10))), { s: '1' });
    add('soon', 20, { s: '2' });
    scheduler.written('soon');
    assert.equal(scheduler.nextDeadline()?.at, 60_020, 'once');
  });

  it('are replaced by a before-ack value of the key, and take their window with them', () => {
    const { scheduler, add } = scene();
    add('soon', 0, { a: 'soon' });
    add('soon', 5_000, { b: 'soon' });
    add('before-ack', 10_000, { a: 'acknowledged' });
    assert.deepEqual(shown(scheduler.next(at(10_000))), { a: 'acknowledged' });
    scheduler.written('before-ack');
    assert.equal(scheduler.nextDeadline()?.at, 65_000);
    assert.deepEqual(shown(scheduler.next(at(65_000))), { b: 'soon' });
  });

  it('after a before-ack value that waits or is in flight stay soon, and go after it', () => {
    const { scheduler, add } = scene();
    add('before-ack', 0, { a: '1', b: '1' });
    add('soon', 0, { a: '2' });
    assert.deepEqual(shown(scheduler.next(at(0))), { a: '1', b: '1' });
    add('soon', 1, { b: '2' });
    scheduler.written('before-ack');
    assert.deepEqual(shown(scheduler.next(at(60_000))), { a: '2', b: '2' });
  });

  it('keep the mark of what is probably removed soon', () => {
    const { scheduler } = scene();
    const brief = { key: 'a', value: new Uint8Array([1]), brief: true as const };
    scheduler.add({ id: 1 as CommitId, class: 'before-ack', writes: [brief] }, at(0));
    assert.deepEqual(scheduler.next(at(0))?.writes, [brief]);
    scheduler.rejected('before-ack', at(1));
    scheduler.resume();
    const { key, value } = brief;
    assert.deepEqual(
      scheduler.next(at(1_000))?.writes,
      [{ key, value }],
      'refused it may be there, and is not new any more',
    );
  });

  it('go early when many bytes wait, but not closer than the spacing', () => {
    const { scheduler } = scene();
    const write = (key: string) => ({ key, value: new Uint8Array(600_000) });
    scheduler.add({ id: 1 as CommitId, class: 'before-ack', writes: [write('a')] }, at(0));
    scheduler.next(at(0));
    scheduler.written('before-ack');
    scheduler.add({ id: 2 as CommitId, class: 'soon', writes: [write('b')] }, at(100));
    scheduler.add({ id: 3 as CommitId, class: 'soon', writes: [write('b')] }, at(110));
    assert.equal(scheduler.nextDeadline()?.reason, 'commit-soon-window');
    scheduler.add({ id: 4 as CommitId, class: 'soon', writes: [write('c')] }, at(200));
    assert.deepEqual(scheduler.nextDeadline(), { at: 500, reason: 'commit-soon-bytes' });
    assert.equal(scheduler.next(at(500))?.writes.length, 2);
  });
});

describe('a refused batch', () => {
  it('goes back under newer writes, and nothing starts until resumed', () => {
    const { scheduler, add } = scene();
    add('soon', 0, { s: '1', t: '1' });
    add('before-ack', 60_000, { a: '1', b: '1' });
    assert.deepEqual(shown(scheduler.next(at(60_000))), { a: '1', b: '1' });
    assert.deepEqual(shown(scheduler.next(at(60_000))), { s: '1', t: '1' });
    const last = add('before-ack', 60_010, { a: '2', s: '2' });
    add('soon', 60_020, { b: '3' });
    scheduler.rejected('before-ack', at(60_100));
    scheduler.rejected('soon', at(60_100));
    assert.equal(scheduler.nextDeadline(), undefined);
    assert.equal(scheduler.next(at(90_000)), undefined);
    assert.equal(scheduler.pending, 2);
    scheduler.resume();
    assert.deepEqual(shown(scheduler.next(at(90_000))), { a: '2', b: '1', s: '2' });
    assert.deepEqual(shown(scheduler.next(at(90_000))), { b: '3', t: '1' });
    assert.equal(scheduler.written('before-ack'), last);
    assert.equal(scheduler.pending, 0);
  });

  it('of soon writes alone holds up nothing else', () => {
    const { scheduler, add } = scene();
    add('soon', 0, { s: '1', t: '1' });
    scheduler.next(at(60_000));
    add('before-ack', 60_001, { s: '2' });
    assert.deepEqual(shown(scheduler.next(at(60_001))), { s: '2' });
    scheduler.written('before-ack');
    scheduler.rejected('soon', at(60_002));
    const overdue = scheduler.next(at(61_001));
    assert.deepEqual(
      [overdue?.class, shown(overdue)],
      ['before-ack', { t: '1' }],
      'without what was acknowledged since',
    );
    assert.equal(scheduler.written('before-ack'), undefined);
    assert.equal(scheduler.nextDeadline(), undefined);
    scheduler.resume();
    assert.deepEqual(
      scheduler.next(at(200_000)),
      { class: 'soon', writes: [], upTo: undefined },
      'the journal is moved on',
    );
  });

  it('of soon writes goes with the next ones of the other class, once a window, and back when these are refused too', () => {
    const { scheduler, add } = scene();
    add('soon', 0, { s: '1' });
    scheduler.next(at(60_000));
    scheduler.rejected('soon', at(60_001));
    add('before-ack', 60_010, { a: '1' });
    assert.deepEqual(shown(scheduler.next(at(60_010))), { a: '1', s: '1' });
    add('before-ack', 60_011, { s: '2' });
    scheduler.rejected('before-ack', at(60_012));
    scheduler.resume();
    assert.deepEqual(shown(scheduler.next(at(61_012))), { a: '1', s: '2' });
    scheduler.written('before-ack');
    add('soon', 62_000, { s: '3' });
    assert.equal(scheduler.nextDeadline()?.at, 120_001, 'since the refused batch');
  });

  it('is counted', () => {
    const { scheduler, add } = scene();
    add('before-ack', 0, { a: '1' });
    scheduler.next(at(0));
    scheduler.rejected('before-ack', at(1));
    assert.deepEqual(scheduler.counters, {
      commits: 1,
      batches: 1,
      soonBatches: 0,
      batchesRejected: 1,
      writesAdded: 1,
      writesStarted: 1,
    });
  });
});

describe('a clean stop', () => {
  it('drains everything in one batch, with the newest value of each key', () => {
    const { scheduler, add } = scene();
    assert.deepEqual(scheduler.drain().writes, []);
    add('before-ack', 0, { a: '1' });
    scheduler.next(at(0));
    add('soon', 1, { s: '1' });
    const last = add('before-ack', 2, { b: '1', c: '1' });
    add('soon', 3, { c: '2' });
    assert.throws(() => scheduler.drain(), /in flight/);
    scheduler.written('before-ack');
    assert.deepEqual(shown(scheduler.drain()), { b: '1', c: '2', s: '1' });
    assert.equal(scheduler.drain().upTo, last);
  });

  it('drains after a refused batch too', () => {
    const { scheduler, add } = scene();
    add('before-ack', 0, { a: '1' });
    scheduler.next(at(0));
    scheduler.rejected('before-ack', at(1));
    assert.deepEqual(shown(scheduler.drain()), { a: '1' });
  });
});

function scene(options = {}) {
  const scheduler = new CommitScheduler({ spacingMs, soonWindowMs, latestMs: 1_000, ...options });
  let id = 0;
  const add = (commitClass: CommitClass, now: number, values: Record<string, string>): CommitId => {
    const writes = Object.entries(values).map(([key, value]) => ({ key, value: utf8Encode(value) }));
    const commit: Commit = { id: ++id as CommitId, class: commitClass, writes };
    scheduler.add(commit, at(now));
    return commit.id;
  };
  return { scheduler, add };
}

function shown(batch: Batch | undefined): Record<string, string> | undefined {
  const decoder = new TextDecoder();
  return batch && Object.fromEntries(batch.writes.map(({ key, value }) => [key, decoder.decode(value)]).toSorted());
}

function at(ms: number): Monotonic {
  return ms as Monotonic;
}
