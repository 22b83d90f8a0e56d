/** The contract of a store: what it does when the disk refuses, in whole or in part, and what becomes of damaged records. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeRecord, encodeRecord } from '../../src/records/envelope.ts';
import { encodeGeneration, generationKey } from '../../src/records/generation-record.ts';
import { bytes, isStoreError, put, rigJournalSlots, type StoreScene } from './store-scene.ts';

export function faultsContract(name: string, scene: StoreScene): void {
  describe(`${name}: refused batches`, () => {
    for (const kind of ['full', 'readonly', 'failed', 'superseded'] as const) {
      for (const kept of [true, false]) {
        it(`(${kind}, ${kept ? '' : 'not '}kept) end writing until the store is recovered; nothing acknowledged is lost`, async () => {
          const { store } = await scene.opened();
          await store.commit([put('a', bytes('acknowledged'))], 'before-ack');
          scene.rig.refuse(kind, kept);
          await assert.rejects(store.commit([put('b', bytes('refused'))], 'before-ack'), isStoreError(kind));
          await assert.rejects(store.recover(), isStoreError(kind));
          scene.rig.refuse(undefined);
          await assert.rejects(store.commit([put('c', bytes('too early'))], 'before-ack'), isStoreError());
          await store.recover();
          await store.recover();
          await store.commit([put('d', bytes('acknowledged'))], 'before-ack');
          const { b, ...others } = await scene.recordsAfterCrash();
          assert.deepEqual(others, { a: bytes('acknowledged'), d: bytes('acknowledged') });
          assert.deepEqual(b, kept ? bytes('refused') : undefined);
        });
      }
    }

    it('that raise the generation may be repeated', async () => {
      const { store, generation } = await scene.opened();
      const raise = [put(generationKey, encodeGeneration(generation + 1))];
      scene.rig.refuse('full');
      await assert.rejects(store.commit(raise, 'before-ack'), isStoreError('full'));
      scene.rig.refuse(undefined);
      await store.recover();
      await store.commit(raise, 'before-ack');
      await scene.rig.crash();
      assert.ok((await scene.opened()).generation > generation + 1);
    });

    it('are counted, and so are recoveries', async () => {
      const { store } = await scene.opened();
      scene.rig.refuse('failed');
      await assert.rejects(store.commit([put('a', bytes('1'))], 'before-ack'));
      scene.rig.refuse(undefined);
      await store.recover();
      assert.deepEqual([store.statistics().rejected, store.statistics().recovered], [1, 1]);
    });
  });

  describe(`${name}: one half of it fails`, () => {
    it('the database: what needs an acknowledgement goes on until the journal is three quarters full', async () => {
      const { store } = await scene.opened();
      await store.commit([put('s', bytes('before'))], 'soon');
      scene.rig.refuse('full', false, 'database');
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
      scene.rig.refuse(undefined);
      await store.recover();
      assert.deepEqual(store.health(), { database: 'ok', journal: 'ok', journalFill: 0 });
      await store.commit([put('s', bytes('after'))], 'soon');
      assert.deepEqual(Object.keys(await scene.recordsAfterCrash()), [...taken, 's']);
    });

    it('the database, and then the power goes: the journal has it', async () => {
      const { store } = await scene.opened();
      scene.rig.refuse('failed', false, 'database');
      await assert.rejects(store.commit([], 'soon'), isStoreError('failed'));
      await store.commit([put('a', bytes('acknowledged'))], 'before-ack');
      await scene.rig.crash();
      scene.rig.refuse(undefined);
      assert.deepEqual(await scene.recordsAfterCrash(), { a: bytes('acknowledged') });
    });

    for (const kept of [true, false]) {
      it(`the journal (${kept ? '' : 'not '}kept): the database takes its place until there is a new one`, async () => {
        const { store } = await scene.opened();
        await store.commit([put('a', bytes('1')), put('b', bytes('1'))], 'before-ack');
        scene.rig.refuse('failed', kept, 'journal');
        await store.commit([put('a', bytes('2'))], 'before-ack');
        await store.commit([put('c', bytes('2'))], 'before-ack');
        assert.equal(store.health().journal, 'failed');
        scene.rig.refuse(undefined);
        await store.commit([put('a', bytes('3'))], 'soon');
        await store.commit([put('d', bytes('4'))], 'before-ack');
        for (let turns = 0; store.health().journal !== 'ok' && turns < 1_000; turns++) await sleep(1);
        assert.equal(store.health().journal, 'ok');
        await store.commit([put('e', bytes('5'))], 'before-ack');
        assert.deepEqual(await scene.recordsAfterCrash(), {
          a: bytes('3'),
          b: bytes('1'),
          c: bytes('2'),
          d: bytes('4'),
          e: bytes('5'),
        });
      });
    }

    it('the journal fills: an early soon batch is asked for, and makes room', async () => {
      const { store } = await scene.opened();
      for (let i = 0; i <= rigJournalSlots / 2; i++) await store.commit([put(`k${i}`, bytes('1'))], 'before-ack');
      assert.equal(store.wantsSoon, true);
      await store.commit([], 'soon');
      assert.equal(store.wantsSoon, false);
      assert.equal(store.health().journalFill, 0);
    });
  });

  describe(`${name}: damaged records`, () => {
    it('are set aside while restoring, and stop nothing else', async () => {
      const { store } = await scene.opened();
      const good = put('p/good', encodeRecord('p/good', 1, { ok: true }));
      await store.commit([good, put('p/bad', encodeRecord('p/bad', 1, { ok: true }))], 'before-ack');
      await store.close([]);
      const damaged = { key: 'p/bad', value: encodeRecord('p/other', 1, { ok: true }) };
      await scene.rig.overwrite(damaged);
      const again = await scene.opened();
      await again.store.restore(async (chunk) => {
        for (const record of chunk) {
          const decoded = decodeRecord(record.key, record.value);
          if ('error' in decoded) await again.store.setAside(record, decoded.error);
        }
      });
      assert.deepEqual(await scene.recordsAfterCrash(), { 'p/good': good.value });
      assert.deepEqual(await scene.rig.quarantined(), [{ ...damaged, why: 'checksum' }]);
    });
  });
}
