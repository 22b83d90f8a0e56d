/** The end of a manifest after a cut: an edit without its table, or half of one, is cut off; real damage stays. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { concat, utf8Encode } from '../../../src/base/bytes.ts';
import { crc32c } from '../../../src/host/store/crc32c.ts';
import { openLevelDatabase } from '../../../src/host/store/level-database.ts';
import { mendManifest } from '../../../src/host/store/manifest-tail.ts';

let database: string;
const made: string[] = [];

beforeEach(async () => {
  database = join(mkdtempSync(join(tmpdir(), 'holdfast-manifest-')), 'leveldb');
  made.push(join(database, '..'));
  const opened = await openLevelDatabase(database, true);
  await opened.writeDurably([{ key: 'ev/1', value: utf8Encode('kept') }]);
  await opened.close();
});

after(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

test('an edit that speaks of a table which is not there is cut off', async () => {
  appendFileSync(manifest(), record(tableEdit));
  await assertOpens();
});

test('an edit of which only the head got there, and zeros behind it, is cut off', async () => {
  const bytes = record(tableEdit);
  appendFileSync(manifest(), bytes.fill(0, 9));
  await assertOpens();
});

test('a manifest that is whole is left alone', async () => {
  const whole = readFileSync(manifest());
  assert.equal(await mendManifest(database), false);
  assert.deepEqual(readFileSync(manifest()), whole);
});

test('without the log of the state before it is damage, and nothing is cut off', async () => {
  appendFileSync(manifest(), record(tableEdit));
  const broken = readFileSync(manifest());
  for (const name of readdirSync(database)) if (name.endsWith('.log')) rmSync(join(database, name));
  assert.equal(await mendManifest(database), false);
  assert.deepEqual(readFileSync(manifest()), broken);
});

test('a manifest of which only half is left is damage', async () => {
  truncateSync(manifest(), 10);
  assert.equal(await mendManifest(database), false);
});

async function assertOpens(): Promise<void> {
  const opened = await openLevelDatabase(database, false);
  const [value] = await opened.read(['ev/1']);
  await opened.close();
  assert.deepEqual(value, utf8Encode('kept'));
}

function manifest(): string {
  return join(database, readFileSync(join(database, 'CURRENT'), 'latin1').trim());
}

/** Table 99 on level 0, of 10 bytes, from key "a" to key "b". */
const tableEdit = Uint8Array.of(7, 0, 99, 10, ...key('a'), ...key('b'));

function key(text: string): number[] {
  return [9, text.charCodeAt(0), 1, 1, 0, 0, 0, 0, 0, 0];
}

function record(edit: Uint8Array): Uint8Array {
  const body = concat(Uint8Array.of(1), edit);
  const head = new Uint8Array(6);
  const crc = crc32c(body);
  const view = new DataView(head.buffer);
  view.setUint32(0, (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0, true);
  view.setUint16(4, edit.length, true);
  return concat(head, body);
}
