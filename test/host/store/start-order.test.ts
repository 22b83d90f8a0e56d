import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { StoredRecord } from '../../../src/commit/commit.ts';
import { byDevice, deviceRanges, firstRanges, isWithin, lastRanges } from '../../../src/host/store/start-order.ts';
import { deviceIn, isLate } from '../../../src/records/late-kinds.ts';

/** Some name the device alone, some go on behind it. */
const prefixes = ['cr/', 'rg/', 'rl/', 'rq/', 'wi/'];
const alone = new Set(['cr/', 'rg/']);
const spellings = ['a', 'a-b', 'a-b-c', 'a-b.c', 'a%20b', 'a.b', 'ab', 'ab-c', 'b', 'z'];
const names = fc.uniqueArray(fc.constantFrom(...spellings), { maxLength: 10 });

it('devices come one after the other with all of theirs, whatever the chunks are', async () => {
  const streams = fc.tuple(names, names, names, names, names);
  await fc.assert(
    fc.asyncProperty(
      streams,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      async (of, each, size) => {
        const keys = of.map((devices, kind) => keysOf(prefixes[kind] ?? '', devices, each));
        const handedOver: string[] = [];
        for await (const chunk of byDevice(keys.map((some) => chunksOf(some, size)))) {
          assert.ok(chunk.length > 0);
          handedOver.push(...chunk.map(({ key }) => key));
        }
        assert.deepEqual(handedOver.toSorted(), keys.flat().toSorted());
        const devices = handedOver.map(deviceIn);
        assert.deepEqual(devices, devices.toSorted());
      },
    ),
    { seed: 12, numRuns: 300 },
  );
});

it('a name that another one begins with hides nobody', async () => {
  const keys = ['rg/pump', 'rg/pump-2', 'rg/pump-2.1'];
  const handedOver: string[] = [];
  for await (const chunk of byDevice([chunksOf(keys, 500)])) handedOver.push(...chunk.map(({ key }) => key));
  assert.deepEqual(handedOver, ['rg/pump-2.1', 'rg/pump-2', 'rg/pump']);
});

it('what is read ends with whoever reads it', async () => {
  let closed = 0;
  async function* endless(): AsyncIterable<StoredRecord[]> {
    try {
      for (let index = 0; ; index++) yield [record(`rl/${String(index).padStart(9, '0')}/x`)];
    } finally {
      closed++;
    }
  }
  for await (const _ of byDevice([endless(), endless()])) break;
  assert.equal(closed, 2);
});

it('every key is in one range: late ones in those of devices or the last ones', () => {
  const all = [...firstRanges, ...deviceRanges, ...lastRanges];
  for (const key of [
    'as/1',
    'cr/a',
    'cs/a',
    'ev/1',
    'm/x',
    'rg/a',
    'rl/a/x/1',
    'sn/a',
    'ss/1',
    'ut/late',
    'wi/a/x',
    'z',
  ]) {
    assert.equal(all.filter((range) => isWithin(key, range)).length, 1, key);
    assert.equal(
      firstRanges.some((range) => isWithin(key, range)),
      !isLate(key),
      key,
    );
  }
});

function keysOf(prefix: string, devices: readonly string[], each: number): string[] {
  if (alone.has(prefix)) return devices.map((device) => `${prefix}${device}`).toSorted();
  return devices
    .flatMap((device) => Array.from({ length: each }, (_, index) => `${prefix}${device}/${index}`))
    .toSorted();
}

async function* chunksOf(keys: readonly string[], size: number): AsyncIterable<StoredRecord[]> {
  for (let at = 0; at < keys.length; at += size) yield keys.slice(at, at + size).map(record);
}

function record(key: string): StoredRecord {
  return { key, value: new Uint8Array(1) };
}
