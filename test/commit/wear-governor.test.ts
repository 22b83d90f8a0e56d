/**
 * The governor by itself, and over modelled days: the real commit scheduler under random arrivals, with what a batch costs a
 * journal of 4 KB frames and a hand-over to LevelDB once a minute.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { day, hour, type Monotonic, minute } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import type { CommitId } from '../../src/commit/commit.ts';
import { CommitScheduler } from '../../src/commit/commit-scheduler.ts';
import { WearGovernor } from '../../src/commit/wear-governor.ts';
import { Random } from '../simulation/random.ts';

const at = (ms: number): Monotonic => ms as Monotonic;
const spacingMs = limits.commitSpacingMs;
const spacingWidestMs = limits.commitLatestMs;

test('without a budget the spacing is the configured one, whatever is written', () => {
  const governor = new WearGovernor({ bytesPerDay: undefined, spacingMs, spacingWidestMs }, at(0));
  governor.note(0, at(0));
  governor.note(1e15, at(hour));
  assert.equal(governor.spacingMs(at(hour)), spacingMs);
  assert.equal(governor.state(at(hour)), 'within');
});

test('the spacing grows with what is missing, smoothly, and goes back the way it came', () => {
  const governor = new WearGovernor({ bytesPerDay: 2_400, spacingMs, spacingWidestMs }, at(0));
  governor.note(7_000, at(0));
  assert.equal(governor.spacingMs(at(0)), 500, 'what was written before it began does not count');
  const spacings = [1, 2, 3, 4].map((part) => {
    governor.note(7_000 + part * 75, at(0));
    return [governor.spacingMs(at(0)), governor.state(at(0))];
  });
  assert.deepEqual(spacings, [
    [625, 'widened'],
    [750, 'widened'],
    [875, 'widened'],
    [1_000, 'over'],
  ]);
  assert.equal(governor.spacingMs(at(1.5 * hour)), 750);
  assert.equal(governor.spacingMs(at(3 * hour)), 500);
  assert.equal(governor.state(at(3 * hour)), 'within');
});

test('a burst of hours is not widened for when little was written before', () => {
  const governor = new WearGovernor({ bytesPerDay: 2_400, spacingMs, spacingWidestMs }, at(0));
  governor.note(0, at(0));
  governor.note(300, at(day));
  assert.equal(governor.state(at(day)), 'within');
});

test('a budget that is kept at the configured spacing changes nothing', () => {
  const { days, spacings } = modelled(1_500e6, 4);
  assert.ok(spacings.every((spacing) => spacing === spacingMs));
  assert.ok(days.every((bytes) => bytes < 1_500e6));
});

test('a budget between what the narrowest and the widest spacing write is kept, at a spacing that comes to rest', () => {
  const budget = 800e6;
  const ungoverned = modelled(undefined, 4);
  assert.ok(
    ungoverned.days.every((bytes) => bytes > 1.1 * budget),
    'without the governor it is exceeded',
  );
  const { days, spacings, state } = modelled(budget, 4);
  assert.ok((days[0] ?? 0) < budget * (1 + limits.wearBurstOfDay / 2) + 1e6);
  for (const bytes of days.slice(2)) assert.ok(Math.abs(bytes - budget) < budget / 100, `${bytes} is the budget`);
  assert.equal(state, 'widened');
  const atRest = spacings.slice(spacings.length / 2);
  assert.ok(Math.max(...atRest) - Math.min(...atRest) < 30, 'it does not swing');
});

test('a budget that cannot be kept: as wide as it may be, and it says so', () => {
  const { days, spacings, state } = modelled(100e6, 4);
  assert.equal(state, 'over');
  assert.equal(spacings.at(-1), spacingWidestMs);
  assert.ok((days.at(-1) ?? 0) > 100e6);
});

interface Days {
  /** Bytes of each day. */
  readonly days: readonly number[];
  /** The spacing of each hour. */
  readonly spacings: readonly number[];
  readonly state: string;
}

/** `perSecond` commits of 350 bytes each, at random instants, and as many bytes of `soon`. */
function modelled(bytesPerDay: number | undefined, perSecond: number): Days {
  const random = new Random(5);
  const scheduler = new CommitScheduler();
  const governor = new WearGovernor({ bytesPerDay, spacingMs, spacingWidestMs }, at(0));
  const model = { bytes: 0, id: 0 };
  const days: number[] = [];
  const spacings: number[] = [];
  let nowMs = 0;
  let noted = 0;
  for (let ofDay = 1; ofDay <= 4; ofDay++) {
    const before = model.bytes;
    while (nowMs < ofDay * day) {
      const arrival = nowMs - Math.log(1 - random.fraction()) * (1_000 / perSecond);
      run(scheduler, model, arrival);
      nowMs = arrival;
      add(scheduler, model, nowMs);
      if (nowMs - noted < minute) continue;
      noted = nowMs;
      governor.note(model.bytes, at(nowMs));
      scheduler.setSpacing(governor.spacingMs(at(nowMs)));
      if (Math.floor(nowMs / hour) > spacings.length) spacings.push(governor.spacingMs(at(nowMs)));
    }
    days.push(model.bytes - before);
  }
  return { days, spacings, state: governor.state(at(nowMs)) };
}

/** Writes every batch that is due before `until`, and counts what it costs. */
function run(scheduler: CommitScheduler, model: { bytes: number }, until: number): void {
  for (let due = scheduler.nextDeadline(); due !== undefined && due.at <= until; due = scheduler.nextDeadline()) {
    const batch = scheduler.next(due.at);
    assert.ok(batch !== undefined);
    const bytes = batch.writes.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    model.bytes += batch.class === 'soon' ? 18_000 + 2 * bytes : Math.ceil(bytes / 4_000) * 4_096;
    scheduler.written(batch.class);
  }
}

function add(scheduler: CommitScheduler, model: { id: number }, nowMs: number): void {
  for (const commitClass of ['before-ack', 'soon'] as const) {
    const id = ++model.id as CommitId;
    const key = commitClass === 'soon' ? `s${id % 1_000}` : `e${id}`;
    scheduler.add({ id, class: commitClass, writes: [{ key, value: payload }] }, at(nowMs));
  }
}

const payload = new Uint8Array(350);
