/** The contract of a store: batches of both classes, and how they are read back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../src/base/limits.ts';
import type { CommitClass, Write } from '../../src/commit/commit.ts';
import type { Store } from '../../src/host/store/store.ts';
import { isLate } from '../../src/records/late-kinds.ts';
import { bytes, contents, put, remove, rigJournalSlots, type StoreRig, type StoreScene } from './store-scene.ts';

export function batchesContract(name: string, scene: StoreScene, propertyRuns: number): void {
  describe(`${name}: batches`, () => {
    it('are there after a crash, in full, with their deletes', async () => {
      const { store } = await scene.opened();
      await store.commit(
        [put('a', bytes('1')), put('b', bytes('2')), put('c', new Uint8Array([0xff, 0, 0x80]))],
        'before-ack',
      );
      await store.commit([put('a', bytes('3')), remove('b'), remove('never')], 'before-ack');
      await store.commit([], 'before-ack');
      assert.deepEqual(await scene.recordsAfterCrash(), { a: bytes('3'), c: new Uint8Array([0xff, 0, 0x80]) });
    });

    it('are carried out in the order of the calls', async () => {
      const { store } = await scene.opened();
      const calls = Array.from({ length: 20 }, (_, i) => store.commit([put('a', bytes(`${i}`))], 'before-ack'));
      await Promise.all(calls);
      assert.deepEqual(await scene.recordsAfterCrash(), { a: bytes('19') });
    });

    it('in a burst, of both classes, leave what the later call of each key wrote', async () => {
      await fc.assert(
        fc.asyncProperty(bursts, async (each) => burstsLeaveTheLatest(await scene.makeRig(), each)),
        { seed: 5, numRuns: propertyRuns },
      );
    });

    it('cut off in a burst leave a prefix of each class, at least what had resolved', async () => {
      await fc.assert(
        fc.asyncProperty(bursts, fc.nat(12), async (each, turns) =>
          cutsLeavePrefixes(await scene.makeRig(), each, turns),
        ),
        { seed: 6, numRuns: propertyRuns },
      );
    });

    it('that are larger than a journal are taken all the same', async () => {
      const { store } = await scene.opened();
      const large = new Uint8Array(2 * rigJournalSlots * 4_096).fill(7);
      await store.commit([put('a', bytes('before'))], 'before-ack');
      await store.commit([put('large', large), put('a', bytes('with it'))], 'before-ack');
      await store.commit([put('b', bytes('after'))], 'before-ack');
      assert.deepEqual(await scene.recordsAfterCrash(), { a: bytes('with it'), b: bytes('after'), large });
    });

    it('are counted', async () => {
      const { store } = await scene.opened();
      const before = store.statistics();
      await store.commit([put('key', bytes('value')), remove('other')], 'before-ack');
      const { commits, writes, bytes: volume } = store.statistics();
      assert.deepEqual([commits - before.commits, writes - before.writes, volume - before.bytes], [1, 2, 13]);
    });

    it('over any run of commits and crashes leave what a plain map holds', async () => {
      await fc.assert(
        fc.asyncProperty(runs, async (steps) => sameAsMap(await scene.makeRig(), steps)),
        {
          seed: 4,
          numRuns: propertyRuns,
        },
      );
    });
  });

  describe(`${name}: restore`, () => {
    it('hands over all records in key order, in bounded chunks, one after another, without the store own ones', async () => {
      const { store } = await scene.opened();
      const keys = Array.from({ length: 1201 }, (_, i) => `${i % 2 === 0 ? 'a' : 'z'}/${String(i).padStart(5, '0')}`);
      await store.commit(
        keys.map((key) => put(key, bytes(key))),
        'before-ack',
      );
      await scene.rig.crash();
      const seen: string[] = [];
      let busy = false;
      const again = await scene.opened();
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

    it('hands over what is late last, device by device, and never in one chunk with other records', async () => {
      const { store } = await scene.opened();
      const first = ['as/1', 'ev/1', 'ut/late', 'zz/1'];
      const ofDevices = ['cr/a-b', 'wi/a-b/x', 'rg/a', 'rl/a/x/1', 'rq/a/x/1', 'cr/b', 'sn/b'];
      const last = ['cs/a', 'ss/00'];
      await store.commit(
        [...first, ...ofDevices, ...last].toSorted().map((key) => put(key, bytes(key))),
        'before-ack',
      );
      const check = async (from: Store): Promise<void> => {
        const chunks: string[][] = [];
        await from.restore((chunk) => void chunks.push(chunk.map(({ key }) => key)));
        assert.deepEqual(chunks.flat(), [...first, ...ofDevices, ...last]);
        assert.ok(chunks.every((keys) => keys.every(isLate) || !keys.some(isLate)));
      };
      await check(store);
      await scene.rig.crash();
      await check((await scene.opened()).store);
    });

    it('of an empty store hands over nothing', async () => {
      assert.deepEqual(await contents((await scene.opened()).store), {});
    });

    it('passes on what its receiver throws', async () => {
      const { store } = await scene.opened();
      await store.commit([put('a', bytes('1'))], 'before-ack');
      await assert.rejects(
        store.restore(() => Promise.reject(new Error('mine'))),
        /mine/,
      );
      await store.commit([put('a', bytes('2'))], 'before-ack');
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

/** Batches handed in without waiting; after some turns of the event loop the process dies. */
async function cutsLeavePrefixes(
  rig: StoreRig,
  all: readonly (readonly ClassedWrites[])[],
  turns: number,
): Promise<void> {
  try {
    let found = new Map<string, string>();
    for (const burst of all) {
      const store = rig.store();
      await store.open();
      const resolved = new Set<number>();
      burst.forEach((each, index) => {
        const noted = () => void resolved.add(index);
        // What is refused or never answered may be there or not.
        store.commit(each.writes, each.class).then(noted, () => {});
      });
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      const told = new Set(resolved);
      await rig.crash();
      const next = rig.store();
      await next.open();
      const after = shown(await contents(next));
      assert.ok(isExplained(found, burst, told, after), `${JSON.stringify([...after])} is no prefix`);
      found = after;
      await rig.crash();
    }
  } finally {
    await rig.end();
  }
}

function isExplained(
  before: ReadonlyMap<string, string>,
  burst: readonly ClassedWrites[],
  told: ReadonlySet<number>,
  found: ReadonlyMap<string, string>,
): boolean {
  const endsOf = (commitClass: CommitClass): number[] => {
    const indexes = burst.flatMap((each, index) => (each.class === commitClass ? [index] : []));
    const last = indexes.findLast((index) => told.has(index)) ?? -1;
    return [-1, ...indexes].filter((index) => index >= last);
  };
  return endsOf('before-ack').some((acknowledged) =>
    endsOf('soon').some((soon) => {
      const entries = new Map(before);
      for (const [index, each] of burst.entries()) {
        if (index > (each.class === 'before-ack' ? acknowledged : soon)) continue;
        for (const [key, value] of writesShown(each.writes))
          value === undefined ? entries.delete(key) : entries.set(key, value);
      }
      return entries.size === found.size && [...entries].every(([key, value]) => found.get(key) === value);
    }),
  );
}

function shown(records: Record<string, Uint8Array>): Map<string, string> {
  return new Map(Object.entries(records).map(([key, value]) => [key, value.join(' ')]));
}

function writesShown(writes: readonly Write[]): [string, string | undefined][] {
  return writes.map(({ key, value }) => [key, value?.join(' ')]);
}
