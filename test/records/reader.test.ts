import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  asMap,
  bigInteger,
  boolean,
  bytes as byteString,
  float,
  integer,
  isAbsent,
  list,
  listOf,
  map,
  text,
  unsigned,
} from '../../src/records/reader.ts';

const bytes = new Uint8Array([1]);
const inner = new Map([['a', 1]]);
const samples = new Map<string, unknown>([
  ['text', 'words'],
  ['whole', 5],
  ['negative', -5],
  ['fraction', 1.5],
  ['huge', 2n ** 63n],
  ['infinite', Number.POSITIVE_INFINITY],
  ['yes', true],
  ['bytes', bytes],
  ['list', [1, 2]],
  ['map', inner],
  ['null', null],
]);

const readers = { text, integer, unsigned, bigInteger, float, boolean, bytes: byteString, list, map };

const expected = {
  text: { text: 'words' },
  integer: { whole: 5, negative: -5 },
  unsigned: { whole: 5 },
  bigInteger: { whole: 5n, negative: -5n, huge: 2n ** 63n },
  float: { whole: 5, negative: -5, fraction: 1.5, infinite: Number.POSITIVE_INFINITY },
  boolean: { yes: true },
  bytes: { bytes },
  list: { list: [1, 2] },
  map: { map: inner },
} as const;

for (const [name, readable] of Object.entries(expected)) {
  it(`${name} reads what is one, and nothing else`, () => {
    const read = readers[name as keyof typeof readers];
    const seen = [...samples.keys(), 'missing'].map((key) => [key, read(samples, key)] as const);
    const found = seen.filter(([, value]) => value !== undefined);
    assert.deepEqual(Object.fromEntries(found), readable);
  });
}

it('a map is told from other values, an absent entry from a wrong one', () => {
  assert.equal(asMap(inner), inner);
  for (const other of [undefined, null, {}, [], 'a']) assert.equal(asMap(other), undefined);
  assert.equal(isAbsent(samples, 'null'), false);
  assert.equal(isAbsent(samples, 'missing'), true);
});

it('a list is read as a whole or not at all', () => {
  const even = (item: unknown) => (typeof item === 'number' && item % 2 === 0 ? item : undefined);
  const lists = new Map([
    ['even', [2, 4]],
    ['mixed', [2, 3]],
    ['empty', []],
  ]);
  assert.deepEqual(listOf(lists, 'even', even), [2, 4]);
  assert.equal(listOf(lists, 'mixed', even), undefined);
  assert.deepEqual(listOf(lists, 'empty', even), []);
  assert.equal(listOf(lists, 'missing', even), undefined);
});
