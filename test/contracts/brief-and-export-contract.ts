/** The contract of a store: writes that are brief, and a consistent copy of all records. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytes, put, remove, rigJournalSlots, type StoreScene, text } from './store-scene.ts';

export function briefAndExportContract(name: string, scene: StoreScene): void {
  describe(`${name}: brief writes`, () => {
    const brief = (key: string) => ({ ...put(key, bytes(`brief ${key}`)), brief: true as const });

    it('are durable like any other', async () => {
      const { store } = await scene.opened();
      await store.commit([brief('e/1'), put('a', bytes('1'))], 'before-ack');
      await store.commit([], 'soon');
      await store.commit([brief('e/2'), put('a', bytes('2'))], 'before-ack');
      assert.deepEqual(await scene.recordsAfterCrash(), {
        a: bytes('2'),
        'e/1': bytes('brief e/1'),
        'e/2': bytes('brief e/2'),
      });
    });

    for (const removedWith of ['before-ack', 'soon'] as const) {
      it(`that were removed (${removedWith}) stay so`, async () => {
        const { store } = await scene.opened();
        for (let id = 1; id <= 5; id++) await store.commit([brief(`e/${id}`), put('a', bytes(`${id}`))], 'before-ack');
        await store.commit([put('s', bytes('1'))], 'soon');
        await store.commit([remove('e/3'), remove('e/1')], removedWith);
        await store.commit([put('s', bytes('2'))], 'soon');
        assert.deepEqual(Object.keys(await scene.recordsAfterCrash()), ['a', 'e/2', 'e/4', 'e/5', 's']);
      });
    }

    it('that come and go for ever never fill the store', async () => {
      const { store } = await scene.opened();
      for (let id = 1; id <= 6 * rigJournalSlots; id++) {
        await store.commit([brief(`e/${String(id).padStart(3, '0')}`)], 'before-ack');
        if (id > 5) await store.commit([remove(`e/${String(id - 5).padStart(3, '0')}`)], 'soon');
      }
      assert.equal(Object.keys(await scene.recordsAfterCrash()).length, 5);
    });
  });

  describe(`${name}: export`, () => {
    it('holds everything but connections that are alive and what is the store own', async () => {
      const { store } = await scene.opened();
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
      const { store } = await scene.opened();
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
}
