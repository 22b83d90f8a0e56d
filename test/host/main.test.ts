/** The real program: a device with DTLS registers, the gateway is killed, the device goes on over the same connection. */
import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { generate, type ParsedPacket, parse } from 'coap-packet';
import { type Connection, Engine, type Progress, pskSuites } from 'mbedtls-wasm';
import { readWasm } from 'mbedtls-wasm/read-wasm';
import { pooledEntropy } from '../../src/host/host-crypto.ts';
import { freePort, GatewayChild, killAll, newDirectory, removeDirectories } from './gateway-child.ts';

const key = Uint8Array.from({ length: 16 }, (_, i) => 201 + 3 * i);
const program = '../../src/host/main.js';

after(() => {
  killAll();
  removeDirectories();
});

test('a killed gateway answers on the connection that it had, without a handshake or a registration', async () => {
  const port = await freePort();
  const state = newDirectory();
  const words = ['--state', state, '--listen', `field=coaps://127.0.0.1:${port}`];
  let gateway = new GatewayChild(program, words);
  await gateway.ready();
  const details = { identity: 'meter-17', key: Buffer.from(key).toString('hex') };
  const added = await ask(state, 'PUT', '/api/security/clients/', {
    endpoint: 'meter-17',
    tls: { mode: 'psk', details },
  });
  assert.ok(added < 300, String(added));

  const device = await TestDevice.connect(port);
  const registered = await device.post('/rd?ep=meter-17&lt=300&lwm2m=1.1&b=U', '</1/0>,</3/0>');
  assert.equal(registered.code, '2.01');
  const location = registered.options
    .filter(({ name }) => name === 'Location-Path')
    .map(({ value }) => value.toString());
  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
    await gateway.end(signal);
    gateway = new GatewayChild(program, words);
    await gateway.ready();
    const updated = await device.post(`/${location.join('/')}?lt=600`, '');
    assert.equal(updated.code, '2.04', `after ${signal}`);
  }
  assert.equal(device.handshakes, 1);
  await gateway.end('SIGTERM');
  device.close();

  assert.equal(gateway.output.includes(details.key), false);
  const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(files.length > 5);
  for (const { parentPath, name } of files) {
    const bytes = readFileSync(join(parentPath, name));
    assert.equal(bytes.includes(Buffer.from(key)), false, `the key stands open in ${name}`);
  }
});

/** A status of HTTP. */
async function ask(state: string, method: string, path: string, body: unknown): Promise<number> {
  const call = request({ socketPath: join(state, 'admin.sock'), method, path });
  call.end(JSON.stringify(body));
  const [response] = await once(call, 'response');
  response.resume();
  return response.statusCode;
}

/** One device: a DTLS client and requests that it repeats until they are answered. */
class TestDevice {
  handshakes = 0;
  private readonly socket: Socket;
  private readonly connection: Connection;
  private readonly answers: ParsedPacket[] = [];
  private messageId = 1;

  private constructor(socket: Socket) {
    this.socket = socket;
    const host = { random: pooledEntropy(), monotonicMs: () => performance.now(), wallMs: () => Date.now() };
    const endpoint = Engine.instantiate(readWasm(), host).clientEndpoint({
      suites: pskSuites,
      psk: { identity: new TextEncoder().encode('meter-17'), key },
      connectionId: true,
    });
    this.connection = endpoint.connect();
    socket.on('message', (bytes) => this.take(this.connection.receive(new Uint8Array(bytes))));
  }

  static async connect(port: number): Promise<TestDevice> {
    const socket = createSocket('udp4');
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.on('error', () => {}); // The port is closed while the gateway is down.
    const device = new TestDevice(socket);
    device.take(device.connection.start());
    for (let i = 0; i < 500 && device.handshakes === 0; i++) await wait(10);
    assert.equal(device.handshakes, 1);
    return device;
  }

  async post(target: string, payload: string): Promise<ParsedPacket> {
    const messageId = this.messageId++;
    const [path = '', query = ''] = target.split('?');
    const option = (name: 'Uri-Path' | 'Uri-Query') => (value: string) => ({ name, value: Buffer.from(value) });
    const packet = generate({
      confirmable: true,
      code: '0.02',
      messageId,
      token: Buffer.from([1, messageId]),
      options: [
        ...path.slice(1).split('/').map(option('Uri-Path')),
        { name: 'Content-Format', value: Buffer.from([40]) },
        ...query.split('&').map(option('Uri-Query')),
      ],
      payload: Buffer.from(payload),
    });
    for (let tries = 0; tries < 3; tries++) {
      const record = this.connection.seal(new Uint8Array(packet));
      assert.ok(record instanceof Uint8Array);
      this.socket.send(record);
      for (let i = 0; i < 200; i++) {
        const answer = this.answers.find(({ token }) => token[1] === messageId);
        if (answer !== undefined) return answer;
        await wait(10);
      }
    }
    return assert.fail(`no answer to ${target}`);
  }

  close(): void {
    this.socket.close();
  }

  private take(progress: Progress): void {
    if (progress.established) this.handshakes++;
    for (const bytes of progress.datagrams) this.socket.send(bytes);
    for (const plaintext of progress.plaintexts) this.answers.push(parse(Buffer.from(plaintext)));
  }
}
