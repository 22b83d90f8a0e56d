/** The contract of a store: its generation, and what a clean stop is. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import { encodeGeneration, generationKey } from '../../src/records/generation-record.ts';
import { bytes, contents, isOpenError, isStoreError, put, type StoreScene } from './store-scene.ts';

export function generationContract(name: string, scene: StoreScene): void {
  describe(`${name}: generation`, () => {
    it('rises with every open, however the last one ended', async () => {
      const first = await scene.opened();
      assert.equal(first.lastStop, 'first');
      await scene.rig.crash();
      const second = await scene.opened();
      assert.equal(second.generation, first.generation + 1);
      await second.store.close([]);
      const third = await scene.opened();
      assert.equal(third.generation, second.generation + 1);
      assert.deepEqual(third.notes, []);
    });

    for (const place of ['record', 'file'] as const) {
      for (const how of ['absent', 'unreadable'] as const) {
        it(`rises by a jump when the ${place} is ${how}, and says so`, async () => {
          const { store, generation } = await scene.opened();
          await store.commit([put(generationKey, encodeGeneration(generation + 7))], 'before-ack');
          await scene.rig.crash();
          await scene.rig.spoil(place, how);
          const next = await scene.opened();
          assert.equal(next.generation, generation + 7 + limits.generationJumpInDoubt);
          assert.equal(next.lastStop, 'unclean');
          assert.equal(next.notes.length, 1);
          await scene.rig.crash();
          assert.equal((await scene.opened()).generation, next.generation + 1, 'both places are whole again');
        });
      }
    }

    it('is not invented when both places are lost', async () => {
      const { store } = await scene.opened();
      await store.close([]);
      await scene.rig.spoil('record', 'absent');
      await scene.rig.spoil('file', 'unreadable');
      await assert.rejects(scene.rig.store().open(), isOpenError('damaged'));
    });

    it('raised by a commit counts at the next open', async () => {
      const { store, generation } = await scene.opened();
      await store.commit([put(generationKey, encodeGeneration(generation + 1)), put('a', bytes('1'))], 'before-ack');
      await scene.rig.crash();
      assert.equal((await scene.opened()).generation, generation + 2);
    });
  });

  describe(`${name}: clean stop`, () => {
    it('writes the last batch, and counts only once', async () => {
      const { store } = await scene.opened();
      await store.close([put('last', bytes('1'))]);
      const after = await scene.opened();
      assert.equal(after.lastStop, 'clean');
      assert.deepEqual(await contents(after.store), { last: bytes('1') });
      await scene.rig.crash();
      assert.equal((await scene.opened()).lastStop, 'unclean');
    });

    it('counts when the generation was raised on the way and in the last batch', async () => {
      const { store, generation } = await scene.opened();
      await store.commit([put(generationKey, encodeGeneration(generation + 1))], 'before-ack');
      await store.close([put(generationKey, encodeGeneration(generation + 2))]);
      const after = await scene.opened();
      assert.deepEqual([after.lastStop, after.generation], ['clean', generation + 3]);
    });

    it('is not one when the store is only closed, and closing twice is harmless', async () => {
      const { store } = await scene.opened();
      await store.close();
      await store.close();
      assert.equal((await scene.opened()).lastStop, 'unclean');
    });

    it('is not one when the last batch is refused; the store is closed all the same', async () => {
      const { store } = await scene.opened();
      scene.rig.refuse('full');
      await assert.rejects(store.close([put('a', bytes('1'))]), isStoreError('full'));
      scene.rig.refuse(undefined);
      assert.equal((await scene.opened()).lastStop, 'unclean');
    });
  });
}
