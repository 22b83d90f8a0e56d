/** The engine on real sockets of the loopback, for peers that nobody here wrote. */
import { spawn } from 'node:child_process';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type ClientEndpoint, type Connection, DtlsError, type Progress, type ServerEndpoint } from 'mbedtls-wasm';
import { utf8 } from './pair.ts';

const stepMs = 10;

/** What the latest connection of a server came to. */
export interface Met {
  suite: string | undefined;
  resumed: boolean;
}

/** Binds a socket of the loopback; port 0 = any. */
async function bound(port = 0): Promise<Socket> {
  const socket = createSocket('udp4').bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

export const portOf = (socket: Socket): number => (socket.address() as AddressInfo).port;

/** A server for one peer at a time; `answer` makes an answer of a plaintext. */
export class UdpServer {
  readonly socket: Socket;
  met: Met | undefined;
  private readonly endpoint: ServerEndpoint;
  private readonly answer: (plaintext: Uint8Array) => Uint8Array;
  private readonly connections = new Map<string, Connection>();

  private constructor(socket: Socket, endpoint: ServerEndpoint, answer: (plaintext: Uint8Array) => Uint8Array) {
    this.socket = socket;
    this.endpoint = endpoint;
    this.answer = answer;
    socket.on('message', (datagram, from) => this.receive(Uint8Array.from(datagram), from));
  }

  static async start(endpoint: ServerEndpoint, answer: (plaintext: Uint8Array) => Uint8Array): Promise<UdpServer> {
    return new UdpServer(await bound(), endpoint, answer);
  }

  close(): void {
    this.socket.close();
    for (const connection of this.connections.values()) connection.free();
    this.connections.clear();
  }

  private receive(datagram: Uint8Array, from: RemoteInfo): void {
    const name = `${from.address} ${from.port}`;
    const transportId = utf8(name);
    const send = (out: Uint8Array): void => this.socket.send(out, from.port, from.address);
    let connection = this.connections.get(name);
    if (connection === undefined) {
      const check = this.endpoint.checkClientHello(transportId, datagram);
      if (check.kind === 'verify') send(check.datagram);
      if (check.kind !== 'valid') return;
      connection = this.endpoint.accept({ transportId });
      this.connections.set(name, connection);
    }
    const progress = connection.receive(datagram);
    progress.datagrams.forEach(send);
    if (progress.established) this.met = { suite: connection.suite, resumed: connection.resumed };
    for (const plaintext of progress.plaintexts) {
      const sealed = connection.seal(this.answer(plaintext));
      if (!(sealed instanceof DtlsError)) send(sealed);
    }
    if (progress.ended) {
      this.connections.delete(name);
      connection.free();
    }
  }
}

/** One connection toward a server, from a port of ours; closed when `use` is done. */
export async function dial<T>(
  endpoint: ClientEndpoint,
  port: number,
  ownPort: number,
  session: Uint8Array | undefined,
  use: (client: UdpClient) => Promise<T>,
): Promise<T> {
  const socket = await bound(ownPort);
  const client = new UdpClient(socket, port, endpoint.connect(session === undefined ? {} : { session }));
  try {
    client.take(client.connection.start());
    await until(() => client.connection.established || client.ended !== undefined, 'the handshake is over');
    if (client.ended) throw client.ended;
    return await use(client);
  } finally {
    await client.close();
  }
}

export class UdpClient {
  readonly connection: Connection;
  readonly plaintexts: Uint8Array[] = [];
  ended: DtlsError | undefined;
  private readonly socket: Socket;
  private readonly port: number;
  private readonly timer: NodeJS.Timeout;

  constructor(socket: Socket, port: number, connection: Connection) {
    this.socket = socket;
    this.port = port;
    this.connection = connection;
    socket.on('message', (datagram) => this.take(connection.receive(Uint8Array.from(datagram))));
    this.timer = setInterval(() => {
      if ((connection.nextTimeoutAtMs ?? Infinity) <= performance.now()) this.take(connection.timeout());
    }, stepMs);
  }

  take(progress: Progress): void {
    this.plaintexts.push(...progress.plaintexts);
    this.ended ??= progress.ended;
    for (const datagram of progress.datagrams) this.socket.send(datagram, this.port, '127.0.0.1');
  }

  send(plaintext: Uint8Array): void {
    const sealed = this.connection.seal(plaintext);
    if (sealed instanceof DtlsError) throw sealed;
    this.socket.send(sealed, this.port, '127.0.0.1');
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    for (const datagram of this.connection.close().datagrams) this.socket.send(datagram, this.port, '127.0.0.1');
    this.socket.removeAllListeners('message');
    this.connection.free();
    await wait(stepMs);
    this.socket.close();
    await once(this.socket, 'close');
  }
}

/** A program with a standard input, and everything that it has said. */
export class Program {
  text = '';
  private readonly child;

  constructor(name: string, words: readonly string[]) {
    this.child = spawn(name, words, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stdin.on('error', () => undefined);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('latin1').on('data', (chunk: string) => {
        this.text += chunk;
      });
    }
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  say(line: string): void {
    this.child.stdin.write(line);
  }

  async says(pattern: RegExp, from = 0): Promise<void> {
    try {
      await until(() => pattern.test(this.text.slice(from)), `it says ${pattern}`);
    } catch (error) {
      throw new Error(`${(error as Error).message}; it said:\n${this.text.slice(-2_000)}`, { cause: error });
    }
  }

  async stop(): Promise<void> {
    if (this.ended) return;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }
}

/** Waits until something is so, 10 seconds at most. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`not in time: ${what}`);
    await wait(stepMs);
  }
}

/** A free port of the loopback, for a program that binds it itself. */
export async function freePort(): Promise<number> {
  const socket = await bound();
  const port = portOf(socket);
  socket.close();
  await once(socket, 'close');
  return port;
}
