/** The gateway on another board, over a copy of the store: who is registered stays so, and shakes hands once. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { generate } from 'coap-packet';
import type { StoredRecord } from '../../src/commit/commit.ts';
import { LevelStore } from '../../src/host/store/level-store.ts';
import { datagram, ImmediateGateway } from '../gateway/immediate-gateway.ts';
import { atLocation, register } from '../gateway/plain-gateway.ts';
import { seal } from '../mbedtls-wasm/pair.ts';

test('on another board registrations and keys are there, the old connection is not, and a new one is let in', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-moved-'));
  try {
    const first = new ImmediateGateway();
    const device = first.handshake('a');
    first.receive(datagram(seal(device, new Uint8Array(generate(register('a'))))));
    const store = on(directory, 'board a');
    await store.open();
    const writes = [...first.durable.values()].filter(({ key }) => !key.startsWith('m/'));
    assert.ok(['as/', 'aw/', 'cr/', 'rg/'].every((prefix) => writes.some(({ key }) => key.startsWith(prefix))));
    await store.commit(writes, 'before-ack');
    await store.close();

    const same = await goneOn(directory, 'board a');
    assert.deepEqual([same.notes, answers(same.gateway, device)], [[], true]);
    const moved = await goneOn(directory, 'board b');
    assert.match(moved.notes.join(), /another board/);
    assert.ok(moved.keys.every((key) => !key.startsWith('as/') && !key.startsWith('aw/')));
    const answer = moved.gateway.inspect({ kind: 'device', endpoint: 'a' });
    assert.ok(answer.kind === 'device' && answer.device?.registrationId !== undefined);
    assert.equal(answers(moved.gateway, device), false, 'not over the old connection');
    assert.equal(answers(moved.gateway, moved.gateway.handshake('a')), true);
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
});

/** A start on a board that ends without a word. */
async function goneOn(directory: string, board: string) {
  const store = on(directory, board);
  const { generation, notes } = await store.open();
  const records: StoredRecord[] = [];
  await store.restore((chunk) => void records.push(...chunk));
  await store.close();
  return { notes, keys: records.map(({ key }) => key), gateway: new ImmediateGateway({}, { records, generation }) };
}

/** Whether a request over this connection is answered. */
function answers(gateway: ImmediateGateway, device: ReturnType<ImmediateGateway['device']>): boolean {
  const request = new Uint8Array(generate(atLocation('POST', ['rd', 'nobody'])));
  return gateway.receive(datagram(seal(device, request))).send.length > 0;
}

function on(directory: string, board: string): LevelStore {
  return new LevelStore({ directory, board, journalBytes: 65_536, ballastBytes: 4_096 });
}
