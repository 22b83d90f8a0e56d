/**
 * The contract of a store as a suite, run over every implementation. A rig stands for one disk: store objects come and go
 * over it, and it can be damaged and made to refuse.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { utf8Encode } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import type { StoredRecord, Write } from '../../src/commit/commit.ts';
import { type Store, StoreError, type StoreErrorKind, StoreOpenError } from '../../src/host/store/store.ts';
import { decodeRecord, encodeRecord } from '../../src/records/envelope.ts';
import { encodeGeneration, generationKey } from '../../src/records/generation-record.ts';

export interface StoreRig {
  /** A new store object over the disk, not open yet. The one before is closed or has crashed. */
  store(): Store;
  /** The process dies; only what is durable stays. */
  crash(): Promise<void>;
  /** Spoils one place of the generation, while nothing is open. */
  spoil(place: 'record' | 'file', how: 'absent' | 'unreadable'): Promise<void>;
  /** Overwrites a record on the disk, while nothing is open. */
  overwrite(record: StoredRecord): Promise<void>;
  /** Refuses batches and recoveries from now on (undefined: no longer). `kept`: a refused batch is there all the same. */
  refuse(kind: StoreErrorKind | undefined, kept?: boolean): void;
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
          await store.commit([put(generationKey, encodeGeneration(generation + 7))]);
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
      await store.commit([put(generationKey, encodeGeneration(generation + 1)), put('a', bytes('1'))]);
      await rig.crash();
      assert.equal((await opened()).generation, generation + 2);
    });
  });

  describe(`${name}: batches`, () => {
    it('are there after a crash, in full, with their deletes', async () => {
      const { store } = await opened();
      await store.commit([put('a', bytes('1')), put('b', bytes('2')), put('c', new Uint8Array([0xff, 0, 0x80]))]);
      await store.commit([put('a', bytes('3')), remove('b'), remove('never')]);
      await store.commit([]);
      assert.deepEqual(await recordsAfterCrash(), { a: bytes('3'), c: new Uint8Array([0xff, 0, 0x80]) });
    });

    it('are carried out in the order of the calls', async () => {
      const { store } = await opened();
      const calls = Array.from({ length: 20 }, (_, i) => store.commit([put('a', bytes(`${i}`))]));
      await Promise.all(calls);
      assert.deepEqual(await recordsAfterCrash(), { a: bytes('19') });
    });

    it('are counted', async () => {
      const { store } = await opened();
      const before = store.statistics();
      await store.commit([put('key', bytes('value')), remove('other')]);
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
      await store.commit(keys.map((key) => put(key, bytes(key))));
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
      await store.commit([put('a', bytes('1'))]);
      await assert.rejects(
        store.restore(() => Promise.reject(new Error('mine'))),
        /mine/,
      );
      await store.commit([put('a', bytes('2'))]);
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
      await store.commit([put(generationKey, encodeGeneration(generation + 1))]);
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
          await store.commit([put('a', bytes('acknowledged'))]);
          rig.refuse(kind, kept);
          await assert.rejects(store.commit([put('b', bytes('refused'))]), isStoreError(kind));
          await assert.rejects(store.recover(), isStoreError(kind));
          rig.refuse(undefined);
          await assert.rejects(store.commit([put('c', bytes('too early'))]), isStoreError());
          await store.recover();
          await store.recover();
          await store.commit([put('d', bytes('acknowledged'))]);
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
      await assert.rejects(store.commit(raise), isStoreError('full'));
      rig.refuse(undefined);
      await store.recover();
      await store.commit(raise);
      await rig.crash();
      assert.ok((await opened()).generation > generation + 1);
    });

    it('are counted, and so are recoveries', async () => {
      const { store } = await opened();
      rig.refuse('failed');
      await assert.rejects(store.commit([put('a', bytes('1'))]));
      rig.refuse(undefined);
      await store.recover();
      assert.deepEqual([store.statistics().rejected, store.statistics().recovered], [1, 1]);
    });
  });

  describe(`${name}: damaged records`, () => {
    it('are set aside while restoring, and stop nothing else', async () => {
      const { store } = await opened();
      const good = put('p/good', encodeRecord('p/good', 1, { ok: true }));
      await store.commit([good, put('p/bad', encodeRecord('p/bad', 1, { ok: true }))]);
      await rig.crash();
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

type Step = 'crash' | 'stop' | readonly Write[];

const someWrites = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd/1', 'd/2', 'l', 'n', 'z'),
    value: fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 }), { nil: undefined }),
  }),
  { selector: ({ key }) => key, maxLength: 5 },
);
const runs = fc.array(fc.oneof(fc.constantFrom<Step>('crash', 'stop'), someWrites), { maxLength: 25 });

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
        await store.commit(step);
        for (const { key, value } of step) value === undefined ? model.delete(key) : model.set(key, value);
      }
    }
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
