import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BoundedQueue } from '../../src/base/bounded-queue.ts';

test('first in, first out', () => {
  const queue = new BoundedQueue<number>(3);
  for (const item of [1, 2, 3]) assert.equal(queue.push(item), true);
  assert.equal(queue.peek(), 1);
  assert.deepEqual([queue.shift(), queue.shift(), queue.shift(), queue.shift()], [1, 2, 3, undefined]);
});

test('a full queue refuses and counts', () => {
  const queue = new BoundedQueue<number>(2);
  assert.deepEqual([queue.push(1), queue.push(2), queue.push(3), queue.push(4)], [true, true, false, false]);
  assert.equal(queue.refused, 2);
  queue.shift();
  assert.equal(queue.push(5), true);
  assert.deepEqual([...queue], [2, 5]);
});

test('a queue for nothing cannot be made', () => {
  assert.throws(() => new BoundedQueue(0));
});

test('what was taken out is not held on to', () => {
  const queue = new BoundedQueue<object>(1_000);
  for (let i = 0; i < 10_000; i++) {
    queue.push({});
    queue.shift();
  }
  const { items } = queue as unknown as { items: unknown[] };
  assert.ok(items.length <= 66, `${items.length}`);
  assert.ok(items.every((item) => item === undefined));
});

test('it behaves as an array with a limit', () => {
  const verb = fc.oneof(
    { weight: 4, arbitrary: fc.constant('push' as const) },
    { weight: 3, arbitrary: fc.constant('shift' as const) },
    { weight: 1, arbitrary: fc.constant('remove' as const) },
  );
  fc.assert(
    fc.property(fc.array(verb, { maxLength: 500, size: 'max' }), (verbs) => {
      const queue = new BoundedQueue<number>(50);
      let model: number[] = [];
      verbs.forEach((step, i) => {
        if (step === 'push') {
          const fits = model.length < 50;
          assert.equal(queue.push(i), fits);
          if (fits) model.push(i);
        } else if (step === 'shift') {
          assert.equal(queue.shift(), model.shift());
        } else {
          assert.deepEqual(
            queue.removeWhere((item) => item % 3 === 0),
            model.filter((item) => item % 3 === 0),
          );
          model = model.filter((item) => item % 3 !== 0);
        }
        assert.deepEqual([...queue], model);
        assert.deepEqual([queue.length, queue.peek()], [model.length, model[0]]);
      });
    }),
    { seed: 4, numRuns: 100 },
  );
});
