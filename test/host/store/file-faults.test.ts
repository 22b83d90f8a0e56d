/** Errors of the disk on the real files, one after the other: what goes on, what is refused, and that nothing acknowledged goes. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { frameBytes } from '../../../src/commit/journal/frame.ts';
import type { LevelStore } from '../../../src/host/store/level-store.ts';
import { StoreError, StoreOpenError } from '../../../src/host/store/store.ts';
import { bytes, contents, isStoreError, put } from '../../contracts/store-scene.ts';
import { errors, type Fault, FaultyFiles } from './faulty-files.ts';

const journalBytes = 16 * frameBytes;
const kinds = Object.keys(errors) as (keyof typeof errors)[];
const reaching = ['nothing', 'half', 'all'] as const;

let files: FaultyFiles;
let store: LevelStore;
beforeEach(async () => {
  files = new FaultyFiles(await mkdtemp(join(tmpdir(), 'holdfast-faults-')));
  store = files.store(journalBytes);
  await store.open();
});
afterEach(async () => {
  await store.close();
  await rm(files.directory, { recursive: true, force: true, maxRetries: 5 });
});

for (const error of kinds) {
  for (const reaches of reaching) {
    for (const atOpen of [false, true]) {
      const how = `${error}, ${reaches} of it written${atOpen ? ', nor can it be made anew' : ''}`;
      it(`the journal (${how}): the database takes its place until there is a new one`, async () => {
        await write('a');
        files.fault = { on: 'journal', error, reaches, atOpen };
        await write('b');
        await write('c');
        files.fault = undefined;
        await store.commit([], 'soon');
        for (let turns = 0; store.health().journal !== 'ok' && turns < 1_000; turns++) await sleep(1);
        await write('d');
        assert.deepEqual(store.health(), { database: 'ok', journal: 'ok', journalFill: 1 / 16 });
        assert.equal(store.statistics().rejected, 0, 'nobody was refused');
        assert.deepEqual(await keptAfterwards(), ['a', 'b', 'c', 'd']);
      });
    }
  }

  for (const reaches of ['nothing', 'all'] as const) {
    for (const atOpen of [false, true]) {
      const how = `${error}, ${reaches} of it written${atOpen ? ', nor can it be opened' : ''}`;
      it(`the database (${how}): the journal goes on`, async () => {
        await write('a');
        files.fault = { on: 'database', error, reaches, atOpen };
        await assert.rejects(store.commit([put('soon', bytes('refused'))], 'soon'), isStoreError(error));
        await write('b');
        await assert.rejects(store.recover(), isStoreOrOpenError);
        await write('c');
        files.fault = undefined;
        const opens = files.opens.database;
        await store.recover();
        assert.equal(files.opens.database, opens + 1, 'a handle that refused a batch is never used again');
        await write('d');
        const kept = await keptAfterwards();
        assert.deepEqual(
          kept.filter((key) => key !== 'soon'),
          ['a', 'b', 'c', 'd'],
        );
      });
    }
  }

  it(`both (${error}): refused, and nothing that was acknowledged is lost, without a recovery and with one`, async () => {
    await write('a');
    const fault: Fault = { on: 'both', error, reaches: 'nothing', atOpen: true };
    files.fault = fault;
    await assert.rejects(write('refused'), isStoreError(error));
    assert.equal(store.health().database, error);
    files.fault = undefined;
    assert.deepEqual(await keptAfterwards(), ['a']);
    await store.close();
    files.fault = fault;
    await assert.rejects(
      files.store(journalBytes).open(),
      (refused) => refused instanceof StoreOpenError && refused.exitCode === 34,
    );
    files.fault = undefined;
    store = files.store(journalBytes);
    await store.open();
    files.fault = fault;
    await assert.rejects(write('refused'), isStoreError(error));
    files.fault = undefined;
    await store.recover();
    await write('b');
    assert.deepEqual(await keptAfterwards(), ['a', 'b']);
  });
}

describe('a start', () => {
  it('without a journal that could be made says so, and makes one later', async () => {
    await store.close();
    await rm(join(files.directory, 'journal'));
    files.fault = { on: 'journal', error: 'failed', reaches: 'nothing', atOpen: true };
    store = files.store(journalBytes);
    const { notes } = await store.open();
    assert.match(notes.join('\n'), /There is no journal.*EIO/);
    await write('a');
    assert.equal(store.health().journal, 'failed');
    files.fault = undefined;
    await store.commit([], 'soon');
    for (let turns = 0; store.health().journal !== 'ok' && turns < 1_000; turns++) await sleep(1);
    await write('b');
    assert.equal(store.statistics().journalGroups, 1);
    assert.deepEqual(await keptAfterwards(), ['a', 'b']);
  });
});

async function write(key: string): Promise<void> {
  await store.commit([put(key, bytes('acknowledged'))], 'before-ack');
}

/** What the next process finds after this one ended without a word. */
async function keptAfterwards(): Promise<string[]> {
  await store.close();
  store = files.store(journalBytes);
  const { notes } = await store.open();
  assert.deepEqual(notes, []);
  const kept = await contents(store);
  return Object.keys(kept);
}

function isStoreOrOpenError(error: unknown): boolean {
  return error instanceof StoreError || error instanceof StoreOpenError;
}
