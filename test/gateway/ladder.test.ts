/** Which way to a device is tried next. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Monotonic } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import { type Means, nextRung, type Tries, triedInVain } from '../../src/gateway/ladder.ts';
import type { Rung } from '../../src/gateway/recovery-view.ts';
import type { LearnedRecord } from '../../src/records/learned-record.ts';

const all: Means = { hasConnection: true, canConnect: true, hasSession: true };
const known: LearnedRecord = {
  listener: 'field',
  address: '192.0.2.1:5',
  handshake: undefined,
  triedAtUptimeMs: undefined,
  failures: 0,
  resumption: undefined,
  connectionId: undefined,
  keepsConnection: undefined,
  drops: 0,
};

interface Situation {
  readonly means?: Partial<Means>;
  readonly failed?: readonly Rung[];
  readonly learned?: Partial<LearnedRecord>;
  readonly tries?: Tries;
  readonly at?: number;
}

function next({ means, failed = [], learned, tries, at = 0 }: Situation): Rung {
  const now = { monotonic: at as Monotonic, uptimeMs: at };
  return nextRung({ ...all, ...means }, new Set(failed), learned && { ...known, ...learned }, tries, now);
}

test('the cheapest way first', () => {
  assert.equal(next({}), 'restored');
  assert.equal(next({ failed: ['restored'] }), 'abbreviated');
  assert.equal(next({ means: { hasConnection: false } }), 'abbreviated');
  assert.equal(next({ means: { hasConnection: false, hasSession: false } }), 'full');
  assert.equal(next({ means: { hasConnection: false }, learned: { resumption: false } }), 'full');
  assert.equal(next({ means: { hasConnection: false, canConnect: false } }), 'wait');
});

test('no answer to an abbreviated handshake is none to a full one; a refusal may be', () => {
  const failed: readonly Rung[] = ['restored', 'abbreviated'];
  assert.equal(next({ failed, tries: triedInVain(undefined, false, 0 as Monotonic) }), 'wait');
  assert.equal(next({ failed, tries: triedInVain(undefined, true, 0 as Monotonic) }), 'full');
  assert.equal(next({ failed: [...failed, 'full'], tries: triedInVain(undefined, true, 0 as Monotonic) }), 'wait');
});

test('who ignores handshakes is left alone, for a week', () => {
  const learned = { handshake: false, triedAtUptimeMs: 1_000 };
  const means = { hasConnection: false };
  assert.equal(next({ means, learned, at: 1_000 + limits.learnedRefusalMs - 1 }), 'wait');
  assert.equal(next({ means, learned, at: 1_000 + limits.learnedRefusalMs }), 'abbreviated');
  assert.equal(next({ learned, at: 2_000 }), 'restored');
});

test('tries are further and further apart, and end', () => {
  const means = { hasConnection: false, hasSession: false };
  let tries: Tries | undefined;
  let at = 0;
  const gaps: number[] = [];
  for (let i = 0; i < limits.connectTriesMax; i++) {
    tries = triedInVain(tries, false, at as Monotonic);
    assert.equal(next({ means, tries, at: tries.notBefore - 1 }), 'wait');
    gaps.push(tries.notBefore - at);
    at = tries.notBefore;
    assert.equal(next({ means, tries, at }), i + 1 < limits.connectTriesMax ? 'full' : 'wait');
  }
  assert.deepEqual(
    gaps.slice(0, 3),
    [1, 2, 4].map((times) => times * limits.connectRetryFirstMs),
  );
  assert.ok(gaps.every((gap) => gap <= limits.connectRetryLongestMs));
});
