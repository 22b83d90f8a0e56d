import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareBytewise, SortedNames } from '../../src/gateway/sorted-names.ts';

const settings = { seed: 9, numRuns: 300 };
/** Letters, the end of the plane below the surrogates, the private ones above them, and what needs surrogates. */
const letter = fc.constantFrom(
  '',
  'a',
  'b',
  'Z',
  '-',
  'é',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '😀',
  '\u{10ffff}',
);
const name = fc.array(letter, { maxLength: 6 }).map((letters) => letters.join(''));

test('the order is that of the bytes of UTF-8', () => {
  fc.assert(
    fc.property(name, name, (a, b) => assert.equal(Math.sign(compareBytewise(a, b)), byBytes(a, b))),
    settings,
  );
});

test('what needs surrogates comes after everything else, unlike in UTF-16', () => {
  assert.ok('\uffff' > '😀');
  assert.ok(compareBytewise('\uffff', '😀') < 0);
  assert.ok(compareBytewise('\ue000', '\u{10000}') < 0);
  assert.ok(compareBytewise('\ud7ff', '\ue000') < 0);
});

test('names are kept once each, in order, until they are deleted', () => {
  const verb = fc.record({ add: fc.boolean(), name });
  fc.assert(
    fc.property(fc.array(verb, { maxLength: 80 }), (verbs) => {
      const names = new SortedNames();
      const model = new Set<string>();
      for (const step of verbs) {
        if (step.add) names.add(step.name);
        else names.delete(step.name);
        if (step.add) model.add(step.name);
        else model.delete(step.name);
      }
      assert.deepEqual([...names], [...model].sort(byBytes));
      assert.equal(names.size, model.size);
    }),
    settings,
  );
});

test('a list told in pieces is the whole list, also when the last name told is deleted', () => {
  const names = new SortedNames();
  const all = ['a', 'b', 'c', 'd', 'e', '\uffff', '😀'];
  for (const one of all.toReversed()) names.add(one);
  assert.deepEqual(names.after(undefined, 3), ['a', 'b', 'c']);
  names.delete('c');
  assert.deepEqual(names.after('c', 3), ['d', 'e', '\uffff']);
  assert.deepEqual(names.after('\uffff', 3), ['😀']);
  assert.deepEqual(names.after('😀', 3), []);
  assert.deepEqual(names.after('', 1), ['a']);
});

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
