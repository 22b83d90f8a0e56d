/** What a start says of a journal that is not as it should be, on real files: nothing is lost in silence, nothing is invented. */
import assert from 'node:assert/strict';
import { copyFile, type FileHandle, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it, type TestContext } from 'node:test';
import { frameBytes } from '../../../src/commit/journal/frame.ts';
import { openLevelDatabase } from '../../../src/host/store/level-database.ts';
import { type Opened, type Store, StoreOpenError } from '../../../src/host/store/store.ts';
import { encodeSchema, schemaKey } from '../../../src/records/schema-record.ts';
import { LevelRig } from '../../contracts/level-rig.ts';
import { bytes, contents, put, rigJournalSlots } from '../../contracts/store-scene.ts';

let rig: LevelRig;
let journal: string;
beforeEach(async () => {
  rig = await LevelRig.make();
  journal = join(rig.directory, 'journal');
});
afterEach(() => rig.end());

describe('a journal', () => {
  it('that is missing after a cut is an alarm, and is made anew', async () => {
    await lifeWith(3);
    await rm(journal);
    const { notes, names } = await nextStart();
    assert.match(one(notes), /journal is missing\. What was acknowledged in the last minutes .* may be lost\.$/);
    assert.deepEqual(names, ['k0']);
    assert.deepEqual((await nextStart()).notes, [], 'said once');
  });

  it('that is missing after a clean stop has lost nothing, and that is said', async () => {
    const store = await lifeWith(3);
    await store.close([]);
    await rm(journal);
    const { notes, names } = await nextStart();
    assert.match(one(notes), /is missing\. Nothing is lost: the last stop was a clean one\.$/);
    assert.equal(names.length, 3);
  });

  it('that is missing after the first minutes of a store is an alarm as well', async () => {
    const { store } = await startOf(rig);
    await store.commit([put('k0', bytes('1'))], 'before-ack');
    await rm(journal);
    assert.match(one((await nextStart()).notes), /journal is missing\. .* may be lost\.$/);
  });

  it('of another size is an alarm; what stands in it counts, and it is made anew in its size', async () => {
    await lifeWith(3);
    await truncate(journal, (rigJournalSlots - 1) * frameBytes);
    const { notes, names } = await nextStart();
    assert.match(one(notes), /has another size than it was made with\. What stands in it was applied/);
    assert.deepEqual(names, ['k0', 'k1', 'k2']);
    assert.equal((await readFile(journal)).length, rigJournalSlots * frameBytes);
    const next = await nextStart();
    assert.deepEqual([next.notes, next.names], [[], ['k0', 'k1', 'k2']]);
  });

  it('that was cut after it had gone round is read as what it was made', async () => {
    const store = await lifeWith(1);
    for (let i = 1; i < rigJournalSlots; i++) await store.commit([put('k1', bytes(`${i}`))], 'before-ack');
    await store.commit([], 'soon');
    for (const text of ['7', '8']) await store.commit([put('k1', bytes(text))], 'before-ack');
    await rig.crash();
    await truncate(journal, (rigJournalSlots - 1) * frameBytes);
    const { notes, store: next } = await nextStart();
    assert.match(notes[0] ?? '', /has another size/);
    assert.deepEqual((await contents(next))['k1'], bytes('8'));
  });

  it('that cannot be read in one place gives all the rest, is kept, and is made anew', async (context) => {
    await lifeWith(4);
    const { ino } = await stat(journal);
    await refuseFrame(context, 2, 'EIO');
    const { notes, names } = await nextStart();
    assert.deepEqual(names, ['k0', 'k1', 'k3']);
    assert.match(notes[0] ?? '', /^1 of \d+ frames of the journal .* could not be read/);
    assert.match(notes[1] ?? '', /^1 groups? of writes .* damaged/);
    assert.match(notes[2] ?? '', /is kept in .*journal-/);
    context.mock.restoreAll();
    assert.notEqual((await stat(journal)).ino, ino, 'another file');
    const next = await nextStart();
    assert.match(one(next.notes), /^1 damaged journal of earlier starts lies in quarantine/);
    assert.deepEqual(next.names, names);
  });

  it('whose newest group can be read again, when no new file could be made, lays it over nothing', async (context) => {
    const store = await lifeWith(2);
    await store.commit([put('k1', bytes('old'))], 'before-ack');
    await rig.crash();
    await refuseFrame(context, 2, 'EIO');
    rig.refuse('failed', false, 'journal');
    const { store: next } = await startOf(rig);
    await next.commit([put('k1', bytes('newer'))], 'before-ack');
    context.mock.restoreAll();
    await rig.crash();
    rig.refuse(undefined);
    const { store: last } = await nextStart();
    assert.deepEqual((await contents(last))['k1'], bytes('newer'));
  });

  it('that cannot be read just now refuses the start, and is as it was', async (context) => {
    await lifeWith(3);
    await rig.crash();
    await refuseFrame(context, 1, 'EMFILE');
    await assert.rejects(
      startOf(rig),
      (error) => error instanceof StoreOpenError && error.exitCode === 34 && /EMFILE/.test(error.message),
    );
    context.mock.restoreAll();
    const { notes, names } = await nextStart();
    assert.deepEqual([notes, names], [[], ['k0', 'k1', 'k2']]);
  });

  it('that was emptied is an alarm', async () => {
    await lifeWith(3);
    await writeFile(journal, new Uint8Array(rigJournalSlots * frameBytes));
    assert.match((await nextStart()).notes[0] ?? '', /is not the one of this store/);
  });

  it('that was put back from an earlier day is an alarm, and lays nothing old over what is newer', async () => {
    const store = await lifeWith(3);
    await copyFile(journal, `${journal}.earlier`);
    await store.commit([put('k1', bytes('newer'))], 'before-ack');
    await store.commit([], 'soon');
    await rig.crash();
    await copyFile(`${journal}.earlier`, journal);
    const { notes, store: next } = await nextStart();
    assert.match(notes[0] ?? '', /is not the one of this store/);
    assert.deepEqual((await contents(next))['k1'], bytes('newer'));
  });

  it('of another store is not applied', async () => {
    await lifeWith(3);
    const other = await LevelRig.make();
    const { store } = await startOf(other);
    for (let i = 0; i < 5; i++) await store.commit([put('foreign', bytes(`${i}`))], 'before-ack');
    await other.crash();
    await copyFile(join(other.directory, 'journal'), journal);
    await other.end();
    const { notes, names } = await nextStart();
    assert.match(notes.join(' '), /is not the one of this store.*5 frames of another store/);
    assert.deepEqual(names, ['k0']);
  });

  it('with a broken group before a whole one is an alarm; the whole one counts, and the file is kept', async () => {
    await lifeWith(4);
    await breakSlot(2);
    const { notes, names } = await nextStart();
    assert.match(notes[0] ?? '', /^1 groups? of writes in the journal .* damaged, and what .* held is lost/);
    assert.deepEqual(names, ['k0', 'k1', 'k3']);
    const [kept] = await readdir(join(rig.directory, 'quarantine'));
    assert.match(kept ?? '', /^journal-\d+$/);
    assert.match(notes[1] ?? '', new RegExp(`kept in .*${kept}`));
  });

  it('whose newest group is torn ends there, and that is no alarm', async () => {
    await lifeWith(4);
    await breakSlot(3);
    const { notes, names } = await nextStart();
    assert.deepEqual([notes, names], [[], ['k0', 'k1', 'k2']]);
  });

  it('whose mark in the database is damaged is applied by what its frames say', async () => {
    await lifeWith(4);
    await rig.crash();
    await rig.overwrite({ key: 'm/journal', value: new Uint8Array([1, 2, 3]) });
    const { notes, names } = await nextStart();
    assert.match(one(notes), /^The mark of the journal was damaged.*one new handshake\.$/);
    assert.deepEqual(names, ['k0', 'k1', 'k2', 'k3']);
  });

  for (const value of [undefined, new Uint8Array([1, 2, 3])]) {
    const how = value === undefined ? 'absent' : 'damaged';

    it(`whose mark is ${how} after a clean stop lays nothing old over what is newer`, async () => {
      const { store } = await startOf(rig);
      await store.commit([put('aw/1', bytes('old'))], 'before-ack');
      await store.commit([put('aw/1', bytes('newer'))], 'soon');
      await store.close([]);
      await rig.overwrite({ key: 'm/journal', value });
      const { notes, store: next } = await nextStart();
      assert.match(one(notes), /^The mark of the journal was .* Nothing is lost/);
      assert.deepEqual(await contents(next), { 'aw/1': bytes('newer') });
      await next.commit([put('k1', bytes('later'))], 'before-ack');
      assert.deepEqual((await nextStart()).names, ['aw/1', 'k1']);
    });

    it(`whose mark is ${how} after a cut keeps events that were held back, and drops connections`, async () => {
      const { store } = await startOf(rig);
      await store.commit([put('aw/1', bytes('window')), { ...put('ev/1', bytes('event')), brief: true }], 'before-ack');
      await store.commit([], 'soon');
      await store.commit([put('k1', bytes('1'))], 'before-ack');
      await rig.crash();
      await rig.overwrite({ key: 'm/journal', value });
      assert.deepEqual((await nextStart()).names, ['ev/1', 'k1']);
    });
  }

  it('is not there in a store of before there was one: it is made, and nothing is said', async () => {
    await lifeWith(2);
    await rig.crash();
    await rm(journal);
    const database = await openLevelDatabase(rig.database, false);
    await database.writeDurably([
      ...['m/journal', 'm/store'].map((key) => ({ key, value: undefined })),
      { key: schemaKey, value: encodeSchema({ schema: 1, minReader: 1 }) },
    ]);
    await database.close();
    const { notes, names } = await nextStart();
    assert.deepEqual([notes, names], [[], ['k0']]);
    assert.equal((await readFile(journal)).length, rigJournalSlots * frameBytes);
  });
});

/** So many groups: the first is in the database too, the others stand in the journal alone. */
async function lifeWith(groups: number): Promise<Store> {
  const { store } = await startOf(rig);
  for (let i = 0; i < groups; i++) {
    await store.commit([put(`k${i}`, bytes('1'))], 'before-ack');
    if (i === 0) await store.commit([], 'soon');
  }
  return store;
}

async function nextStart(): Promise<{ notes: readonly string[]; names: string[]; store: Store }> {
  await rig.crash();
  const { store, notes } = await startOf(rig);
  return { store, notes, names: Object.keys(await contents(store)) };
}

async function startOf(of: LevelRig): Promise<{ store: Store } & Opened> {
  const store = of.store();
  return { store, ...(await store.open()) };
}

async function breakSlot(slot: number): Promise<void> {
  const file = await open(journal, 'r+');
  await file.write(new Uint8Array(512).fill(0xaa), 0, 512, slot * frameBytes + 10);
  await file.close();
}

/** Reads of files that touch this frame are rejected. */
async function refuseFrame(context: TestContext, frame: number, code: string): Promise<void> {
  const handle = await open(journal);
  const files = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const read = files.read;
  const refusing = function (this: FileHandle, target: Uint8Array, offset: number, length: number, at: number) {
    const isMet = at < (frame + 1) * frameBytes && at + length > frame * frameBytes;
    if (isMet) return Promise.reject(Object.assign(new Error(`${code}: read`), { code }));
    return Reflect.apply(read, this, [target, offset, length, at]);
  };
  context.mock.method(files, 'read', refusing as unknown as typeof read);
}

function one(notes: readonly string[]): string {
  assert.equal(notes.length, 1, notes.join('\n'));
  return notes[0] ?? '';
}
