/** What the real store finds when it opens: a lock, damage, a first open that was cut short, a newer store. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { utf8Encode } from '../../../src/base/bytes.ts';
import { LevelStore } from '../../../src/host/store/level-store.ts';
import { StoreOpenError } from '../../../src/host/store/store.ts';
import { encodeSchema, schemaKey } from '../../../src/records/schema-record.ts';
import { LevelRig } from '../../contracts/level-rig.ts';

let rig: LevelRig;
beforeEach(async () => {
  rig = await LevelRig.make();
});
afterEach(() => rig.end());

describe('a store held by another process', () => {
  it('is refused with exit code 32, and opens once that process is gone', async () => {
    const script = `
      import { LevelStore } from ${JSON.stringify(new URL('../../../src/host/store/level-store.js', import.meta.url))};
      await new LevelStore({ directory: ${JSON.stringify(rig.directory)} }).open();
      process.stdout.write('open');
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(holder.stdout, 'data');
      await refusesToOpen('locked', 32, /held by another process/);
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
    const { lastStop, generation } = await rig.store().open();
    assert.deepEqual([lastStop, generation], ['unclean', 2]);
  });
});

describe('an initialised store', () => {
  beforeEach(async () => {
    const store = rig.store();
    await store.open();
    await store.commit([{ key: 'a', value: utf8Encode('1') }], 'before-ack');
    await store.close([]);
  });

  it('without its database directory is damage with exit code 33, never an empty store', async () => {
    await rm(rig.database, { recursive: true });
    for (let i = 0; i < 2; i++) {
      const { advice = '' } = await refusesToOpen(
        'damaged',
        33,
        /leveldb is missing as a whole, although it was in use\.$/,
      );
      assert.match(advice, /^(Restore|Put it back, or restore) a backup( there)?, or move .* away: every device/);
    }
    assert.ok(!(await readdir(rig.directory)).includes('leveldb'));
  });

  it('of a newer program is refused', async () => {
    await rig.overwrite({ key: schemaKey, value: encodeSchema({ schema: 9, minReader: 8 }) });
    const { advice = '' } = await refusesToOpen('newer', 34, /newer Holdfast \(schema 8\)/);
    assert.match(advice, /^Start the newer version/);
  });

  it('that a newer program left readable opens', async () => {
    await rig.overwrite({ key: schemaKey, value: encodeSchema({ schema: 9, minReader: 1 }) });
    assert.equal((await rig.store().open()).lastStop, 'clean');
  });

  it('on a full or read-only disk cannot be used: exit code 34', async () => {
    rig.refuse('full');
    const full = await refusesToOpen('unusable', 34, /^the store directory .* cannot be used: the disk is full\.$/);
    assert.equal(full.advice, 'Free space there, or choose another:  --state DIR');
    rig.refuse('readonly');
    await refusesToOpen('unusable', 34, /the file system is read-only/);
    rig.refuse(undefined);
    assert.equal((await rig.store().open()).lastStop, 'clean', 'a refused open does not end the clean stop');
  });

  it('whose log lost acknowledged bytes opens with a note', async () => {
    const store = rig.store();
    await store.open();
    for (let i = 0; i < 200; i++)
      await store.commit([{ key: `k${i}`, value: new Uint8Array(400).fill(i) }], 'before-ack');
    await rig.crash();
    const log = join(rig.database, (await readdir(rig.database)).find((name) => name.endsWith('.log')) ?? '');
    const contents = await readFile(log);
    contents[40_000] = (contents[40_000] as number) ^ 1;
    await writeFile(log, contents);
    const { notes } = await rig.store().open();
    assert.match(notes[0] ?? '', /LevelDB dropped damaged bytes of its log: .*checksum mismatch/);
  });

  it('whose generation file lost a slot says so and goes on', async () => {
    const file = join(rig.directory, 'generation');
    const next = rig.store();
    await next.open();
    await next.close([]);
    const contents = await readFile(file);
    contents.fill(7, 0, 4_096);
    await writeFile(file, contents);
    const { generation, notes } = await rig.store().open();
    assert.equal(generation, 3);
    assert.match(notes[0] ?? '', /slots of the generation file was damaged/);
  });
});

describe('a first open that was cut short', () => {
  it('is redone when the database does not open; what it left is kept', async () => {
    await mkdir(rig.database);
    await writeFile(join(rig.database, 'CURRENT'), 'MANIFEST-000001\n');
    const { lastStop, notes } = await rig.store().open();
    assert.equal(lastStop, 'first');
    assert.match(notes[0] ?? '', /first start was cut short/);
    assert.ok((await readdir(rig.directory)).includes('leveldb.cut-short'));
    await rig.crash();
    assert.equal((await rig.store().open()).lastStop, 'unclean');
  });

  it('after the generation file or the record was written gives a higher one, still as the first', async () => {
    await rig.store().open();
    await rig.crash();
    await rm(join(rig.directory, 'INITIALISED'));
    const { generation, lastStop, notes } = await rig.store().open();
    assert.deepEqual([generation, lastStop, notes], [2, 'first', []]);
  });
});

describe('a directory that is none', () => {
  it('is refused with exit code 34 and the reason', async () => {
    const file = join(rig.directory, 'file');
    await writeFile(file, '');
    for (const directory of [file, join(file, 'below')]) {
      const refused = await new LevelStore({ directory }).open().catch((error: unknown) => error);
      assert.ok(refused instanceof StoreOpenError);
      assert.deepEqual([refused.code, refused.exitCode], ['unusable', 34]);
      assert.match(refused.message, /cannot be used: E(NOTDIR|EXIST)/);
    }
  });

  it('is made when it is missing, with its parents', async () => {
    const store = new LevelStore({ directory: join(rig.directory, 'a', 'b') });
    assert.equal((await store.open()).lastStop, 'first');
    await store.close();
  });
});

async function refusesToOpen(code: string, exitCode: number, sentence: RegExp): Promise<StoreOpenError> {
  const refused = await rig
    .store()
    .open()
    .catch((error: unknown) => error);
  assert.ok(refused instanceof StoreOpenError, String(refused));
  assert.deepEqual([refused.code, refused.exitCode], [code, exitCode]);
  assert.match(refused.message, sentence);
  return refused;
}
