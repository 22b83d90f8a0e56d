/** This process holds the sockets, as systemd does; the child that serves them is killed and started again. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { takeInheritedSockets } from '../../src/host/inherited-sockets.ts';
import { pauseReading } from '../../src/host/socket-reading.ts';
import { StartError } from '../../src/host/start-error.ts';
import { descriptorOf } from './descriptor.ts';

const child = fileURLToPath(new URL('echo-child.js', import.meta.url));

test('what is sent while the process is killed reaches the next one, and nobody is refused', async () => {
  const four = await heldSocket('udp4', '127.0.0.1');
  const six = await heldSocket('udp6', '::1');
  const clients = [await connectedClient(four), await connectedClient(six)];

  const first = await start([four, six]);
  for (const client of clients) send(client, 0, 5);
  await until(() => clients.every((client) => client.answers.length === 5));
  first.kill('SIGKILL');
  await once(first, 'exit');

  for (const client of clients) send(client, 5, 60);
  await wait(50);
  assert.deepEqual(clients[0]?.answers.length, 5);

  const second = await start([four, six]);
  await until(() => clients.every((client) => client.answers.length === 60));
  const numbers = Array.from({ length: 60 }, (_, i) => i);
  assert.deepEqual(
    clients[0]?.answers,
    numbers.map((n) => `${n}:lwm2m-four`),
  );
  assert.deepEqual(
    clients[1]?.answers,
    numbers.map((n) => `${n}:lwm2m-six`),
  );
  assert.deepEqual(
    clients.flatMap((client) => client.errors),
    [],
  );
  second.kill('SIGKILL');
  await once(second, 'exit');
  for (const socket of [four, six, ...clients.map((client) => client.socket)]) socket.close();
});

test('what arrives during a clean stop belongs to the next process', async () => {
  const four = await heldSocket('udp4', '127.0.0.1');
  const client = await connectedClient(four);
  const first = await start([four]);
  first.kill('SIGTERM');
  await once(first.stdout ?? first, 'data');
  send(client, 0, 20);
  await wait(50);
  first.kill('SIGKILL');
  await once(first, 'exit');
  const second = await start([four]);
  await until(() => client.answers.length === 20);
  second.kill('SIGKILL');
  await once(second, 'exit');
  four.close();
  client.socket.close();
});

test('variables for another process are taken out and not followed', () => {
  const environment = { LISTEN_FDS: '1', LISTEN_FDNAMES: 'lwm2m', LISTEN_PID: '1', PATH: '/bin' };
  assert.deepEqual(takeInheritedSockets(environment, 4711), []);
  assert.deepEqual(environment, { PATH: '/bin' });
  assert.deepEqual(takeInheritedSockets({}, 4711), []);
});

test('a descriptor that is no UDP socket is refused with a sentence', () => {
  for (const count of ['9999', 'many', '-1']) {
    const environment = { LISTEN_FDS: count, LISTEN_PID: '4711' };
    assert.throws(
      () => takeInheritedSockets(environment, 4711),
      (error: unknown) => error instanceof StartError && error.exit === 30,
    );
  }
});

interface Client {
  readonly socket: Socket;
  readonly answers: string[];
  readonly errors: Error[];
}

/** A bound socket that this process never reads. */
async function heldSocket(type: 'udp4' | 'udp6', host: string): Promise<Socket> {
  const socket = createSocket(type);
  socket.bind(0, host);
  await once(socket, 'listening');
  assert.ok(pauseReading(socket));
  return socket;
}

async function connectedClient(to: Socket): Promise<Client> {
  const { address, port, family } = to.address();
  const client: Client = { socket: createSocket(family === 'IPv6' ? 'udp6' : 'udp4'), answers: [], errors: [] };
  client.socket.on('message', (bytes) => client.answers.push(bytes.toString()));
  client.socket.on('error', (error) => client.errors.push(error));
  client.socket.connect(port, address);
  await once(client.socket, 'connect');
  return client;
}

function send(client: Client, from: number, to: number): void {
  for (let n = from; n < to; n++) {
    client.socket.send(`${n}:`, (error) => {
      if (error !== null) client.errors.push(error);
    });
  }
}

/** The shell knows the process id that LISTEN_PID must name. */
async function start(sockets: readonly Socket[]): Promise<ChildProcess> {
  const names = sockets.map((socket) => (socket.address().family === 'IPv6' ? 'lwm2m-six' : 'lwm2m-four'));
  const started = spawn('sh', ['-c', `LISTEN_PID=$$ exec "${process.execPath}" "${child}"`], {
    stdio: ['ignore', 'pipe', 'inherit', ...sockets.map(descriptorOf)],
    env: { ...process.env, LISTEN_FDS: String(sockets.length), LISTEN_FDNAMES: names.join(':') },
  });
  const [line] = await once(started.stdout as NonNullable<typeof started.stdout>, 'data');
  assert.equal(String(line), `clean ${sockets.length}\n`);
  return started;
}

async function until(true_: () => boolean): Promise<void> {
  for (let i = 0; i < 300 && !true_(); i++) await wait(10);
  assert.ok(true_(), 'in time');
}
