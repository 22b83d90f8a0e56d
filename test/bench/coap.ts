/**
 * `npm run bench -- coap [--json]`: what a confirmable request costs over loopback, as processor time of the process that
 * serves (or asks) with the load in another one, beside a bare socket and the npm package `coap` in the same run; and what
 * exchanges and observations cost in memory.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Coap } from '../../src/coap/coap.ts';
import { decode, encode } from '../../src/coap/codec.ts';
import type { CoapMessage } from '../../src/coap/message.ts';
import type { ExchangeId, PeerId } from '../../src/coap/output.ts';
import { at, entropyOf, wire } from '../coap/coap-world.ts';
import { medianOf, processorSecondsOf } from './measure.ts';
import { heapBytes } from './memory.ts';

interface CoapFigures {
  readonly floorUs: number;
  readonly serverUs: number;
  readonly npmCoapUs: number;
  readonly clientUs: number;
  readonly codecParseUs: number;
  readonly codecEncodeUs: number;
  readonly exchangeBytes: number;
  readonly answeredExchangeBytes: number;
  readonly observationBytes: number;
}

const program = fileURLToPath(new URL('coap-process.js', import.meta.url));
const peers = Array.from({ length: 1_000 }, (_, index) => `field/device-${index}` as PeerId);
const perPeer = 20;
/** Half of the 8,192 message IDs that a peer has in EXCHANGE_LIFETIME. */
const clientRequestsMax = 4_000;
/** A process of the bench that says nothing for so long has failed. */
const silenceMsMax = 60_000;
const message = {
  code: '0.02',
  token: 'a1b2c3d4',
  options: [
    ['Uri-Path', 'rd'],
    ['Uri-Query', 'ep=meter-17'],
    ['Uri-Query', 'lt=300'],
  ],
  payload: '</1/0>,</3/0>',
} as const;

/** The figures on the screen, or with `--json` as one line. */
export async function benchCoap(words: readonly string[]): Promise<void> {
  const json = words.includes('--json');
  const figures = await coapFigures(3, 20_000);
  if (json) process.stdout.write(`${JSON.stringify(figures)}\n`);
  else for (const [name, value] of Object.entries(figures)) process.stdout.write(`${name.padEnd(24)}${value}\n`);
}

/** Medians of the rounds; servers take turns in each, so that the noise of a machine falls upon all. */
async function coapFigures(rounds: number, requests: number): Promise<CoapFigures> {
  const floor: number[] = [];
  const server: number[] = [];
  const npmCoap: number[] = [];
  const client: number[] = [];
  for (let round = 0; round < rounds; round++) {
    floor.push(await serverUs('floor', requests));
    server.push(await serverUs('server', requests));
    npmCoap.push(await serverUs('npm-coap', requests));
    client.push(await clientUs(Math.min(requests, clientRequestsMax)));
  }
  return {
    floorUs: tenths(medianOf(floor)),
    serverUs: tenths(medianOf(server)),
    npmCoapUs: tenths(medianOf(npmCoap)),
    clientUs: tenths(medianOf(client)),
    ...codecFigures(requests),
    ...memoryFigures(),
  };
}

/** A server that has become warm serves the load. */
async function serverUs(role: string, requests: number): Promise<number> {
  const server = fork(program, [role], { execArgv: [] });
  const port = await told(server, 'port');
  await wholeLoad('load', port, requests);
  const before = await cpuUs(server);
  await wholeLoad('load', port, requests);
  const us = ((await cpuUs(server)) - before) / requests;
  await end(server);
  return us;
}

/** What a client of twice as many requests takes more: beginning and becoming warm are left out. */
async function clientUs(requests: number): Promise<number> {
  const server = fork(program, ['floor'], { execArgv: [] });
  const port = await told(server, 'port');
  const once = await wholeLoad('client', port, requests);
  const twice = await wholeLoad('client', port, 2 * requests);
  await end(server);
  return (twice - once) / requests;
}

/** Runs a load to its end; the processor time that it took itself. */
async function wholeLoad(role: string, port: number, requests: number): Promise<number> {
  const child = fork(program, [role, `${port}`, `${requests}`], { execArgv: [] });
  await told(child, 'done');
  const us = await cpuUs(child);
  await end(child);
  return us;
}

async function cpuUs(child: ChildProcess): Promise<number> {
  child.send('cpu');
  return await told(child, 'cpuUs');
}

async function told(child: ChildProcess, key: string): Promise<number> {
  const [what] = await once(child, 'message', { signal: AbortSignal.timeout(silenceMsMax) });
  assert.ok(key in what, `a process of the bench tells ${key}`);
  return Number(what[key]);
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.disconnect();
  await gone;
}

function codecFigures(count: number): { codecParseUs: number; codecEncodeUs: number } {
  const bytes = wire({ ...message, id: 1 });
  const decoded = decode(bytes) as CoapMessage;
  for (let warm = 0; warm < 20_000; warm++) encode(decode(bytes) as CoapMessage);
  const parse = processorSecondsOf(10 * count, () => decode(bytes));
  const write = processorSecondsOf(10 * count, () => encode(decoded));
  return { codecParseUs: hundredths(parse * 1e6), codecEncodeUs: hundredths(write * 1e6) };
}

function memoryFigures(): { exchangeBytes: number; answeredExchangeBytes: number; observationBytes: number } {
  const count = peers.length * perPeer;
  const coap = new Coap({ entropy: entropyOf(1) });
  const exchanges = new Float64Array(count);
  const before = heapBytes();
  for (let index = 0; index < count; index++) {
    const bytes = wire({ ...message, id: Math.floor(index / peers.length) });
    const [event] = coap.receive(peerOf(index), 1, bytes, at(0)).events;
    assert.ok(event?.kind === 'request');
    exchanges[index] = event.exchange;
  }
  const open = heapBytes();
  for (let index = 0; index < count; index++)
    coap.respond(peerOf(index), exchanges[index] as ExchangeId, { code: '2.04' }, at(10));
  const answered = heapBytes();
  assert.equal(coap.statistics().exchangesRemembered, count);
  const observing = new Coap({ entropy: entropyOf(1) });
  const without = heapBytes();
  for (let index = 0; index < count; index++) {
    const token = Uint8Array.of(1, index >> 16, index >> 8, index);
    const request = { method: 'GET', path: ['3303', `${index % perPeer}`, '5700'], observe: 0 } as const;
    observing.restoreObservation(peerOf(index), { token, request, lastSequence: 1 }, at(0));
  }
  const observed = heapBytes();
  assert.equal(observing.statistics().observations, count);
  return {
    exchangeBytes: Math.round((open - before) / count),
    answeredExchangeBytes: Math.round((answered - before) / count),
    observationBytes: Math.round((observed - without) / count),
  };
}

function peerOf(index: number): PeerId {
  return peers[index % peers.length] as PeerId;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
