/** The second names of LevelDB's old files, over openings and cuts amid them. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { holdNames, releaseNames } from '../../../src/host/store/held-names.ts';

const parent = mkdtempSync(join(tmpdir(), 'holdfast-held-'));
const database = join(parent, 'leveldb');
const held = join(parent, 'leveldb.held');

beforeEach(() => {
  rmSync(database, { recursive: true, force: true });
  rmSync(held, { recursive: true, force: true });
  mkdirSync(database);
  for (const name of ['000003.log', '000005.ldb', 'CURRENT', 'MANIFEST-000002']) {
    writeFileSync(join(database, name), `this is ${name}`);
  }
});

after(() => rmSync(parent, { recursive: true, force: true }));

test('logs and manifests have a second name until the database is open', async () => {
  await holdNames(database);
  assert.deepEqual(readdirSync(held).sort(), ['000003.log', 'MANIFEST-000002']);
  await releaseNames(database);
  assert.equal(existsSync(held), false);
  assert.equal(readdirSync(database).length, 4);
});

test('what an opening removed before it was cut is put back', async () => {
  await holdNames(database);
  rmSync(join(database, '000003.log'));
  rmSync(join(database, 'MANIFEST-000002'));
  await holdNames(database);
  assert.equal(readFileSync(join(database, '000003.log'), 'utf8'), 'this is 000003.log');
  assert.equal(readFileSync(join(database, 'MANIFEST-000002'), 'utf8'), 'this is MANIFEST-000002');
});

test('a database that is begun anew gets nothing of the one before', async () => {
  await holdNames(database);
  rmSync(database, { recursive: true });
  await holdNames(database);
  assert.equal(existsSync(held), false);
  assert.equal(existsSync(database), false);
});
