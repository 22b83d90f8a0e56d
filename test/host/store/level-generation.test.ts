/** What stands in the journal counts, whatever else of the store is lost. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { limits } from '../../../src/base/limits.ts';
import { openLevelDatabase } from '../../../src/host/store/level-database.ts';
import { encodeGeneration, generationKey } from '../../../src/records/generation-record.ts';
import { LevelRig } from '../../contracts/level-rig.ts';
import { bytes, contents, put } from '../../contracts/store-scene.ts';

let rig: LevelRig;
beforeEach(async () => {
  rig = await LevelRig.make();
});
afterEach(() => rig.end());

describe('the generation', () => {
  const cases = [
    { lost: 'the file', file: true, record: false, jump: true },
    { lost: 'the record', file: false, record: true, jump: true },
    { lost: 'nothing', file: false, record: false, jump: false },
  ];
  for (const { lost, file, record, jump } of cases) {
    it(`that only frames of the journal and a file know of is exceeded when ${lost} is lost`, async () => {
      const raised = await raisedInJournal();
      if (file) await rm(join(rig.directory, 'generation'));
      if (record) await remove(generationKey);
      const { generation, notes } = await rig.store().open();
      assert.equal(generation, raised + (jump ? limits.generationJumpInDoubt : 1));
      assert.equal(notes.length, jump ? 1 : 0);
    });
  }

  it('in frames ahead of both places is exceeded', async () => {
    await rig.store().open();
    await rig.crash();
    const file = await readFile(join(rig.directory, 'generation'));
    const raised = await raisedInJournal();
    await writeFile(join(rig.directory, 'generation'), file);
    assert.equal((await rig.store().open()).generation, raised + 1);
  });

  /** Two generations above the one in the database. */
  async function raisedInJournal(): Promise<number> {
    const store = rig.store();
    const { generation } = await store.open();
    for (const raised of [generation + 1, generation + 2]) {
      await store.commit([put(generationKey, encodeGeneration(raised)), put('as/1', bytes('x'))], 'before-ack');
    }
    await rig.crash();
    return generation + 2;
  }
});

describe('a store that lost its name', () => {
  it('takes it from the frames, and with it what they hold', async () => {
    const store = rig.store();
    await store.open();
    await store.commit([put('rg/a', bytes('acknowledged'))], 'before-ack');
    await rig.crash();
    await remove('m/store');
    const again = rig.store();
    const { notes } = await again.open();
    assert.match(notes.join(), /names the store was lost/);
    assert.deepEqual(await contents(again), { 'rg/a': bytes('acknowledged') });
    await rig.crash();
    assert.deepEqual((await rig.store().open()).notes, []);
  });

  it('that begins anew beside an old journal has nothing to do with it', async () => {
    const store = rig.store();
    await store.open();
    await store.commit([put('rg/a', bytes('of the old store'))], 'before-ack');
    await rig.crash();
    const journal = await readFile(join(rig.directory, 'journal'));
    await rm(rig.directory, { recursive: true });
    const anew = rig.store();
    await anew.open();
    await rig.crash();
    await rm(rig.database, { recursive: true });
    await rm(join(rig.directory, 'INITIALISED'));
    await writeFile(join(rig.directory, 'journal'), journal);
    const begun = rig.store();
    await begun.open();
    assert.deepEqual(await contents(begun), {});
  });
});

async function remove(key: string): Promise<void> {
  const database = await openLevelDatabase(rig.database, false);
  await database.writeDurably([{ key, value: undefined }]);
  await database.close();
}
