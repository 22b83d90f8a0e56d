/** npm `coap`, written by others, as server and as client of our layer over UDP. Its holes are not ours: npm-coap-holes-*.test.ts. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, createServer, type IncomingMessage } from 'coap';
import type { CoapRequest } from '../../src/coap/request.ts';
import { longBody, SocketEndpoint } from './socket-endpoint.ts';

/** Its own types leave out what these inherit. */
interface Received extends NodeJS.ReadableStream {
  readonly method: string;
  readonly code: string;
  readonly payload: Buffer;
}

const megabyte = 1_048_576;

for (const [bytes, blockBytes, loss] of [
  [10, 1_024, 0],
  [262_144, 1_024, 0],
  [16_384, 64, 0.02],
] as const) {
  test(`as server it takes and gives ${bytes} bytes in blocks of ${blockBytes}, loss ${loss}`, async (context) => {
    const body = longBody(bytes);
    const written: string[] = [];
    const server = createServer({ reuseAddr: false }, (message, response) => {
      const request = message as unknown as Received;
      if (request.method === 'GET') return void response.end(body);
      written.push(request.payload.toString());
      response.statusCode = '2.04';
      response.end();
    });
    const port = await new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve(portOf(server))));
    const parameters = { blockBytes, bodyBytes: megabyte, ackTimeoutMs: 100 };
    const endpoint = await SocketEndpoint.open({ loss, parameters });
    context.after(() => {
      endpoint.close();
      server.close();
    });
    const file: CoapRequest = { method: 'PUT', path: ['file'] };
    const put = await endpoint.request(port, { ...file, payload: Buffer.from(body) });
    assert.equal(typeof put === 'string' ? put : put.code, '2.04');
    assert.ok(written.at(-1) === body, 'written whole');
    const read = await endpoint.request(port, { ...file, method: 'GET' });
    assert.ok(typeof read !== 'string' && Buffer.from(read.payload).toString() === body, 'read whole');
    if (loss > 0) assert.ok(endpoint.lost > 0, 'something was lost');
  });
}

test('as server it is observed', async (context) => {
  const server = createServer({ reuseAddr: false }, (_, response) => {
    response.write('1');
    const ticks = setInterval(() => response.write('2'), 50);
    response.on('finish', () => clearInterval(ticks));
    context.after(() => clearInterval(ticks));
  });
  const port = await new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve(portOf(server))));
  const endpoint = await SocketEndpoint.open({});
  context.after(() => {
    endpoint.close();
    server.close();
  });
  const begun = await endpoint.request(port, { method: 'GET', path: ['clock'], observe: 0 });
  assert.ok(typeof begun !== 'string' && begun.observe !== undefined);
  while (endpoint.notifications.length < 2) await pause(10);
  assert.equal(Buffer.from(endpoint.notifications[0]?.payload ?? []).toString(), '2');
});

for (const bytes of [10, 65_536, megabyte]) {
  test(`as client it reads and writes ${bytes} bytes`, async (context) => {
    const body = longBody(bytes);
    const endpoint = await SocketEndpoint.open({
      parameters: { bodyBytes: megabyte },
      answer: ({ method }) => (method === 'GET' ? { code: '2.05', payload: Buffer.from(body) } : { code: '2.04' }),
    });
    const agent = new Agent();
    context.after(() => {
      endpoint.close();
      agent.close();
    });
    const read = await ask(agent, endpoint.port, 'GET', '');
    assert.ok(read.code === '2.05' && read.payload.toString() === body, 'read whole');
    assert.equal((await ask(agent, endpoint.port, 'PUT', body)).code, '2.04');
    const written = endpoint.requests.filter(({ method }) => method === 'PUT');
    assert.equal(written.length, 1, 'carried out once');
    assert.ok(Buffer.from(written[0]?.payload ?? []).toString() === body, 'written whole');
  });
}

/** Blocks of 1,024 bytes are what it cuts when it is told so. */
async function ask(agent: Agent, port: number, method: 'GET' | 'PUT', body: string): Promise<Received> {
  const request = agent.request({ hostname: '127.0.0.1', port, method, pathname: '/file' });
  if (body.length > 1_024) request.setOption('Block1', Buffer.of(6));
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response as unknown as Received;
}

function portOf(server: object): number {
  return (server as { _sock: { address(): { port: number } } })._sock.address().port;
}
