/** Our layer as client of libcoap's `coap-server`, written by others, over UDP: long bodies, and datagrams lost both ways. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { CoapRequest } from '../../src/coap/request.ts';
import { installed, longBody, SocketEndpoint } from './socket-endpoint.ts';

const program = installed(['coap-server', 'coap-server-notls', 'coap-server-openssl', 'coap-server-gnutls']);
const skip = program === undefined && process.env['CI'] !== 'true' ? 'libcoap (libcoap3-bin) is not installed' : false;
const megabyte = 1_048_576;

describe("libcoap's coap-server", { skip }, () => {
  let server: ChildProcess;
  let port: number;

  before(async () => {
    assert.ok(program !== undefined, 'libcoap (libcoap3-bin) has to be installed where CI=true');
    port = await freePort();
    server = spawn(program, ['-A', '127.0.0.1', '-p', `${port}`, '-d', '10', '-v', '0'], { stdio: 'ignore' });
    const endpoint = await SocketEndpoint.open({ parameters: { ackTimeoutMs: 20 } });
    while (typeof (await endpoint.request(port, { method: 'GET', path: ['time'] })) === 'string') await pause(20);
    endpoint.close();
  });

  after(async () => {
    server.kill();
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  });

  // In blocks of 64 bytes one body of 1 MB takes more message IDs than a peer has in 247 s.
  for (const [blockBytes, bytes, loss] of [
    [1_024, megabyte, 0],
    [1_024, megabyte, 0.01],
    [64, 200_000, 0.002],
  ] as const) {
    test(`takes and gives ${bytes} bytes in blocks of ${blockBytes}, loss ${loss}`, async (context) => {
      const parameters = { blockBytes, bodyBytes: megabyte, ackTimeoutMs: 100 };
      const endpoint = await SocketEndpoint.open({ loss, parameters });
      context.after(() => endpoint.close());
      const body = longBody(bytes);
      const file: CoapRequest = { method: 'PUT', path: [`file-${blockBytes}-${loss}`] };
      const payload = Buffer.from(body);
      const written = await endpoint.request(port, { ...file, contentFormat: 0, payload });
      assert.equal(typeof written === 'string' ? written : written.code, '2.01');
      const read = await endpoint.request(port, { ...file, method: 'GET' });
      assert.ok(typeof read !== 'string', `${read}`);
      assert.equal(read.code, '2.05');
      assert.ok(Buffer.from(read.payload).toString() === body, 'whole');
      if (loss > 0) assert.ok(endpoint.lost > 0, 'something was lost');
      context.diagnostic(`${endpoint.lost} datagrams lost`);
    });
  }

  test('gives no more than we take', async (context) => {
    const endpoint = await SocketEndpoint.open({ parameters: { ackTimeoutMs: 100 } });
    context.after(() => endpoint.close());
    const path = ['too long'];
    await endpoint.request(port, { method: 'PUT', path, payload: Buffer.from(longBody(70_000)) });
    assert.equal(await endpoint.request(port, { method: 'GET', path }), 'body-too-large');
  });

  test('answers late, after an empty acknowledgement', async (context) => {
    const endpoint = await SocketEndpoint.open({});
    context.after(() => endpoint.close());
    const late = await endpoint.request(port, { method: 'GET', path: ['async'], query: ['1'] });
    assert.equal(typeof late === 'string' ? late : Buffer.from(late.payload).toString(), 'done');
  });

  test('is observed, and tells by itself', async (context) => {
    const endpoint = await SocketEndpoint.open({});
    context.after(() => endpoint.close());
    const clock: CoapRequest = { method: 'GET', path: ['time'], observe: 0 };
    const begun = await endpoint.request(port, clock);
    assert.ok(typeof begun !== 'string' && begun.observe !== undefined, 'it counts us as observer');
    while (endpoint.notifications.length < 2) await pause(50);
    const [first, second] = endpoint.notifications;
    assert.ok((second?.observe ?? 0) > (first?.observe ?? 0), 'in order');
  });
});

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}
