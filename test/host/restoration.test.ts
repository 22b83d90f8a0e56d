import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredRecord } from '../../src/commit/commit.ts';
import { type DamagedRecord, type Gateway, nothing } from '../../src/gateway/contract.ts';
import type { InHand } from '../../src/gateway/crash-loop.ts';
import { PeerRecords } from '../../src/gateway/peer-records.ts';
import { jsonLog } from '../../src/host/log.ts';
import { type RestorationGuard, type RestorationParts, restoreGateway } from '../../src/host/restoration.ts';
import { StartError } from '../../src/host/start-error.ts';
import { FakeGateway, NotYetServing, testClock } from './fakes.ts';

const chunks = [1, 2, 3].map((n) => [record(`a/${n}`), record(`b/${n}`)]);
const opened = { generation: 7, lastStop: 'clean', notes: [] } as const;

test('chunks are handed over with a turn of the event loop between them', async () => {
  const gateway = new FakeGateway();
  const immediate = (): void => {
    gateway.steps.push('turn');
    handle = setImmediate(immediate);
  };
  let handle = setImmediate(immediate);
  await restore(gateway, storeOf([]), quiet().log);
  clearImmediate(handle);
  assert.deepEqual(
    gateway.steps.filter((step, at, all) => step !== 'turn' || all[at - 1] !== 'turn'),
    ['restore', 'turn', 'restore', 'turn', 'restore', 'turn', 'restored', 'read all'],
  );
});

test('damaged records are set aside before the machine is told that it is restored', async () => {
  const gateway = new FakeGateway();
  const steps: string[] = gateway.steps;
  gateway.restore = (): readonly DamagedRecord[] => [{ record: record('a/1'), why: 'checksum', whose: 'meter-17' }];
  const { log, lines } = quiet();
  await restore(gateway, storeOf(steps), log);
  assert.deepEqual(steps, ['aside a/1', 'aside a/1', 'aside a/1', 'restored', 'read all']);
  assert.match(lines[1] ?? '', /"peer":"meter-17","reason":"checksum","record":"a\/1"/);
});

test('a record that cannot be set aside stops nothing', async () => {
  const gateway = new FakeGateway();
  gateway.restore = () => [{ record: record('a/1'), why: 'checksum', whose: undefined }];
  const { log, lines } = quiet();
  const failing = { ...storeOf([]), setAside: () => Promise.reject(new Error('no space')) };
  await restore(gateway, failing, log);
  assert.deepEqual(gateway.steps, ['restored', 'read all']);
  assert.match(lines[1] ?? '', /could not be set aside/);
});

test('a start whose every secret is sealed with another key is refused before anything is set aside', async () => {
  const keys = ['as/1', 'cr/meter', 'rg/meter'];
  const store = storeOf([]);
  const aside: string[] = [];
  const sealedStore = {
    restore: async (take: (chunk: readonly StoredRecord[]) => void | Promise<void>): Promise<string[]> => {
      await take(keys.map(record));
      return [];
    },
    setAside: async ({ key }: StoredRecord): Promise<void> => void aside.push(key),
  };
  const gateway = new FakeGateway();
  const damagedBy = (unopened: readonly string[]) => (): readonly DamagedRecord[] =>
    unopened.map((key) => ({ record: record(key), why: 'sealed', whose: undefined }));
  gateway.restore = damagedBy(['as/1', 'cr/meter']);
  const wrong = (error: unknown) => error instanceof StartError && error.exit === 35;
  await assert.rejects(restore(gateway, sealedStore, quiet().log), wrong);
  assert.deepEqual(aside, []);
  gateway.restore = damagedBy(['as/1']);
  await restore(gateway, sealedStore, quiet().log);
  assert.deepEqual(aside, ['as/1'], 'one of several is damage');
  gateway.restore = damagedBy([]);
  await restore(gateway, store, quiet().log);
});

test('what the store misses is logged and handed on', async () => {
  const { log, lines } = quiet();
  const notes = await restore(new FakeGateway(), storeOf([]), log);
  assert.deepEqual(notes, ['2 of 8 are gone']);
  assert.match(lines[0] ?? '', /"reason":"records-vanished".*2 of 8 are gone/);
});

test('what is convicted is set aside unread; a record is told as repaired, a peer is handed to the machine', async () => {
  const steps: string[] = [];
  const { log } = quiet();
  const gateway = new FakeGateway();
  const handedOver: string[] = [];
  const ends: unknown[] = [];
  gateway.restore = (chunk: readonly StoredRecord[] = []) => {
    handedOver.push(...chunk.map(({ key }) => key));
    return [];
  };
  gateway.restored = (_generation?: number, _lastStop?: string, _now?: unknown, culprit?: InHand) => {
    ends.push(culprit);
    return nothing;
  };
  const guarded = (culprit: InHand) => restore(gateway, storeOf(steps), log, guardAgainst(culprit));
  const poison: InHand = { kind: 'record', name: 'b/2' };
  const notes = await guarded(poison);
  assert.deepEqual(handedOver, ['a/1', 'b/1', 'a/2', 'a/3', 'b/3']);
  assert.deepEqual([steps, ends], [['aside b/2'], [poison]]);
  assert.match(notes.at(-1) ?? '', /^The record b\/2 was set aside/);
  const peer: InHand = { kind: 'peer', name: 'field|meter' };
  assert.equal((await guarded(peer)).length, 1, 'only what the store misses');
  assert.deepEqual(ends.at(-1), peer);
});

test('devices are served while what is late is read; what is damaged of it is set aside before it counts', async () => {
  const gateway = new FakeGateway();
  const late = ['rl/a/x/1', 'wi/b/x'].map((key) => [record(key)]);
  const store = { ...storeOf(gateway.steps), restore: handingOver([...chunks, ...late]) };
  await restore(gateway, store, quiet().log);
  assert.deepEqual(gateway.steps.slice(-2), ['restored', 'read all'], 'this machine may not serve earlier');
  gateway.steps.length = 0;
  gateway.mayServe = true;
  gateway.restore = (chunk: readonly StoredRecord[] = []): readonly DamagedRecord[] => {
    const damaged = chunk.filter(({ key }) => key.startsWith('rl/'));
    gateway.steps.push(chunk[0]?.key ?? '');
    return damaged.map((one) => ({ record: one, why: 'checksum', whose: 'a' }));
  };
  await restore(gateway, store, quiet().log);
  const first = ['a/1', 'a/2', 'a/3', 'restored'];
  assert.deepEqual(gateway.steps, [
    ...first,
    ...['rl/a/x/1', 'aside rl/a/x/1', 'read on'],
    ...['wi/b/x', 'read on', 'read all'],
  ]);
  gateway.steps.length = 0;
  await restore(gateway, store, quiet().log, guardAgainst({ kind: 'record', name: 'b/2' }));
  assert.deepEqual(
    gateway.steps.slice(-3),
    ['aside b/2', 'restored', 'read all'],
    'whoever is convicted is muted first',
  );
});

function guardAgainst(culprit: InHand): RestorationGuard {
  const aead = { seal: (bytes: Uint8Array) => bytes, open: (bytes: Uint8Array) => bytes };
  return { culprit, nothingInHand: () => {}, recordsOf: (peer) => new PeerRecords(peer, aead) };
}

function restore(
  gateway: Gateway,
  store: RestorationParts['store'],
  log: RestorationParts['log'],
  guard?: RestorationGuard,
): Promise<readonly string[]> {
  const serving = new NotYetServing(gateway);
  return restoreGateway({ gateway, store, opened, clock: testClock, log, serving, guard });
}

function handingOver(all: readonly (readonly StoredRecord[])[]): RestorationParts['store']['restore'] {
  return async (take) => {
    for (const chunk of all) await take(chunk);
    return ['2 of 8 are gone'];
  };
}

function record(key: string): StoredRecord {
  return { key, value: new Uint8Array([1]) };
}

function storeOf(steps: string[]) {
  return {
    restore: handingOver(chunks),
    setAside: async ({ key }: StoredRecord): Promise<void> => {
      steps.push(`aside ${key}`);
    },
  };
}

function quiet() {
  const lines: string[] = [];
  return { lines, log: jsonLog('debug', { write: (line) => void lines.push(line) }) };
}
