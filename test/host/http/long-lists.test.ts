import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { limits } from '../../../src/base/limits.ts';
import type { Answer, Query } from '../../../src/gateway/views.ts';
import { device } from '../../management/fake-knowledge.ts';
import { ask, FakeMachine, open, serving } from './fake-machine.ts';

const fleet = 10_000;
const fleetDevices = Array.from({ length: fleet }, (_, i) => device(`device-${String(i).padStart(5, '0')}`));

/** Counts the devices that are looked at in each turn of the event loop, as libuv numbers them. */
class CountingMachine extends FakeMachine {
  chunks = 0;
  private readonly byTurn = new Map<number, number>();

  override inspect(query: Query): Answer {
    if (query.kind !== 'devices') return super.inspect(query);
    const { limit } = query;
    const start = query.after === undefined ? 0 : Number(query.after.slice('device-'.length)) + 1;
    const devices = fleetDevices.slice(start, start + limit);
    const turn = performance.nodeTiming.uvMetricsInfo.loopCount;
    this.byTurn.set(turn, (this.byTurn.get(turn) ?? 0) + devices.length);
    this.chunks++;
    return { kind: 'devices', devices, more: start + limit < fleet };
  }

  get mostInOneTurn(): number {
    return Math.max(...this.byTurn.values());
  }
}

test('a full listing of 10,000 devices never holds the event loop for more than one chunk', async (t) => {
  const machine = new CountingMachine();
  const { socketPath } = await serving(t, machine);
  const { status, body } = await ask(socketPath, '/api/holdfast/devices');
  assert.equal(status, 200);
  assert.deepEqual(
    JSON.parse(body).map((one: { endpoint: string }) => one.endpoint),
    fleetDevices.map((one) => one.endpoint),
  );
  assert.equal(body.split('\n').length, fleet + 3, 'one device a line, between two brackets');
  assert.equal(machine.mostInOneTurn, limits.listChunkDevices);
});

test('several listings at once share the turns', async (t) => {
  const machine = new CountingMachine();
  const { socketPath } = await serving(t, machine);
  const paths = ['/api/holdfast/devices', '/api/clients', '/api/holdfast/devices/nobody', '/api/holdfast/devices'];
  const answers = await Promise.all(paths.map((path) => ask(socketPath, path)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 404, 200],
  );
  assert.equal(machine.mostInOneTurn, limits.listChunkDevices);
});

test('a reader who takes nothing is not written for', async (t) => {
  const machine = new CountingMachine();
  const { socketPath } = await serving(t, machine);
  const message = await open(socketPath, '/api/holdfast/devices');
  message.pause();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const lookedAt = machine.chunks;
  assert.ok(lookedAt < fleet / limits.listChunkDevices, `${lookedAt} chunks were made`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(machine.chunks, lookedAt);
  let body = '';
  message.setEncoding('utf8');
  for await (const chunk of message) body += chunk;
  assert.equal(JSON.parse(body).length, fleet);
});

test('an empty list is a list', async (t) => {
  const { socketPath } = await serving(t, new FakeMachine());
  assert.deepEqual(JSON.parse((await ask(socketPath, '/api/clients')).body), []);
});
