/** The whole gateway over the real store's files on a disk that fails: what devices hear, and what the next process knows. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { generate, type Packet, type ParsedPacket, parse } from 'coap-packet';
import { address } from '../../src/base/address.ts';
import { CommitScheduler } from '../../src/commit/commit-scheduler.ts';
import { frameBytes } from '../../src/commit/journal/frame.ts';
import type { Gateway } from '../../src/gateway/contract.ts';
import { createGateway } from '../../src/gateway/gateway.ts';
import { jsonLog } from '../../src/host/log.ts';
import { Runtime } from '../../src/host/runtime.ts';
import { startStore } from '../../src/host/store-start.ts';
import { atLocation, locationOf, register } from '../gateway/plain-gateway.ts';
import { generator, makeEngine } from '../mbedtls-wasm/pair.ts';
import { FakeTransport, field, NotYetServing, testClock } from './fakes.ts';
import { FaultyFiles } from './store/faulty-files.ts';

const quiet = jsonLog('debug', { write: () => {} });

let files: FaultyFiles;
let process: Process;
beforeEach(async () => {
  files = new FaultyFiles(await mkdtemp(join(tmpdir(), 'holdfast-disk-')));
  process = await started();
});
afterEach(async () => {
  files.fault = undefined;
  await process.runtime.stop();
  await rm(files.directory, { recursive: true, force: true, maxRetries: 5 });
});

it('LevelDB alone fails: devices register on, operators see no state, and it heals by itself', async () => {
  files.fault = { on: 'database', error: 'failed', reaches: 'all', atOpen: true };
  await until(() => process.troubles > 0);
  assert.equal(codes(await process.says(1, register('meter-1')))[0], '2.01');
  assert.deepEqual(process.states, []);
  const opens = files.opens.database;
  files.fault = undefined;
  await until(() => files.opens.database > opens);
  await sleep(60);
  assert.equal(codes(await process.says(2, register('meter-2')))[0], '2.01');
  await killed();
  assert.deepEqual(process.registered(), ['meter-1', 'meter-2']);
});

it('a full disk: changes get 5.03, what needs no write goes on, and what was never acknowledged comes once', async () => {
  const location = locationOf(await process.says(1, register('meter-1')));
  files.fault = { on: 'both', error: 'full', reaches: 'nothing', atOpen: true };
  assert.deepEqual(codes(await process.says(2, register('meter-2'), 300)), [], 'no answer before it is stored');
  await until(() => process.states.includes('full'));
  assert.equal(codes(await process.says(3, register('meter-3')))[0], '5.03');
  assert.equal(codes(await process.says(1, atLocation('POST', location)))[0], '2.04');
  files.fault = undefined;
  const waited: string[] = [];
  await until(() => {
    waited.push(...codes(process.heard(2)));
    return waited.length > 0;
  });
  assert.deepEqual([waited, process.states.at(-1)], [['2.01'], 'ok'], 'it waited for the store');
  assert.equal(codes(await process.says(3, register('meter-3')))[0], '2.01');
  await killed();
  assert.deepEqual(process.registered(), ['meter-1', 'meter-2', 'meter-3']);
});

it('half a frame in the journal and an error: nobody hears of it, and the next process finds no damage', async () => {
  await process.says(1, register('meter-1'));
  files.fault = { on: 'journal', error: 'failed', reaches: 'half', atOpen: false };
  assert.equal(codes(await process.says(2, register('meter-2')))[0], '2.01');
  assert.deepEqual(process.states, []);
  await killed();
  assert.deepEqual([process.registered(), process.notes], [['meter-1', 'meter-2'], []]);
});

/** The process ends without a word, and the next one starts. */
async function killed(): Promise<void> {
  files.end();
  files.fault = undefined;
  assert.equal(await process.runtime.stop(), false);
  process = await started();
}

class Process {
  readonly states: string[] = [];
  troubles = 0;
  readonly transport = new FakeTransport();
  readonly gateway: Gateway;
  readonly notes: readonly string[];
  readonly runtime: Runtime;

  constructor({ gateway, store, opened, serving }: Awaited<ReturnType<typeof opening>>) {
    [this.gateway, this.notes] = [gateway, opened.notes];
    this.runtime = new Runtime({
      gateway,
      store,
      scheduler: new CommitScheduler({ spacingMs: 1, soonWindowMs: 50 }),
      clock: testClock,
      transports: [this.transport],
      fatal: (error) => {
        throw error;
      },
      storeReport: (state) => this.states.push(state),
      storeTrouble: () => this.troubles++,
      recoverFirstMs: 20,
    });
    this.runtime.start(serving.outcome);
  }

  /** The answers within a time, or until there is one. */
  async says(device: number, packet: Packet, withinMs = 3_000): Promise<ParsedPacket[]> {
    const from = address('192.0.2.1', 5_000 + device);
    this.transport.handler?.(field, from, new Uint8Array(generate(packet)));
    for (const endMs = performance.now() + withinMs; performance.now() < endMs; await sleep(2)) {
      const heard = this.heard(device);
      if (heard.length > 0) return heard;
    }
    return [];
  }

  /** What was sent to a device since this was asked last; the empty ACK of a late answer aside. */
  heard(device: number): ParsedPacket[] {
    const to = address('192.0.2.1', 5_000 + device);
    const { sent } = this.transport;
    const found = sent.filter((datagram) => datagram.to === to);
    for (const datagram of found) sent.splice(sent.indexOf(datagram), 1);
    return found.map(({ bytes }) => parse(Buffer.from(bytes))).filter(({ code }) => code !== '0.00');
  }

  registered(): string[] {
    const answer = this.gateway.inspect({ kind: 'devices', limit: 10 }, testClock.now());
    return answer.kind === 'devices' ? answer.devices.map(({ endpoint }) => endpoint).sort() : [];
  }
}

function codes(packets: readonly ParsedPacket[]): string[] {
  return packets.map(({ code }) => code);
}

async function started(): Promise<Process> {
  return new Process(await opening());
}

function opening() {
  const next = generator(7);
  const clock = { monotonicMs: 0, wallMs: 0 };
  return startStore({
    makeStore: () => files.store(16 * frameBytes),
    createGateway: () =>
      createGateway({
        configuration: { listeners: [{ name: field, security: 'none' }], soonWindowMs: 50 },
        engine: makeEngine(8, clock),
        entropy: (into) => {
          for (let i = 0; i < into.length; i++) into[i] = next() * 256;
        },
        aead: { seal: (plaintext) => plaintext, open: (sealed) => sealed },
      }),
    clock: testClock,
    log: quiet,
    servingWith: ({ gateway }) => new NotYetServing(gateway),
  });
}

async function until(holds: () => boolean): Promise<void> {
  for (let turns = 0; turns < 2_000 && !holds(); turns++) await sleep(2);
  assert.ok(holds(), 'within 4 s');
}
