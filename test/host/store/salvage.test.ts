/** A database in use whose files are damaged: repaired on a copy, marked, never an empty one in its place. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { limits } from '../../../src/base/limits.ts';
import { openLevelDatabase } from '../../../src/host/store/level-database.ts';
import { LevelStore } from '../../../src/host/store/level-store.ts';
import { finishSalvage, salvageDatabase } from '../../../src/host/store/salvage.ts';
import type { Opened, Store } from '../../../src/host/store/store.ts';
import { StoreOpenError } from '../../../src/host/store/store.ts';
import { LevelRig } from '../../contracts/level-rig.ts';
import { bytes, contents, put } from '../../contracts/store-scene.ts';

let rig: LevelRig;
beforeEach(async () => {
  rig = await LevelRig.make();
});
afterEach(() => rig.end());

const kept = { 'cr/a': bytes('key'), 'rg/a': bytes('registered'), 'ss/1': bytes('session') };
const keptCopy =
  'A damaged database of an earlier start is kept in leveldb.damaged-1; when nothing is missed, remove it.';
const alive = { 'as/1': bytes('connection'), 'aw/1': bytes('window') };

describe('a database in use', () => {
  let before: Opened;
  beforeEach(async () => {
    const store = rig.store();
    before = await store.open();
    const records = { ...kept, ...alive };
    await store.commit(
      Object.entries(records).map(([key, value]) => put(key, value)),
      'soon',
    );
    await store.close([]);
  });

  const damages: Record<string, () => Promise<void>> = {
    'without CURRENT': () => rm(join(rig.database, 'CURRENT')),
    'without MANIFEST': async () => rm(join(rig.database, await current())),
    'with a CURRENT of zeros': () => writeFile(join(rig.database, 'CURRENT'), new Uint8Array(16)),
    'with a MANIFEST of noise': async () => writeFile(join(rig.database, await current()), new Uint8Array(300).fill(7)),
  };
  for (const [how, damage] of Object.entries(damages)) {
    it(`${how} goes on repaired, without live connections, and says what is kept until it is removed`, async () => {
      await damage();
      const damaged = await readdir(rig.database);
      const store = rig.store();
      const { notes, lastStop, generation } = await store.open();
      assert.match(notes[0] ?? '', /a copy of it was repaired.*one new handshake.*leveldb\.damaged-1/);
      assert.ok(!notes.includes(keptCopy), 'not twice in one start');
      assert.equal(lastStop, 'unclean', 'the clean stop does not survive a repair');
      assert.equal(generation, before.generation + limits.generationJumpInDoubt);
      assert.deepEqual(await contents(store), kept);
      const copy = await readdir(`${rig.database}.damaged-1`);
      assert.deepEqual(lasting(copy), lasting(damaged), 'the damaged files are as they were');
      await rig.crash();
      const again = await rig.store().open();
      assert.deepEqual([again.notes, again.generation], [[keptCopy], generation + 1]);
      await rig.crash();
      await rm(`${rig.database}.damaged-1`, { recursive: true });
      assert.deepEqual((await rig.store().open()).notes, []);
    });
  }

  it('that opens and cannot be read is repaired at the next open', async () => {
    const table = await makeTable();
    await truncate(join(rig.database, table), 100);
    const store = rig.store();
    await assert.rejects(
      store.open().then(() => contents(store)),
      (error) => error instanceof StoreOpenError && error.code === 'damaged' && error.nextOpenRepairs,
    );
    await rig.crash();
    const again = rig.store();
    const { notes } = await again.open();
    assert.match(notes[0] ?? '', /a copy of it was repaired/);
    assert.ok('rg/b' in (await contents(again)), 'what stands in other files is there');
    await rig.crash();
    assert.deepEqual((await rig.store().open()).notes, [keptCopy]);
  });

  it('lays the tail of its journal over what was repaired, live connections aside', async () => {
    const store = rig.store();
    await store.open();
    await store.commit([put('rg/b', bytes('acknowledged')), put('as/2', bytes('connection'))], 'before-ack');
    await rig.crash();
    await rm(join(rig.database, 'CURRENT'));
    const again = rig.store();
    await again.open();
    assert.deepEqual(await contents(again), { ...kept, 'rg/b': bytes('acknowledged') });
  });

  it('is refused when nothing can be repaired, and stays as it was', async () => {
    for (const name of await readdir(rig.database)) await truncate(join(rig.database, name));
    await rm(join(rig.database, 'CURRENT'));
    for (let i = 0; i < 2; i++) {
      await assert.rejects(
        rig.store().open(),
        (error) => error instanceof StoreOpenError && error.exitCode === 33 && /CURRENT is missing/.test(error.message),
      );
    }
    assert.deepEqual(
      (await readdir(rig.directory)).filter((name) => /^leveldb\.(?!held)/.test(name)),
      [],
    );
  });

  it('that is gone as a whole is refused, and its name stays free for a backup', async () => {
    const backup = join(rig.directory, 'backup');
    await rename(rig.database, backup);
    await assert.rejects(
      rig.store().open(),
      (error) =>
        error instanceof StoreOpenError &&
        error.exitCode === 33 &&
        !error.nextOpenRepairs &&
        /leveldb is missing as a whole, although it was in use\.$/.test(error.message) &&
        /^Put it back/.test(error.advice ?? ''),
    );
    assert.equal(existsSync(rig.database), false);
    await rename(backup, rig.database);
    assert.deepEqual((await rig.store().open()).notes, []);
  });

  it('is refused as unusable when the copy does not fit on the disk', async () => {
    await rm(join(rig.database, 'CURRENT'));
    const store = new LevelStore({
      directory: rig.directory,
      openDatabase: async (directory, createIfMissing) => {
        if (directory.endsWith('.repairing')) throw new Error('IO error: No space left on device');
        return openLevelDatabase(directory, createIfMissing);
      },
    });
    await assert.rejects(store.open(), (error) => error instanceof StoreOpenError && error.exitCode === 34);
    assert.ok(existsSync(rig.database) && !existsSync(`${rig.database}.repairing`));
    assert.match((await rig.store().open()).notes[0] ?? '', /repaired/);
  });

  it('keeps the first and the newest of its damaged copies', async () => {
    for (let i = 0; i < limits.damagedCopiesMax + 2; i++) await salvageDatabase(rig.database, openLevelDatabase);
    const copies = (await readdir(rig.directory)).filter((name) => name.includes('.damaged-')).sort();
    assert.deepEqual(
      copies,
      ['leveldb.damaged-1', 'leveldb.damaged-4', 'leveldb.damaged-5'],
      'the first has what there was',
    );
  });

  it('cut in the middle of the copy or of the repair begins again', async () => {
    await rm(join(rig.database, 'CURRENT'));
    for (const half of ['repairing', 'repaired']) {
      await mkdir(`${rig.database}.${half}`);
      await writeFile(join(`${rig.database}.${half}`, 'CURRENT'), 'half');
    }
    const store = rig.store();
    assert.match((await store.open()).notes[0] ?? '', /repaired/);
    assert.deepEqual(await contents(store), kept);
  });

  it('cut between the two renames is finished, and what the repair means is not forgotten', async () => {
    await rm(join(rig.database, 'CURRENT'));
    await salvageDatabase(rig.database, openLevelDatabase);
    await rename(rig.database, `${rig.database}.repaired`);
    const store: Store = rig.store();
    const { notes } = await store.open();
    assert.match(notes[0] ?? '', /repaired.*leveldb\.damaged-1/);
    assert.deepEqual(await contents(store), kept);
    assert.equal(await finishSalvage(rig.database), false);
  });
});

/** Of the names in a database's directory those that no open changes. */
function lasting(names: readonly string[]): string[] {
  return names.filter((name) => !/^LO(CK|G|G\.old)$/.test(name)).sort();
}

async function current(): Promise<string> {
  return (await readFile(join(rig.database, 'CURRENT'), 'utf8')).trim();
}

/** Has LevelDB put what it holds into a table, and writes one more record behind it. */
async function makeTable(): Promise<string> {
  await rig.store().open();
  await rig.crash();
  const table = (await readdir(rig.database)).find((name) => name.endsWith('.ldb'));
  assert.ok(table !== undefined);
  const database = await openLevelDatabase(rig.database, false);
  await database.writeDurably([put('rg/b', bytes('registered'))]);
  await database.close();
  return table;
}
