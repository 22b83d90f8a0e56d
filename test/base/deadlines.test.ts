import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Deadlines } from '../../src/base/deadlines.ts';
import type { Monotonic } from '../../src/base/instants.ts';

const at = (ms: number): Monotonic => ms as Monotonic;

test('deadlines come out by their instants', () => {
  const deadlines = filled([
    ['c', 30],
    ['a', 10],
    ['b', 20],
  ]);
  assert.deepEqual(deadlines.next()?.key, 'a');
  assert.equal(deadlines.takeDue(at(9)), undefined);
  assert.deepEqual(allDue(deadlines, 25), ['a', 'b']);
  assert.deepEqual(allDue(deadlines, 30), ['c']);
  assert.equal(deadlines.size, 0);
});

test('equal instants come out in the order in which they were set', () => {
  const keys = Array.from({ length: 100 }, (_, i) => `${i}`);
  const deadlines = filled(keys.map((key) => [key, 5]));
  assert.deepEqual(allDue(deadlines, 5), keys);
});

test('a deadline that is set again moves behind those of its new instant', () => {
  const deadlines = filled([
    ['a', 5],
    ['b', 5],
  ]);
  deadlines.set('a', at(5));
  assert.equal(deadlines.size, 2);
  assert.deepEqual(allDue(deadlines, 5), ['b', 'a']);
});

test('a cancelled deadline never comes', () => {
  const deadlines = filled([
    ['a', 1],
    ['b', 2],
  ]);
  deadlines.cancel('a');
  deadlines.cancel('unknown');
  assert.equal(deadlines.at('a'), undefined);
  assert.equal(deadlines.next()?.key, 'b');
  assert.deepEqual(allDue(deadlines, 9), ['b']);
});

test('what is not an instant cannot be set', () => {
  const deadlines = new Deadlines<string>();
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) assert.throws(() => deadlines.set('a', at(wrong)));
});

test('setting one key a million times keeps one deadline in mind', () => {
  const deadlines = filled([['other', 1]]);
  for (let i = 0; i < 1_000_000; i++) deadlines.set('a', at(1_000_000 - i));
  assert.equal(deadlines.size, 2);
  const { heap } = deadlines as unknown as { heap: unknown[] };
  assert.ok(heap.length <= 70, `${heap.length}`);
  assert.deepEqual(allDue(deadlines, 1), ['other', 'a']);
});

/** What deadlines are, slowly: a list, sorted whenever somebody looks. */
class Model {
  private entries: { key: number; at: number; order: number }[] = [];
  private orders = 0;

  set(key: number, instant: number): void {
    this.cancel(key);
    this.entries.push({ key, at: instant, order: this.orders++ });
  }

  cancel(key: number): void {
    this.entries = this.entries.filter((entry) => entry.key !== key);
  }

  next(): { key: number; at: number } | undefined {
    const [first] = this.entries.sort((a, b) => a.at - b.at || a.order - b.order);
    return first && { key: first.key, at: first.at };
  }

  takeDue(now: number): number | undefined {
    const first = this.next();
    if (first === undefined || first.at > now) return undefined;
    this.cancel(first.key);
    return first.key;
  }

  get size(): number {
    return this.entries.length;
  }
}

test('they behave as the model does, with many keys', () => agreesWithModel(120, 20));

test('they behave as the model does, with few keys that move often', () => agreesWithModel(15, 1_000));

function agreesWithModel(keyMax: number, instantMax: number): void {
  const key = fc.nat(keyMax);
  const instant = fc.nat(instantMax);
  const verb = fc.oneof(
    { weight: 5, arbitrary: fc.record({ verb: fc.constant('set' as const), key, instant }) },
    { weight: 3, arbitrary: fc.record({ verb: fc.constant('cancel' as const), key, instant }) },
    { weight: 2, arbitrary: fc.record({ verb: fc.constant('take' as const), key, instant }) },
  );
  fc.assert(
    fc.property(fc.array(verb, { maxLength: 600, size: 'max' }), (verbs) => {
      const model = new Model();
      const deadlines = new Deadlines<number>();
      for (const step of verbs) {
        if (step.verb === 'set') for (const one of [model, deadlines]) one.set(step.key, at(step.instant));
        else if (step.verb === 'cancel') for (const one of [model, deadlines]) one.cancel(step.key);
        else assert.equal(deadlines.takeDue(at(step.instant)), model.takeDue(step.instant));
        const next = deadlines.next();
        assert.deepEqual(next && { key: next.key, at: next.at }, model.next());
        assert.equal(deadlines.size, model.size);
      }
    }),
    { seed: 3, numRuns: 60 },
  );
}

function filled(entries: readonly (readonly [string, number])[]): Deadlines<string> {
  const deadlines = new Deadlines<string>();
  for (const [key, ms] of entries) deadlines.set(key, at(ms));
  return deadlines;
}

function allDue(deadlines: Deadlines<string>, now: number): string[] {
  const due: string[] = [];
  for (let key = deadlines.takeDue(at(now)); key !== undefined; key = deadlines.takeDue(at(now))) due.push(key);
  return due;
}
