/**
 * The gateway as its unit runs it: a process of its own on a UDP socket that somebody else holds, here this process, so that
 * the port stays open and datagrams wait while no gateway runs. It is killed without warning and started again.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pauseReading } from '../../src/host/socket-reading.ts';
import { descriptorOf } from '../host/descriptor.ts';
import type { Bench } from './bench.ts';
import { Operator } from './operator.ts';
import type { RunningProcess } from './running-process.ts';

const startWithinMs = 30_000;
const program = fileURLToPath(new URL('../../src/host/main.js', import.meta.url));

export class Gateway {
  readonly operator: Operator;
  readonly port: number;
  private readonly bench: Bench;
  private readonly held: Socket;
  private readonly lives: RunningProcess[] = [];
  private readonly more: readonly string[];

  private constructor(bench: Bench, held: Socket, more: readonly string[]) {
    this.bench = bench;
    this.more = more;
    this.held = held;
    this.port = held.address().port;
    this.operator = new Operator(join(bench.directory, 'admin.sock'));
  }

  /** Takes a free port of the loopback address and starts a gateway with an empty state on it; `more` are further arguments. */
  static async start(bench: Bench, more: readonly string[] = []): Promise<Gateway> {
    const held = createSocket('udp4');
    held.bind(0, '127.0.0.1');
    await once(held, 'listening');
    bench.onClose(() => held.close());
    if (!pauseReading(held)) throw new Error('this Node cannot hold a socket without reading it');
    const gateway = new Gateway(bench, held, more);
    await gateway.startAgain();
    return gateway;
  }

  /** Until it serves; how long that took, in milliseconds. */
  async startAgain(): Promise<number> {
    const began = performance.now();
    const { bench, port } = this;
    const listen = ['--listen', `field=coaps://127.0.0.1:${port}`];
    const words = ['--state', join(bench.directory, 'state'), ...listen, ...this.more];
    const script = `LISTEN_PID=$$ exec "${process.execPath}" "${program}" "$@"`;
    const life = bench.start(
      'gateway',
      'sh',
      ['-c', script, 'sh', ...words, '--socket', join(bench.directory, 'admin.sock'), '--log', 'json'],
      { environment: { LISTEN_FDS: '1', LISTEN_FDNAMES: 'field' }, descriptor: descriptorOf(this.held) },
    );
    this.lives.push(life);
    await life.says(/^\{"ready":true/m, startWithinMs);
    return performance.now() - began;
  }

  /** SIGKILL: nothing is said, saved or closed. */
  async kill(): Promise<void> {
    await this.lives.at(-1)?.end('SIGKILL');
  }

  /** A device may be served in spite of a record that was set aside, or of a defect; nobody would see it. */
  async loggedNoError(): Promise<string> {
    const error = /^\{"level":"(error|fatal)".*$/m;
    const line = this.lives.map((life) => error.exec(life.text)?.[0]).find((found) => found !== undefined);
    if (line !== undefined) throw new Error(line);
    return `in ${this.lives.length} ${this.lives.length === 1 ? 'life' : 'lives'}`;
  }
}
