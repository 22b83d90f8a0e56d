/** What only the real store has to recover from: a database that lies after an error, rotated logs, a full quarantine. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { limits } from '../../../src/base/limits.ts';
import { type Database, openLevelDatabase } from '../../../src/host/store/level-database.ts';
import { LevelStore } from '../../../src/host/store/level-store.ts';
import { type Store, StoreError, StoreOpenError } from '../../../src/host/store/store.ts';
import { databaseOver } from '../../contracts/database-over.ts';
import { LevelRig } from '../../contracts/level-rig.ts';

let rig: LevelRig;
beforeEach(async () => {
  rig = await LevelRig.make();
});
afterEach(() => rig.end());

describe('after a refused batch', () => {
  it('a database that lost an acknowledged one is found out when it is reopened', async () => {
    let dropping = false;
    let refusing = false;
    const store = storeOver((real) => ({
      ...real,
      writeDurably: async (writes) => {
        if (refusing) throw new Error('IO error: Input/output error');
        if (!dropping) await real.writeDurably(writes);
      },
    }));
    await store.open();
    dropping = true;
    await store.commit([put('a')], 'soon');
    refusing = true;
    await assert.rejects(store.commit([put('b')], 'soon'), StoreError);
    [dropping, refusing] = [false, false];
    await assert.rejects(store.recover(), /lacks its last acknowledged batch/);
    await assert.rejects(store.commit([put('c')], 'soon'), StoreError);
    await store.close();
  });

  it('it is not reopened under a start that still reads; the next try may', async () => {
    let refusing = false;
    const store = storeOver((real) => ({
      ...real,
      writeDurably: async (writes) => {
        if (refusing) throw new Error('IO error: Input/output error');
        await real.writeDurably(writes);
      },
    }));
    await store.open();
    for (let i = 0; i < 1_200; i++) await store.commit([put(`k${i}`)], 'soon');
    const keys: string[] = [];
    await store.restore(async (chunk) => {
      keys.push(...chunk.map(({ key }) => key));
      if (refusing) return;
      refusing = true;
      await assert.rejects(store.commit([put('b')], 'soon'), StoreError);
      await assert.rejects(store.recover(), StoreError);
    });
    assert.equal(new Set(keys).size, 1_200);
    refusing = false;
    await store.recover();
    await store.commit([put('c')], 'soon');
    await store.close();
  });

  it('what a reader finds out late is told to him, not to the process', async () => {
    const database = await openLevelDatabase(join(rig.directory, 'other'), true);
    await database.writeDurably(Array.from({ length: 1_200 }, (_, i) => put(`k${String(i).padStart(4, '0')}`)));
    const chunks = database.chunks(500)[Symbol.asyncIterator]();
    assert.equal((await chunks.next()).done, false);
    await database.close();
    assert.equal((await chunks.next()).done, false, 'read ahead');
    // While he is busy with that, what is read ahead of it fails: nobody waits for that yet.
    await new Promise((resolve) => setTimeout(resolve, 20));
    await assert.rejects(async () => {
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) assert.ok(next.value);
    });
  });

  it('bytes that the reopening drops are told', async () => {
    let refusing = false;
    const reported: string[] = [];
    const refusal = (real: Database): Database => ({
      ...real,
      writeDurably: async (writes) => {
        if (refusing) throw new Error('IO error: Input/output error');
        await real.writeDurably(writes);
      },
    });
    const store = storeOver(refusal, (note) => reported.push(note));
    await store.open();
    for (let i = 0; i < 200; i++) await store.commit([put(`k${i}`, 400)], 'soon');
    refusing = true;
    await assert.rejects(store.commit([put('b')], 'soon'), StoreError);
    refusing = false;
    await damageLog(40_000);
    await store.recover();
    assert.match(reported[0] ?? '', /LevelDB dropped damaged bytes of its log: .*checksum mismatch/);
    await store.close();
  });

  it('the handle is closed and never used again', async () => {
    const handles: string[] = [];
    let refusing = false;
    const store = storeOver((real) => {
      const handle = `handle ${handles.length}`;
      handles.push(handle);
      return {
        ...real,
        writeDurably: async (writes) => {
          if (refusing) throw new Error('IO error: No space left on device');
          await real.writeDurably(writes);
        },
        close: async () => {
          handles.push(`${handle} closed`);
          await real.close();
        },
      };
    });
    await store.open();
    refusing = true;
    await assert.rejects(store.commit([put('a')], 'soon'), { kind: 'full' });
    refusing = false;
    await store.recover();
    assert.deepEqual(handles, ['handle 0', 'handle 0 closed', 'handle 2']);
    await store.close();
  });

  it('a generation file that cannot be written refuses the batch', async () => {
    const store = rig.store();
    const { generation } = await store.open();
    const { encodeGeneration, generationKey } = await import('../../../src/records/generation-record.ts');
    await rig.spoil('file', 'absent');
    await mkdir(join(rig.directory, 'generation'));
    const raise = [{ key: generationKey, value: encodeGeneration(generation + 1) }];
    await assert.rejects(store.commit(raise, 'before-ack'), { kind: 'failed' });
  });
});

describe('records that cannot be read', () => {
  it('end the restore with a sentence', async () => {
    const store = storeOver((real) => ({
      ...real,
      // biome-ignore lint/correctness/useYield: it fails before the first record.
      async *chunks() {
        throw Object.assign(new Error('Corruption: block checksum mismatch'), { code: 'LEVEL_CORRUPTION' });
      },
    }));
    await store.open();
    await assert.rejects(
      store.restore(() => {}),
      (error) => error instanceof StoreOpenError && error.exitCode === 33 && /block checksum/.test(error.message),
    );
    await store.close();
  });
});

describe('a log that is full', () => {
  it('is followed by another, and everything is there', async () => {
    const store = rig.store();
    await store.open();
    for (let i = 0; i < 12; i++) await store.commit([put(`k${i}`, 1_000_000)], 'before-ack');
    assert.ok((await readdir(rig.database)).some((name) => name.endsWith('.ldb')));
    await rig.crash();
    const again = rig.store();
    await again.open();
    let records = 0;
    await again.restore((chunk) => {
      records += chunk.length;
    });
    assert.equal(records, 12);
  });
});

describe('a full quarantine', () => {
  it('takes no more, but the same record again; the record stays in the store', async () => {
    const store = rig.store();
    await store.open();
    const record = { key: 'p/../../etc/passwd', value: new Uint8Array([1, 2, 3]) };
    await store.commit([record], 'before-ack');
    await store.setAside(record, 'malformed');
    await fillQuarantine();
    await store.setAside(record, 'malformed');
    const other = { key: 'p/other', value: new Uint8Array([4]) };
    await store.commit([other], 'before-ack');
    await assert.rejects(store.setAside(other, 'malformed'), { kind: 'full' });
    const kept: string[] = [];
    await store.restore((chunk) => {
      kept.push(...chunk.map(({ key }) => key));
    });
    assert.deepEqual(kept, ['p/other']);
    await store.commit([put('p/next')], 'before-ack');
  });
});

async function damageLog(at: number): Promise<void> {
  const log = join(rig.database, (await readdir(rig.database)).find((name) => name.endsWith('.log')) ?? '');
  const contents = await readFile(log);
  contents[at] = (contents[at] as number) ^ 1;
  await writeFile(log, contents);
}

async function fillQuarantine(): Promise<void> {
  const directory = join(rig.directory, 'quarantine');
  const names = await readdir(directory);
  assert.equal(names.length, 1);
  assert.match(names[0] ?? '', /^p_.._.._etc_passwd-[0-9a-f]{8}$/);
  for (let i = names.length; i < limits.quarantineFilesMax; i++) await writeFile(join(directory, `${i}`), '');
}

function storeOver(between: (real: Database) => Database, report: (note: string) => void = () => {}): Store {
  return new LevelStore({
    directory: rig.directory,
    report,
    openDatabase: async (directory, createIfMissing) => {
      const real = await openLevelDatabase(directory, createIfMissing);
      return between(databaseOver(real));
    },
  });
}

function put(key: string, length = 1): { key: string; value: Uint8Array } {
  return { key, value: Uint8Array.from({ length }, (_, i) => (i * 7_919) >> 3) };
}
