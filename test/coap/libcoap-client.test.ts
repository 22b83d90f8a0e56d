/** libcoap's `coap-client`, written by others, against our layer over UDP, with datagrams lost both ways. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { accessSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { Coap } from '../../src/coap/coap.ts';
import type { CoapOutput } from '../../src/coap/output.ts';
import { at, chance, newCoap, peer } from './coap-world.ts';

const program = ['coap-client', 'coap-client-notls', 'coap-client-openssl', 'coap-client-gnutls'].find(isInstalled);
const skip = program === undefined && process.env['CI'] !== 'true' ? 'libcoap (libcoap3-bin) is not installed' : false;
const body = 'abcdefghijklmnopqrstuvwxyz012345'.repeat(500);

for (const [size, loss] of [
  ['64', 0],
  ['1024', 0],
  ['1024', 0.04],
] as const) {
  test(`coap-client reads and writes ${body.length} bytes, -b ${size}, loss ${loss}`, { skip }, async () => {
    const received = await served(loss, async (port, file) => {
      const uri = `coap://127.0.0.1:${port}/file`;
      assert.equal((await run(['-b', size, '-m', 'get', uri])).trim(), body);
      await run(['-b', size, '-m', 'put', '-f', file, uri]);
    });
    assert.deepEqual(received, [body], 'whole, and carried out once');
  });
}

async function run(words: readonly string[]): Promise<string> {
  assert.ok(program !== undefined, 'libcoap (libcoap3-bin) has to be installed where CI=true');
  const { stdout } = await promisify(execFile)(program, ['-B', '60', ...words], { timeout: 60_000 });
  return stdout;
}

/** Serves `body` while `use` runs; the bodies that were written. */
async function served(loss: number, use: (port: number, file: string) => Promise<void>): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-libcoap-'));
  const file = join(directory, 'body');
  writeFileSync(file, body);
  const random = chance(11);
  const coap = newCoap();
  const socket = createSocket('udp4');
  const received: string[] = [];
  let port = 0;
  const take = (output: CoapOutput): void => {
    for (const { bytes } of output.send) if (random() >= loss) socket.send(bytes, port, '127.0.0.1');
    for (const event of output.events) if (event.kind === 'request') take(answer(coap, event, received));
  };
  let association = 0;
  socket.on('message', (bytes, from) => {
    if (from.port !== port) association++;
    port = from.port;
    if (random() >= loss) take(coap.receive(peer, association, bytes, at(performance.now())));
  });
  const timer = setInterval(() => take(coap.advance(at(performance.now()))), 50);
  try {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    await use(socket.address().port, file);
  } finally {
    clearInterval(timer);
    socket.close();
    rmSync(directory, { recursive: true });
  }
  return received;
}

function answer(
  coap: Coap,
  { exchange, request }: Extract<CoapOutput['events'][number], { kind: 'request' }>,
  received: string[],
): CoapOutput {
  const now = at(performance.now());
  if (request.method === 'GET') return coap.respond(peer, exchange, { code: '2.05', payload: Buffer.from(body) }, now);
  received.push(Buffer.from(request.payload).toString());
  return coap.respond(peer, exchange, { code: '2.04' }, now);
}

function isInstalled(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, name));
      return true;
    } catch {
      return false;
    }
  });
}
