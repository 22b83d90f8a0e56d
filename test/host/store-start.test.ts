import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Gateway } from '../../src/gateway/contract.ts';
import { jsonLog } from '../../src/host/log.ts';
import { StoreOpenError } from '../../src/host/store/store.ts';
import { startStore } from '../../src/host/store-start.ts';
import { SimulatedDisk } from '../simulation/simulated-disk.ts';
import { SimulatedStore } from '../simulation/simulated-store.ts';
import { FakeGateway, NotYetServing, testClock } from './fakes.ts';

test('a store that opens and cannot be read is opened once more, for a machine that has seen nothing of it', async () => {
  const { how, made, lines } = startOf((tries) => tries === 1);
  const { store, opened, gateway } = await startStore(how);
  assert.deepEqual([made.stores.length, store, opened.generation], [2, made.stores[1], 2]);
  assert.deepEqual([made.gateways.length, gateway], [2, made.gateways[1]]);
  assert.deepEqual(made.gateways[1]?.steps, ['restored', 'read all']);
  assert.match(lines[0] ?? '', /not be read: a bad block; it is tried once more, on a repaired copy/);
  assert.doesNotMatch(lines[0] ?? '', /stack|no good/);
});

test('a store that cannot be read twice ends the start with its sentence', async () => {
  const { how, made } = startOf(() => true);
  await assert.rejects(startStore(how), /no good/);
  assert.equal(made.stores.length, 2);
});

test('damage that no further open repairs ends the start at once', async () => {
  const { how, made, lines } = startOf(() => true, false);
  await assert.rejects(startStore(how), /no good/);
  assert.deepEqual([made.stores.length, lines], [1, []]);
});

function unread(nextOpenRepairs: boolean): StoreOpenError {
  return Object.assign(new StoreOpenError('damaged', 'no good', new Error('a bad block')), { nextOpenRepairs });
}

function startOf(isDamaged: (tries: number) => boolean, nextOpenRepairs = true) {
  const disk = new SimulatedDisk();
  const made = { stores: [] as SimulatedStore[], gateways: [] as FakeGateway[] };
  const lines: string[] = [];
  const how = {
    makeStore: () => {
      const store = new SimulatedStore(disk);
      made.stores.push(store);
      if (isDamaged(made.stores.length)) store.restore = () => Promise.reject(unread(nextOpenRepairs));
      return store;
    },
    createGateway: () => {
      const gateway = new FakeGateway();
      made.gateways.push(gateway);
      return gateway;
    },
    clock: testClock,
    servingWith: ({ gateway }: { gateway: Gateway }) => new NotYetServing(gateway),
    log: jsonLog('debug', { write: (line) => void lines.push(line) }),
  };
  return { how, made, lines };
}
