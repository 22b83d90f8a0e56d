/** What an error at the store's door means: damage is repaired, everything else is waited out, and a sound database left alone. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Database, openLevelDatabase } from '../../../src/host/store/level-database.ts';
import { LevelStore } from '../../../src/host/store/level-store.ts';
import { StoreOpenError } from '../../../src/host/store/store.ts';
import { openError, readError } from '../../../src/host/store/store-failure.ts';
import { databaseOver } from '../../contracts/database-over.ts';
import { LevelRig } from '../../contracts/level-rig.ts';
import { bytes, contents, put } from '../../contracts/store-scene.ts';

let rig: LevelRig;
beforeEach(async () => {
  rig = await LevelRig.make();
  const store = rig.store();
  await store.open();
  await store.commit([put('rg/a', bytes('registered')), put('as/1', bytes('connection'))], 'before-ack');
  await store.close([]);
});
afterEach(() => rig.end());

describe('of the errors at an open', () => {
  const damages = [
    levelError('LEVEL_CORRUPTION', 'Corruption: 1 missing files; e.g.: 000005.ldb'),
    levelError('LEVEL_IO_ERROR', 'IO error: 000005.ldb: No such file or directory'),
    levelError('LEVEL_IO_ERROR', 'IO error: 000005.ldb: Invalid argument'),
    levelError(undefined, 'Invalid argument: leveldb: does not exist (create_if_missing is false)'),
  ];
  for (const error of damages) {
    it(`damage is: ${words(error)}`, () => assert.equal(openError(rig.database, error).code, 'damaged'));
  }

  const passing = ['Cannot allocate memory', 'No locks available', 'Device or resource busy', 'Connection timed out'];
  for (const text of [
    ...passing,
    'Stale file handle',
    'Permission denied',
    'Too many open files',
    'Input/output error',
  ]) {
    it(`damage is not: ${text}`, () => {
      const { code, message } = openError(rig.database, levelError('LEVEL_IO_ERROR', `IO error: 000005.ldb: ${text}`));
      assert.equal(code, 'unusable');
      assert.ok(message.includes(text), 'its words are told');
    });
  }

  it('damage is not what is no word of LevelDB', () => {
    assert.equal(openError(rig.database, new TypeError('undefined is not a function')).code, 'unusable');
  });
});

it('while records are read an error of the device is damage, and a full disk is not', () => {
  const fault = levelError('LEVEL_IO_ERROR', 'IO error: 000005.ldb: Input/output error');
  assert.equal(readError(rig.database, fault).code, 'damaged');
  assert.equal(readError(rig.database, levelError('LEVEL_IO_ERROR', 'IO error: No space left')).code, 'unusable');
});

describe('a device that gives an error', () => {
  it('at one open alone is asked once more, and nothing is repaired', async () => {
    const store = storeWith(failingOpens(1));
    assert.deepEqual([(await store.open()).notes, Object.keys(await contents(store))], [[], ['as/1', 'rg/a']]);
    await store.close();
  });

  it('at both opens has the database repaired on a copy', async () => {
    const store = storeWith(failingOpens(2));
    assert.match((await store.open()).notes[0] ?? '', /a copy of it was repaired/);
    assert.deepEqual(Object.keys(await contents(store)), ['rg/a']);
    await store.close();
  });

  it('while the records are read back has it repaired at the next start', async () => {
    const store = storeWith((real) => ({ ...databaseOver(real), chunks: () => assert.fail(fault()) }));
    await store.open();
    await assert.rejects(contents(store), (error) => error instanceof StoreOpenError && error.exitCode === 33);
    await store.close();
    const again = rig.store();
    assert.match((await again.open()).notes[0] ?? '', /a copy of it was repaired/);
    assert.deepEqual(Object.keys(await contents(again)), ['rg/a']);
  });

  for (const what of ['read', 'chunks'] as const) {
    it(`while the store opens it and reads in it (${what}) has it repaired at the next start`, async () => {
      const before = rig.store();
      await before.open();
      await rig.crash();
      // Without the mark all records are read, for the connections among them.
      await rig.overwrite({ key: 'm/journal', value: undefined });
      const store = storeWith((real) => ({ ...databaseOver(real), [what]: () => assert.fail(fault()) }));
      await assert.rejects(store.open(), (error) => error instanceof StoreOpenError && error.exitCode === 33);
      assert.match((await rig.store().open()).notes[0] ?? '', /a copy of it was repaired/);
    });
  }

  it('while the first batch of a start is written is no damage', async () => {
    const store = storeWith((real) => ({ ...databaseOver(real), writeDurably: () => Promise.reject(fault()) }));
    await assert.rejects(store.open(), (error) => error instanceof StoreOpenError && error.exitCode === 34);
    assert.deepEqual((await rig.store().open()).notes, []);
  });
});

/** `between` gets each database that is opened in the store's own place. */
function storeWith(between: (database: Database) => Database): LevelStore {
  return new LevelStore({
    directory: rig.directory,
    journalBytes: 65_536,
    ballastBytes: 4_096,
    openDatabase: async (directory, createIfMissing) => {
      const real = await openLevelDatabase(directory, createIfMissing);
      if (directory !== rig.database) return real;
      try {
        return between(real);
      } catch (error) {
        await real.close();
        throw error;
      }
    },
  });
}

function failingOpens(times: number): (database: Database) => Database {
  let left = times;
  return (database) => {
    if (left-- > 0) throw fault();
    return database;
  };
}

function fault(): Error {
  return levelError('LEVEL_IO_ERROR', 'IO error: 000005.ldb: Input/output error');
}

function levelError(code: string | undefined, text: string): Error {
  const cause = Object.assign(new Error(text), code === undefined ? {} : { code });
  return Object.assign(new Error('Database failed', { cause }), { code: 'LEVEL_DATABASE_NOT_OPEN' });
}

function words({ cause }: Error): string {
  return cause instanceof Error ? cause.message : '';
}
