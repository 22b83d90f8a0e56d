/** A device with DTLS for tests of the real program, and the operator who adds it. */
import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { generate, type ParsedPacket, parse } from 'coap-packet';
import { type Connection, Engine, type Progress, pskSuites } from 'mbedtls-wasm';
import { readWasm } from 'mbedtls-wasm/read-wasm';
import { pooledEntropy } from '../../src/host/host-crypto.ts';

export const testKey: Uint8Array = Uint8Array.from({ length: 16 }, (_, i) => 201 + 3 * i);

export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** What the gateway of this state directory answers on its socket, and the status of HTTP. */
export async function ask(state: string, method: string, path: string, body?: unknown): Promise<Answered> {
  const call = request({ socketPath: join(state, 'admin.sock'), method, path });
  call.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = await once(call, 'response');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, text };
}

/** Gives a device its key. */
export async function addDevice(state: string, endpoint: string): Promise<void> {
  const details = { identity: endpoint, key: Buffer.from(testKey).toString('hex') };
  const added = await ask(state, 'PUT', '/api/security/clients/', { endpoint, tls: { mode: 'psk', details } });
  assert.ok(added.status < 300, String(added.status));
}

/** One device: a DTLS client and requests that it repeats until they are answered. */
export class TestDevice {
  handshakes = 0;
  private readonly socket: Socket;
  private readonly connection: Connection;
  private readonly answers: ParsedPacket[] = [];
  private messageId = 1;

  private constructor(socket: Socket, identity: string) {
    this.socket = socket;
    const host = { random: pooledEntropy(), monotonicMs: () => performance.now(), wallMs: () => Date.now() };
    const endpoint = Engine.instantiate(readWasm(), host).clientEndpoint({
      suites: pskSuites,
      psk: { identity: new TextEncoder().encode(identity), key: testKey },
      connectionId: true,
    });
    this.connection = endpoint.connect();
    socket.on('message', (bytes) => this.take(this.connection.receive(new Uint8Array(bytes))));
  }

  /** Shakes hands as `identity`; fails when that does not succeed. */
  static async connect(port: number, identity: string, waitMs = 5_000): Promise<TestDevice> {
    const socket = createSocket('udp4');
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.on('error', () => {}); // The port is closed while the gateway is down.
    const device = new TestDevice(socket, identity);
    device.take(device.connection.start());
    for (let i = 0; i < waitMs / 10 && device.handshakes === 0; i++) await wait(10);
    if (device.handshakes === 0) socket.close();
    assert.equal(device.handshakes, 1);
    return device;
  }

  async post(target: string, payload: string): Promise<ParsedPacket> {
    const messageId = this.messageId++;
    const packet = postPacket(messageId, target, payload);
    for (let tries = 0; tries < 3; tries++) {
      this.send(packet);
      for (let i = 0; i < 200; i++) {
        const answer = this.answers.find(({ token }) => token[1] === messageId);
        if (answer !== undefined) return answer;
        await wait(10);
      }
    }
    return assert.fail(`no answer to ${target}`);
  }

  /** Sends a request once, and does not wait for anything. */
  postOnce(target: string): void {
    this.send(postPacket(this.messageId++, target, ''));
  }

  close(): void {
    this.socket.close();
  }

  private send(packet: Uint8Array): void {
    const record = this.connection.seal(new Uint8Array(packet));
    assert.ok(record instanceof Uint8Array);
    this.socket.send(record);
  }

  private take(progress: Progress): void {
    if (progress.established) this.handshakes++;
    for (const bytes of progress.datagrams) this.socket.send(bytes);
    for (const plaintext of progress.plaintexts) this.answers.push(parse(Buffer.from(plaintext)));
  }
}

function postPacket(messageId: number, target: string, payload: string): Uint8Array {
  const [path = '', query = ''] = target.split('?');
  const option = (name: 'Uri-Path' | 'Uri-Query') => (value: string) => ({ name, value: Buffer.from(value) });
  return generate({
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
}
