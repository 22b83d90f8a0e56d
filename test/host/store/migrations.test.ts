/** Stores as earlier versions wrote them, made by hand. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Write } from '../../../src/commit/commit.ts';
import { type Database, openLevelDatabase } from '../../../src/host/store/level-database.ts';
import { type Migration, migrate, migrations } from '../../../src/host/store/migrations.ts';
import { encodeCleanStop } from '../../../src/records/clean-stop-record.ts';
import { encodeRecord } from '../../../src/records/envelope.ts';
import { decodeKind, encodeKind } from '../../../src/records/record-kind.ts';
import { currentSchema, decodeSchema, encodeSchema, schemaKey } from '../../../src/records/schema-record.ts';
import { seenRecord } from '../../../src/records/seen-record.ts';
import { LevelRig } from '../../contracts/level-rig.ts';
import { bytes, contents, put } from '../../contracts/store-scene.ts';

let rig: LevelRig;
beforeEach(async () => {
  rig = await LevelRig.make();
});
afterEach(() => rig.end());

const unsealed = { seal: (plain: Uint8Array) => plain, open: (sealed: Uint8Array) => sealed };

/** What a clean stop of schema 1 left: no name, no journal, no counts. */
async function storeOfSchema1(records: readonly Write[]): Promise<void> {
  const database = await openLevelDatabase(rig.database, true);
  await database.writeDurably([
    { key: 'm/schema', value: encodeRecord('m/schema', 1, { schema: 1, minReader: 1 }) },
    { key: 'm/generation', value: encodeRecord('m/generation', 1, { generation: 41 }) },
    { key: 'm/clean', value: encodeCleanStop(41) },
    { key: 'm/batch', value: encodeRecord('m/batch', 1, { start: 41, batch: 7 }) },
    ...records,
  ]);
  await database.close();
  await rig.spoil('file', 'absent').catch(() => {});
  await writeFile(join(rig.directory, 'INITIALISED'), '');
}

describe('a store of schema 1', () => {
  it('is brought to the current one, keeps everything, and works on with a journal', async () => {
    await storeOfSchema1([put('rg/a', bytes('registered'))]);
    const store = rig.store();
    const { lastStop } = await store.open();
    assert.equal(lastStop, 'clean');
    await store.commit([put('rg/b', bytes('acknowledged'))], 'before-ack');
    assert.equal(store.statistics().journalGroups, 1);
    await rig.crash();
    assert.deepEqual(await withDatabase((database) => schemaIn(database)), currentSchema);
    const again = rig.store();
    const { notes } = await again.open();
    assert.deepEqual(notes, []);
    assert.deepEqual(await contents(again), { 'rg/a': bytes('registered'), 'rg/b': bytes('acknowledged') });
  });

  it('reads what it kept of refreshes, and writes it in the new form', () => {
    const [key, wall] = ['sn/a', 1_700_000_000_000.5];
    const old = encodeRecord(key, 1, { u: 1_234.75, h: 5_678.5, hw: wall });
    const seen = { updatedAtUptimeMs: 1_234.75, heardAtUptimeMs: 5_678.5, heardAtWall: wall, updatedAtWall: undefined };
    assert.deepEqual(decodeKind(seenRecord, unsealed, key, old), { value: seen });
    const now = encodeKind(seenRecord, unsealed, key, seen);
    assert.ok(now.length < old.length);
    assert.deepEqual(decodeKind(seenRecord, unsealed, key, now), {
      value: {
        updatedAtUptimeMs: 1_234,
        heardAtUptimeMs: 5_678,
        heardAtWall: 1_700_000_000_000,
        updatedAtWall: undefined,
      },
    });
    const fractions = encodeRecord(key, 2, { u: 1_234.75, h: 5_678.5 });
    assert.deepEqual(decodeKind(seenRecord, unsealed, key, fractions), { why: 'malformed' });
    assert.deepEqual(decodeKind(seenRecord, unsealed, key, encodeRecord(key, 3, {})), {
      why: 'version 3 is not known',
    });
  });
});

describe('steps', () => {
  beforeEach(() => storeOfSchema1([]));

  it('lead one after the other to the current schema', () => {
    assert.deepEqual(
      migrations.map(({ to }) => to),
      Array.from({ length: currentSchema.schema - 1 }, (_, i) => i + 2),
    );
  });

  it('are done in order, each once, and go on where a cut ended them', async () => {
    const done: number[] = [];
    const step = (to: number): Migration => ({
      to,
      writes: () => {
        done.push(to);
        if (to === 4 && done.length < 4) throw new Error('the power goes');
        return [put(`x/${to}`, bytes('made'))];
      },
    });
    const steps = [step(2), step(3), step(4)];
    await assert.rejects(
      withDatabase((database) => migrate(database, steps)),
      /the power goes/,
    );
    assert.deepEqual(await withDatabase((database) => schemaIn(database)), { schema: 3, minReader: 3 });
    await withDatabase(async (database) => {
      await database.writeDurably([put(schemaKey, encodeSchema({ schema: 3, minReader: 3 }))]);
      await migrate(database, steps);
      assert.deepEqual(await database.has(['x/2', 'x/3', 'x/4']), [true, true, true]);
      await database.writeDurably([put(schemaKey, encodeSchema({ schema: 4, minReader: 3 }))]);
      await migrate(database, steps);
    });
    assert.deepEqual(done, [2, 3, 4, 4]);
  });

  it('are not taken when the schema is damaged', async () => {
    await withDatabase(async (database) => {
      await database.writeDurably([put(schemaKey, bytes('noise'))]);
      await migrate(database, [{ to: 2, writes: () => assert.fail('a step was taken') }]);
    });
  });
});

async function withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openLevelDatabase(rig.database, false);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

async function schemaIn(database: Database) {
  const [value] = await database.read([schemaKey]);
  return value && decodeSchema(value);
}
