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
    assert.equal(batch?.soonIncluded, false);
    assert.equal(scheduler.written(at(1_020)), batch?.upTo);
    add('before-ack', 1_500, { a: '2' });
    assert.deepEqual(shown(scheduler.next(at(1_500))), { a: '2' });
  });

  it('within the spacing wait for its end, together', () => {
    const { scheduler, add } = scene();
    add('before-ack', 1_000, { a: '1' });
    scheduler.next(at(1_000));
    scheduler.written(at(1_010));
    add('before-ack', 1_100, { a: '2', b: '2' });
    const last = add('before-ack', 1_200, { a: '3' });
    assert.equal(scheduler.next(at(1_499)), undefined);
    assert.deepEqual(scheduler.nextDeadline(), { at: 1_500, reason: 'commit-spacing' });
    const batch = scheduler.next(at(1_500));
    assert.deepEqual(shown(batch), { a: '3', b: '2' });
    assert.equal(scheduler.written(at(1_510)), last);
  });

  it('start no later than the latest start, however wide the spacing', () => {
    const { scheduler, add } = scene({ spacingMs: 10_000, latestMs: 1_000 });
    add('before-ack', 0, { a: '1' });
    scheduler.next(at(0));
    scheduler.written(at(10));
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
    scheduler.written(at(3_000));
    assert.deepEqual(shown(scheduler.next(at(3_000))), { b: '1' });
  });

  it('without writes are reported all the same', () => {
    const { scheduler, add } = scene();
    const id = add('before-ack', 0, {});
    assert.deepEqual(scheduler.next(at(0)), { writes: [], upTo: id, soonIncluded: false });
    assert.equal(scheduler.written(at(0)), id);
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
    assert.equal(batch?.soonIncluded, true);
    assert.equal(scheduler.written(at(61_010)), undefined);
    assert.equal(scheduler.nextDeadline(), undefined);
  });

  it('do not go with a before-ack batch before they are due', () => {
    const { scheduler, add } = scene();
    add('soon', 0, { s: '1' });
    add('before-ack', 1_000, { a: '1' });
    assert.deepEqual(shown(scheduler.next(at(1_000))), { a: '1' });
    scheduler.written(at(1_010));
    add('before-ack', 60_000, { a: '2' });
    assert.deepEqual(shown(scheduler.next(at(60_000))), { a: '2', s: '1' });
  });

  it('are replaced by a before-ack value of the key, and take their window with them', () => {
    const { scheduler, add } = scene();
    add('soon', 0, { a: 'soon' });
    add('soon', 5_000, { b: 'soon' });
    add('before-ack', 10_000, { a: 'acknowledged' });
    assert.deepEqual(shown(scheduler.next(at(10_000))), { a: 'acknowledged' });
    scheduler.written(at(10_010));
    assert.equal(scheduler.nextDeadline()?.at, 65_000);
    assert.deepEqual(shown(scheduler.next(at(65_000))), { b: 'soon' });
  });

  it('after a before-ack value that waits or is in flight stay soon, and go after it', () => {
    const { scheduler, add } = scene();
    add('before-ack', 0, { a: '1', b: '1' });
    add('soon', 0, { a: '2' });
    assert.deepEqual(shown(scheduler.next(at(0))), { a: '1', b: '1' });
    add('soon', 1, { b: '2' });
    scheduler.written(at(10));
    assert.deepEqual(shown(scheduler.next(at(60_000))), { a: '2', b: '2' });
  });

  it('go early when many bytes wait, but not closer than the spacing', () => {
    const { scheduler } = scene();
    const write = (key: string) => ({ key, value: new Uint8Array(600_000) });
    scheduler.add({ id: 1 as CommitId, class: 'before-ack', writes: [write('a')] }, at(0));
    scheduler.next(at(0));
    scheduler.written(at(1));
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
    assert.deepEqual(shown(scheduler.next(at(60_000))), { a: '1', b: '1', s: '1', t: '1' });
    const last = add('before-ack', 60_010, { a: '2', s: '2' });
    add('soon', 60_020, { b: '3' });
    scheduler.rejected(at(60_100));
    assert.equal(scheduler.nextDeadline(), undefined);
    assert.equal(scheduler.next(at(90_000)), undefined);
    assert.equal(scheduler.pending, 2);
    scheduler.resume(at(90_000));
    const batch = scheduler.next(at(90_000));
    assert.deepEqual(shown(batch), { a: '2', b: '3', s: '2', t: '1' });
    assert.equal(scheduler.written(at(90_010)), last);
    assert.equal(scheduler.pending, 0);
  });

  it('is counted', () => {
    const { scheduler, add } = scene();
    add('before-ack', 0, { a: '1' });
    scheduler.next(at(0));
    scheduler.rejected(at(1));
    assert.deepEqual(scheduler.counters, {
      commits: 1,
      batches: 1,
      batchesWithSoon: 0,
      batchesRejected: 1,
      writesAdded: 1,
      writesStarted: 1,
    });
  });
});

describe('a clean stop', () => {
  it('drains everything in one batch, and nothing when nothing waits', () => {
    const { scheduler, add } = scene();
    assert.equal(scheduler.drain(at(0)), undefined);
    add('before-ack', 0, { a: '1' });
    scheduler.next(at(0));
    add('soon', 1, { s: '1' });
    const last = add('before-ack', 2, { b: '1' });
    assert.throws(() => scheduler.drain(at(3)), /in flight/);
    scheduler.written(at(3));
    assert.deepEqual(shown(scheduler.drain(at(3))), { b: '1', s: '1' });
    assert.equal(scheduler.written(at(4)), last);
    assert.equal(scheduler.drain(at(4)), undefined);
  });

  it('drains after a refused batch too', () => {
    const { scheduler, add } = scene();
    add('before-ack', 0, { a: '1' });
    scheduler.next(at(0));
    scheduler.rejected(at(1));
    assert.deepEqual(shown(scheduler.drain(at(2))), { a: '1' });
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
