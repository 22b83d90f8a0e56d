/** What earlier starts set aside is spoken of until it is removed. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { leftoverNotes } from '../../../src/host/store/leftovers.ts';

let directory: string;
let database: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-leftovers-'));
  database = join(directory, 'leveldb');
});
afterEach(() => rm(directory, { recursive: true }));

test('nothing is said where nothing lies', async () => {
  assert.deepEqual(await leftoverNotes(database, undefined), []);
  await mkdir(join(directory, 'quarantine'));
  assert.deepEqual(await leftoverNotes(database, undefined), []);
  assert.deepEqual(await leftoverNotes(join(directory, 'not', 'there'), undefined), []);
});

test('damaged databases are named in one note, but for the one that this start speaks of', async () => {
  for (const number of [9, 10, 11]) await mkdir(`${database}.damaged-${number}`);
  assert.deepEqual(await leftoverNotes(database, 'leveldb.damaged-11'), [
    'Damaged databases of earlier starts are kept in leveldb.damaged-9, leveldb.damaged-10; when nothing is missed, remove them.',
  ]);
  await rm(`${database}.damaged-9`, { recursive: true });
  assert.deepEqual(await leftoverNotes(database, 'leveldb.damaged-11'), [
    'A damaged database of an earlier start is kept in leveldb.damaged-10; when nothing is missed, remove it.',
  ]);
});

test('what lies in quarantine is counted in one note', async () => {
  await quarantined('rg_meter-17-0a1b2c3d');
  assert.deepEqual(await leftoverNotes(database, undefined), [
    '1 damaged record of earlier starts lies in quarantine/; look at it, then remove it.',
  ]);
  await quarantined('aw_0123-0a1b2c3d', 'journal-7');
  assert.deepEqual(await leftoverNotes(database, undefined), [
    '2 damaged records and 1 damaged journal of earlier starts lie in quarantine/; look at them, then remove them.',
  ]);
});

async function quarantined(...names: string[]): Promise<void> {
  await mkdir(join(directory, 'quarantine'), { recursive: true });
  for (const name of names) await writeFile(join(directory, 'quarantine', name), 'as it was');
}
