/** Records that LevelDB leaves out without a word are missed when everything is read. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openLevelDatabase } from '../../../src/host/store/level-database.ts';
import { type Counts, countsKey, decodeCounts, encodeCounts } from '../../../src/records/counts-record.ts';
import { LevelRig } from '../../contracts/level-rig.ts';
import { bytes, put, remove } from '../../contracts/store-scene.ts';

let rig: LevelRig;
beforeEach(async () => {
  rig = await LevelRig.make();
});
afterEach(() => rig.end());

describe('counts of the records', () => {
  it('follow what is put, put again, removed and handed over from the journal', async () => {
    const store = rig.store();
    await store.open();
    await store.commit([put('rg/a', bytes('1')), put('rg/b', bytes('1')), put('sn/a', bytes('1'))], 'soon');
    await store.commit([put('rg/a', bytes('2')), remove('rg/b'), remove('rg/none')], 'before-ack');
    await store.commit([put('ev/1', bytes('1')), put('ev/2', bytes('1'))], 'before-ack');
    await store.commit([remove('sn/a')], 'soon');
    await rig.crash();
    assert.deepEqual(
      await storedCounts(),
      new Map([
        ['rg/', 1],
        ['ev/', 2],
      ]),
    );
    const again = rig.store();
    await again.open();
    await again.commit([put('ev/3', bytes('1'))], 'before-ack');
    await rig.crash();
    assert.deepEqual(await missed(), []);
    assert.deepEqual((await storedCounts())?.get('ev/'), 3);
  });

  for (const isKept of [true, false]) {
    it(`are right after a refused batch that is ${isKept ? '' : 'not '}there`, async () => {
      const store = rig.store();
      await store.open();
      rig.refuse('failed', isKept, 'database');
      await assert.rejects(store.commit([put('rg/a', bytes('1'))], 'soon'));
      rig.refuse(undefined);
      await store.recover();
      await store.commit([put('rg/a', bytes('1')), put('rg/b', bytes('1'))], 'soon');
      await rig.crash();
      assert.deepEqual(await storedCounts(), new Map([['rg/', 2]]));
      assert.deepEqual(await missed(), []);
    });
  }

  it('tell of a damaged block that LevelDB passes over, once, and name what is gone', async () => {
    const store = rig.store();
    await store.open();
    for (let i = 100; i < 400; i++) await store.commit([put(`rg/${i}`, new Uint8Array(400).fill(i))], 'soon');
    await rig.crash();
    await spoilLog();
    const [note, ...others] = await missed();
    assert.match(note ?? '', /vanished .* no error: \d+ of 300 registrations\. Devices may/);
    assert.deepEqual(others, []);
    assert.deepEqual(await missed(), [], 'it is said once');
  });

  it('that are damaged are made anew without an alarm', async () => {
    const store = rig.store();
    await store.open();
    await store.close([put('rg/a', bytes('1'))]);
    await rig.overwrite(put(countsKey, bytes('noise')));
    assert.deepEqual(await missed(), []);
    assert.deepEqual(await storedCounts(), new Map([['rg/', 1]]));
  });

  it('that promise more than there is are told by kind, also of kinds without a name', async () => {
    const store = rig.store();
    await store.open();
    await store.close([put('rg/a', bytes('1'))]);
    const counts = new Map([
      ['rg/', 4],
      ['zz/', 2],
      ['wi/', 0],
    ]);
    await rig.overwrite(put(countsKey, encodeCounts(counts)));
    assert.match((await missed())[0] ?? '', /no error: 3 of 4 registrations, 2 of 2 records zz\/\./);
  });

  it('come back whole or not at all', () => {
    const value = encodeCounts(new Map([['rg/', 4]]));
    assert.deepEqual(decodeCounts(value), new Map([['rg/', 4]]));
    assert.equal(decodeCounts(value.subarray(0, -1)), undefined);
    assert.equal(decodeCounts(bytes('noise')), undefined);
  });
});

/** What a start that ends cleanly misses. */
async function missed(): Promise<readonly string[]> {
  const store = rig.store();
  await store.open();
  const notes = await store.restore(() => {});
  await store.close([]);
  return notes;
}

async function storedCounts(): Promise<Counts | undefined> {
  const database = await openLevelDatabase(rig.database, false);
  const [value] = await database.read([countsKey]);
  await database.close();
  return value && decodeCounts(value);
}

/** One byte in the middle of LevelDB's log. */
async function spoilLog(): Promise<void> {
  const log = join(rig.database, (await readdir(rig.database)).find((name) => name.endsWith('.log')) ?? '');
  const contents = await readFile(log);
  contents[40_000] = (contents[40_000] as number) ^ 1;
  await writeFile(log, contents);
}
