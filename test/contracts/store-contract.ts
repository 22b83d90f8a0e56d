/**
 * The contract of a store as a suite, run over every implementation. A rig stands for one disk: store objects come and go
 * over it, and it can be damaged and made to refuse.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { utf8Decode, utf8Encode } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import type { CommitClass, StoredRecord, Write } from '../../src/commit/commit.ts';
import { type Store, StoreError, type StoreErrorKind, StoreOpenError } from '../../src/host/store/store.ts';
import { decodeRecord, encodeRecord } from '../../src/records/envelope.ts';
import { encodeGeneration, generationKey } from '../../src/records/generation-record.ts';

/** Of the journal of a rig's stores, if they have one: small, so that it is filled and written over within a test. */
export const rigJournalSlots = 16;

export interface StoreRig {
  /** A new store object over the disk, not open yet. The one before is closed or has crashed. */
  store(): Store;
  /** The process dies; only what is durable stays. */
  crash(): Promise<void>;
  /** Spoils one place of the generation, while nothing is open. */
  spoil(place: 'record' | 'file', how: 'absent' | 'unreadable'): Promise<void>;
  /** Overwrites a record on the disk, while nothing is open. */
  overwrite(record: StoredRecord): Promise<void>;
  /** Refuses writes from now on (undefined: no longer). `kept`: what is refused is there all the same. */
  refuse(kind: StoreErrorKind | undefined, kept?: boolean, what?: 'journal' | 'database' | 'both'): void;
  quarantined(): Promise<readonly { readonly key: string; readonly why: string; readonly value: Uint8Array }[]>;
  /** Closes and removes what is left. */
  end(): Promise<void>;
}

export function storeContract(name: string, makeRig: () => Promise<StoreRig>, propertyRuns: number): void {
  let rig: StoreRig;
  beforeEach(async () => {
    rig = await makeRig();
  });
  afterEach(() => rig.end());

  const opened = async () => {
    const store = rig.store();
    return { store, ...(await store.open()) };
  };
  const recordsAfterCrash = async () => {
    await rig.crash();
    return contents((await opened()).store);
  };

  describe(`${name}: generation`, () => {
    it('rises with every open, however the last one ended', async () => {
      const first = await opened();
      assert.equal(first.lastStop, 'first');
      await rig.crash();
      const second = await opened();
      assert.equal(second.generation, first.generation + 1);
      await second.store.close([]);
      const third = await opened();
      assert.equal(third.generation, second.generation + 1);
      assert.deepEqual(third.notes, []);
    });

    for (const place of ['record', 'file'] as const) {
      for (const how of ['absent', 'unreadable'] as const) {
        it(`rises by a jump when the ${place} is ${how}, and says so`, async () => {
          const { store, generation } = await opened();
          await store.commit([put(generationKey, encodeGeneration(generation + 7))], 'before-ack');
          await rig.crash();
          await rig.spoil(place, how);
          const next = await opened();
          assert.equal(next.generation, generation + 7 + limits.generationJumpInDoubt);
          assert.equal(next.lastStop, 'unclean');
          assert.equal(next.notes.length, 1);
          await rig.crash();
          assert.equal((await opened()).generation, next.generation + 1, 'both places are whole again');
        });
      }
    }

    it('is not invented when both places are lost', async () => {
      const { store } = await opened();
      await store.close([]);
      await rig.spoil('record', 'absent');
      await rig.spoil('file', 'unreadable');
      await assert.rejects(rig.store().open(), isOpenError('damaged'));
    });

    it('raised by a commit counts at the next open', async () => {
      const { store, generation } = await opened();
      await store.commit([put(generationKey, encodeGeneration(generation + 1)), put('a', bytes('1'))], 'before-ack');
      await rig.crash();
      assert.equal((await opened()).generation, generation + 2);
    });
  });

  describe(`${name}: batches`, () => {
    it('are there after a crash, in full, with their deletes', async () => {
      const { store } = await opened();
      await store.commit(
        [put('a', bytes('1')), put('b', bytes('2')), put('c', new Uint8Array([0xff, 0, 0x80]))],
        'before-ack',
      );
      await store.commit([put('a', bytes('3')), remove('b'), remove('never')], 'before-ack');
      await store.commit([], 'before-ack');
      assert.deepEqual(await recordsAfterCrash(), { a: bytes('3'), c: new Uint8Array([0xff, 0, 0x80]) });
    });

    it('are carried out in the order of the calls', async () => {
      const { store } = await opened();
      const calls = Array.from({ length: 20 }, (_, i) => store.commit([put('a', bytes(`${i}`))], 'before-ack'));
      await Promise.all(calls);
      assert.deepEqual(await recordsAfterCrash(), { a: bytes('19') });
    });

    it('in a burst, of both classes, leave what the later call of each key wrote', async () => {
      await fc.assert(
        fc.asyncProperty(bursts, async (each) => burstsLeaveTheLatest(await makeRig(), each)),
        { seed: 5, numRuns: propertyRuns },
      );
    });

    it('that are larger than a journal are taken all the same', async () => {
      const { store } = await opened();
      const large = new Uint8Array(2 * rigJournalSlots * 4_096).fill(7);
      await store.commit([put('a', bytes('before'))], 'before-ack');
      await store.commit([put('large', large), put('a', bytes('with it'))], 'before-ack');
      await store.commit([put('b', bytes('after'))], 'before-ack');
      assert.deepEqual(await recordsAfterCrash(), { a: bytes('with it'), b: bytes('after'), large });
    });

    it('are counted', async () => {
      const { store } = await opened();
      const before = store.statistics();
      await store.commit([put('key', bytes('value')), remove('other')], 'before-ack');
      const { commits, writes, bytes: volume } = store.statistics();
      assert.deepEqual([commits - before.commits, writes - before.writes, volume - before.bytes], [1, 2, 13]);
    });

    it('over any run of commits and crashes leave what a plain map holds', async () => {
      await fc.assert(
        fc.asyncProperty(runs, async (steps) => sameAsMap(await makeRig(), steps)),
        {
          seed: 4,
          numRuns: propertyRuns,
        },
      );
    });
  });

  describe(`${name}: restore`, () => {
    it('hands over all records in key order, in bounded chunks, one after another, without the store own ones', async () => {
      const { store } = await opened();
      const keys = Array.from({ length: 1201 }, (_, i) => `${i % 2 === 0 ? 'a' : 'z'}/${String(i).padStart(5, '0')}`);
      await store.commit(
        keys.map((key) => put(key, bytes(key))),
        'before-ack',
      );
      await rig.crash();
      const seen: string[] = [];
      let busy = false;
      const again = await opened();
      await again.store.restore(async (chunk) => {
        assert.equal(busy, false);
        busy = true;
        await new Promise((resolve) => setImmediate(resolve));
        assert.ok(chunk.length > 0 && chunk.length <= limits.restoreChunkRecords);
        for (const { key, value } of chunk) assert.equal(value.constructor, Uint8Array, key);
        seen.push(...chunk.map(({ key }) => key));
        busy = false;
      });
      assert.deepEqual(seen, keys.toSorted());
    });

    it('of an empty store hands over nothing', async () => {
      assert.deepEqual(await contents((await opened()).store), {});
    });

    it('passes on what its receiver throws', async () => {
      const { store } = await opened();
      await store.commit([put('a', bytes('1'))], 'before-ack');
      await assert.rejects(
        store.restore(() => Promise.reject(new Error('mine'))),
        /mine/,
      );
      await store.commit([put('a', bytes('2'))], 'before-ack');
    });
  });

  describe(`${name}: clean stop`, () => {
    it('writes the last batch, and counts only once', async () => {
      const { store } = await opened();
      await store.close([put('last', bytes('1'))]);
      const after = await opened();
      assert.equal(after.lastStop, 'clean');
      assert.deepEqual(await contents(after.store), { last: bytes('1') });
      await rig.crash();
      assert.equal((await opened()).lastStop, 'unclean');
    });

    it('counts when the generation was raised on the way and in the last batch', async () => {
      const { store, generation } = await opened();
      await store.commit([put(generationKey, encodeGeneration(generation + 1))], 'before-ack');
      await store.close([put(generationKey, encodeGeneration(generation + 2))]);
      const after = await opened();
      assert.deepEqual([after.lastStop, after.generation], ['clean', generation + 3]);
    });

    it('is not one when the store is only closed, and closing twice is harmless', async () => {
      const { store } = await opened();
      await store.close();
      await store.close();
      assert.equal((await opened()).lastStop, 'unclean');
    });

    it('is not one when the last batch is refused; the store is closed all the same', async () => {
      const { store } = await opened();
      rig.refuse('full');
      await assert.rejects(store.close([put('a', bytes('1'))]), isStoreError('full'));
      rig.refuse(undefined);
      assert.equal((await opened()).lastStop, 'unclean');
    });
  });

  describe(`${name}: refused batches`, () => {
    for (const kind of ['full', 'readonly', 'failed'] as const) {
      for (const kept of [true, false]) {
        it(`(${kind}, ${kept ? '' : 'not '}kept) end writing until the store is recovered; nothing acknowledged is lost`, async () => {
          const { store } = await opened();
          await store.commit([put('a', bytes('acknowledged'))], 'before-ack');
          rig.refuse(kind, kept);
          await assert.rejects(store.commit([put('b', bytes('refused'))], 'before-ack'), isStoreError(kind));
          await assert.rejects(store.recover(), isStoreError(kind));
          rig.refuse(undefined);
          await assert.rejects(store.commit([put('c', bytes('too early'))], 'before-ack'), isStoreError());
          await store.recover();
          await store.recover();
          await store.commit([put('d', bytes('acknowledged'))], 'before-ack');
          const { b, ...others } = await recordsAfterCrash();
          assert.deepEqual(others, { a: bytes('acknowledged'), d: bytes('acknowledged') });
          assert.deepEqual(b, kept ? bytes('refused') : undefined);
        });
      }
    }

    it('that raise the generation may be repeated', async () => {
      const { store, generation } = await opened();
      const raise = [put(generationKey, encodeGeneration(generation + 1))];
      rig.refuse('full');
      await assert.rejects(store.commit(raise, 'before-ack'), isStoreError('full'));
      rig.refuse(undefined);
      await store.recover();
      await store.commit(raise, 'before-ack');
      await rig.crash();
      assert.ok((await opened()).generation > generation + 1);
    });

    it('are counted, and so are recoveries', async () => {
      const { store } = await opened();
      rig.refuse('failed');
      await assert.rejects(store.commit([put('a', bytes('1'))], 'before-ack'));
      rig.refuse(undefined);
      await store.recover();
      assert.deepEqual([store.statistics().rejected, store.statistics().recovered], [1, 1]);
    });
  });

  describe(`${name}: brief writes`, () => {
    const brief = (key: string) => ({ ...put(key, bytes(`brief ${key}`)), brief: true as const });

    it('are durable like any other', async () => {
      const { store } = await opened();
      await store.commit([brief('e/1'), put('a', bytes('1'))], 'before-ack');
      await store.commit([], 'soon');
      await store.commit([brief('e/2'), put('a', bytes('2'))], 'before-ack');
      assert.deepEqual(await recordsAfterCrash(), {
        a: bytes('2'),
        'e/1': bytes('brief e/1'),
        'e/2': bytes('brief e/2'),
      });
    });

    for (const removedWith of ['before-ack', 'soon'] as const) {
      it(`that were removed (${removedWith}) stay so`, async () => {
        const { store } = await opened();
        for (let id = 1; id <= 5; id++) await store.commit([brief(`e/${id}`), put('a', bytes(`${id}`))], 'before-ack');
        await store.commit([put('s', bytes('1'))], 'soon');
        await store.commit([remove('e/3'), remove('e/1')], removedWith);
        await store.commit([put('s', bytes('2'))], 'soon');
        assert.deepEqual(Object.keys(await recordsAfterCrash()), ['a', 'e/2', 'e/4', 'e/5', 's']);
      });
    }

    it('that come and go for ever never fill the store', async () => {
      const { store } = await opened();
      for (let id = 1; id <= 6 * rigJournalSlots; id++) {
        await store.commit([brief(`e/${String(id).padStart(3, '0')}`)], 'before-ack');
        if (id > 5) await store.commit([remove(`e/${String(id - 5).padStart(3, '0')}`)], 'soon');
      }
      assert.equal(Object.keys(await recordsAfterCrash()).length, 5);
    });
  });

  describe(`${name}: export`, () => {
    it('holds everything but connections that are alive and what is the store own', async () => {
      const { store } = await opened();
      await store.commit(
        [put('as/1', bytes('connection')), put('cr/1', bytes('key')), put('rg/1', bytes('old'))],
        'soon',
      );
      await store.commit([put('aw/1', bytes('window')), put('rg/1', bytes('new'))], 'before-ack');
      const exported: string[] = [];
      await store.export((chunk) => void exported.push(...chunk.map(({ key, value }) => `${key} ${text(value)}`)));
      assert.deepEqual(exported, ['cr/1 key', 'rg/1 new']);
    });

    it('is of one moment, while batches go on', async () => {
      const { store } = await opened();
      const pair = (value: string) => [put('a', bytes(value)), put('z', bytes(value))];
      const many = Array.from({ length: 1_200 }, (_, i) => put(`m-${String(i).padStart(4, '0')}`, bytes('x')));
      await store.commit([...pair('0'), ...many], 'before-ack');
      const commits = Array.from({ length: 8 }, (_, i) =>
        store.commit(pair(`${i + 1}`), i % 3 === 2 ? 'soon' : 'before-ack'),
      );
      const found = new Map<string, string>();
      await store.export(async (chunk) => {
        for (const { key, value } of chunk) found.set(key, text(value));
        commits.push(store.commit(pair('later'), 'before-ack'));
      });
      assert.equal(found.size, 1_202);
      assert.equal(found.get('a'), found.get('z'));
      await Promise.all(commits);
    });
  });

  describe(`${name}: one half of it fails`, () => {
    it('the database: what needs an acknowledgement goes on until the journal is three quarters full', async () => {
      const { store } = await opened();
      await store.commit([put('s', bytes('before'))], 'soon');
      rig.refuse('full', false, 'database');
      await assert.rejects(store.commit([put('s', bytes('refused'))], 'soon'), isStoreError('full'));
      const taken: string[] = [];
      const fill = async (): Promise<void> => {
        for (let i = 0; i < rigJournalSlots; i++) {
          const key = `k${String(i).padStart(2, '0')}`;
          await store.commit([put(key, bytes('acknowledged'))], 'before-ack');
          taken.push(key);
        }
      };
      await assert.rejects(fill(), isStoreError('full'));
      assert.equal(taken.length, (rigJournalSlots * 3) / 4);
      assert.equal(store.health().database, 'full');
      assert.equal(store.wantsSoon, false, 'nothing is asked of a database that fails');
      await assert.rejects(store.recover(), isStoreError('full'));
      rig.refuse(undefined);
      await store.recover();
      assert.deepEqual(store.health(), { database: 'ok', journal: 'ok', journalFill: 0 });
      await store.commit([put('s', bytes('after'))], 'soon');
      assert.deepEqual(Object.keys(await recordsAfterCrash()), [...taken, 's']);
    });

    it('the database, and then the power goes: the journal has it', async () => {
      const { store } = await opened();
      rig.refuse('failed', false, 'database');
      await assert.rejects(store.commit([], 'soon'), isStoreError('failed'));
      await store.commit([put('a', bytes('acknowledged'))], 'before-ack');
      await rig.crash();
      rig.refuse(undefined);
      assert.deepEqual(await recordsAfterCrash(), { a: bytes('acknowledged') });
    });

    for (const kept of [true, false]) {
      it(`the journal (${kept ? '' : 'not '}kept): the database takes its place until there is a new one`, async () => {
        const { store } = await opened();
        await store.commit([put('a', bytes('1')), put('b', bytes('1'))], 'before-ack');
        rig.refuse('failed', kept, 'journal');
        await store.commit([put('a', bytes('2'))], 'before-ack');
        await store.commit([put('c', bytes('2'))], 'before-ack');
        assert.equal(store.health().journal, 'failed');
        rig.refuse(undefined);
        await store.commit([put('a', bytes('3'))], 'soon');
        await store.commit([put('d', bytes('4'))], 'before-ack');
        for (let turns = 0; store.health().journal !== 'ok' && turns < 1_000; turns++) await sleep(1);
        assert.equal(store.health().journal, 'ok');
        await store.commit([put('e', bytes('5'))], 'before-ack');
        assert.deepEqual(await recordsAfterCrash(), {
          a: bytes('3'),
          b: bytes('1'),
          c: bytes('2'),
          d: bytes('4'),
          e: bytes('5'),
        });
      });
    }

    it('the journal fills: an early soon batch is asked for, and makes room', async () => {
      const { store } = await opened();
      for (let i = 0; i <= rigJournalSlots / 2; i++) await store.commit([put(`k${i}`, bytes('1'))], 'before-ack');
      assert.equal(store.wantsSoon, true);
      await store.commit([], 'soon');
      assert.equal(store.wantsSoon, false);
      assert.equal(store.health().journalFill, 0);
    });
  });

  describe(`${name}: damaged records`, () => {
    it('are set aside while restoring, and stop nothing else', async () => {
      const { store } = await opened();
      const good = put('p/good', encodeRecord('p/good', 1, { ok: true }));
      await store.commit([good, put('p/bad', encodeRecord('p/bad', 1, { ok: true }))], 'before-ack');
      await store.close([]);
      const damaged = { key: 'p/bad', value: encodeRecord('p/other', 1, { ok: true }) };
      await rig.overwrite(damaged);
      const again = await opened();
      await again.store.restore(async (chunk) => {
        for (const record of chunk) {
          const decoded = decodeRecord(record.key, record.value);
          if ('error' in decoded) await again.store.setAside(record, decoded.error);
        }
      });
      assert.deepEqual(await recordsAfterCrash(), { 'p/good': good.value });
      assert.deepEqual(await rig.quarantined(), [{ ...damaged, why: 'checksum' }]);
    });
  });
}

interface ClassedWrites {
  readonly class: CommitClass;
  readonly writes: readonly Write[];
}

type Step = 'crash' | 'stop' | ClassedWrites;

const someWrites = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd/1', 'd/2', 'l', 'n', 'z'),
    value: fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 }), { nil: undefined }),
  }),
  { selector: ({ key }) => key, maxLength: 5 },
);
const classedWrites: fc.Arbitrary<ClassedWrites> = fc.record({
  class: fc.constantFrom('before-ack', 'soon'),
  writes: someWrites,
});
const runs = fc.array(
  fc.oneof({ weight: 1, arbitrary: fc.constantFrom<Step>('crash', 'stop') }, { weight: 5, arbitrary: classedWrites }),
  { maxLength: 40 },
);
const bursts = fc.array(fc.array(classedWrites, { maxLength: 12 }), { maxLength: 5 });

async function sameAsMap(rig: StoreRig, steps: readonly Step[]): Promise<void> {
  try {
    const model = new Map<string, Uint8Array>();
    let store = rig.store();
    let { generation } = await store.open();
    for (const step of [...steps, 'crash' as const]) {
      if (step === 'stop') await store.close([]);
      if (step === 'crash') await rig.crash();
      if (step === 'stop' || step === 'crash') {
        store = rig.store();
        const again = await store.open();
        assert.equal(again.generation, generation + 1);
        assert.equal(again.lastStop, step === 'stop' ? 'clean' : 'unclean');
        generation = again.generation;
        assert.deepEqual(await contents(store), Object.fromEntries([...model].toSorted()));
      } else {
        await store.commit(step.writes, step.class);
        for (const { key, value } of step.writes) value === undefined ? model.delete(key) : model.set(key, value);
      }
    }
  } finally {
    await rig.end();
  }
}

/** Batches handed in without waiting for one another. */
async function burstsLeaveTheLatest(rig: StoreRig, all: readonly (readonly ClassedWrites[])[]): Promise<void> {
  try {
    const model = new Map<string, Uint8Array>();
    for (const burst of all) {
      const store = rig.store();
      await store.open();
      const commits = burst.map((each) => store.commit(each.writes, each.class));
      for (const { key, value } of burst.flatMap(({ writes }) => writes)) {
        if (value === undefined) model.delete(key);
        else model.set(key, value);
      }
      await Promise.all(commits);
      await rig.crash();
    }
    const store = rig.store();
    await store.open();
    assert.deepEqual(await contents(store), Object.fromEntries([...model].toSorted()));
  } finally {
    await rig.end();
  }
}

async function contents(store: Store): Promise<Record<string, Uint8Array>> {
  const records: Record<string, Uint8Array> = {};
  await store.restore((chunk) => {
    for (const { key, value } of chunk) records[key] = new Uint8Array(value);
  });
  return records;
}

const bytes = utf8Encode;

function text(value: Uint8Array): string {
  return utf8Decode(value) ?? '';
}

function put(key: string, value: Uint8Array): Write & { readonly value: Uint8Array } {
  return { key, value };
}

function remove(key: string): Write {
  return { key, value: undefined };
}

function isStoreError(kind?: StoreErrorKind): (error: unknown) => boolean {
  return (error) => error instanceof StoreError && (kind === undefined || error.kind === kind);
}

function isOpenError(code: StoreOpenError['code']): (error: unknown) => boolean {
  return (error) => error instanceof StoreOpenError && error.code === code;
}
