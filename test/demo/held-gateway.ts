/**
 * The gateway as a child process on sockets that this process holds: it may be killed and started again, and its ports never
 * close. What arrives in between waits in the kernel, as it does under a service manager.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pauseReading } from '../../src/host/socket-reading.ts';
import { descriptorOf } from '../host/descriptor.ts';
import { DemoFailure } from './demo-failure.ts';
import type { Server } from './dtls-link.ts';
import { monotonicMs } from './fleet-messages.ts';
import type { PowerCut } from './power-cut.ts';

/** Holds a storm of devices; the system may grant less, and then devices repeat what it had no room for. */
const receiveBufferBytes = 4 * 1_048_576;
const startPatienceMs = 60_000;
const gatewayProgram = fileURLToPath(new URL('../../src/host/main.js', import.meta.url));
/** A process cannot know its id before it runs, so a shell writes it down and becomes the gateway. */
const shellScript = 'LISTEN_PID=$$ exec "$0" "$@"';

interface Life {
  readonly child: ChildProcess;
  readonly logFile: string;
  readonly exited: Promise<unknown>;
  ended: boolean;
  /** Its end is our doing. */
  expected: boolean;
}

export interface Started {
  /** From the start of the process to the first datagram that it reads. */
  readonly readyMs: number;
  readonly begunAtMs: number;
  readonly readyAtMs: number;
}

export interface HeldGatewayOptions {
  /** The disk is cut with each kill. */
  readonly powerCut?: PowerCut | undefined;
  /** The file of the program, when it is not the gateway's own. */
  readonly program?: string;
  /** Further words of its command line, looked up at each start. */
  readonly words?: () => readonly string[];
}

export class HeldGateway {
  readonly socketPath: string;
  readonly stateDirectory: string;
  /** Called when the gateway ends by itself, with a sentence. */
  onUnexpectedEnd: (text: string) => void = () => {};
  private readonly directory: string;
  private readonly sockets: readonly Socket[];
  private readonly options: HeldGatewayOptions;
  private lives = 0;
  private life: Life | undefined;

  private constructor(directory: string, sockets: readonly Socket[], options: HeldGatewayOptions) {
    this.directory = directory;
    this.options = options;
    this.sockets = sockets;
    this.socketPath = join(directory, 'admin.sock');
    this.stateDirectory = join(directory, 'state');
  }

  /** Binds so many free ports of 127.0.0.1. State, sockets and logs are in `directory`. */
  static async hold(directory: string, ports: number, options: HeldGatewayOptions = {}): Promise<HeldGateway> {
    const sockets = await Promise.all(Array.from({ length: ports }, holdPort));
    return new HeldGateway(directory, sockets, options);
  }

  get servers(): readonly Server[] {
    return this.sockets.map((socket) => ({ host: '127.0.0.1', port: socket.address().port }));
  }

  get pid(): number {
    return this.life?.child.pid ?? 0;
  }

  get logFile(): string {
    return this.life?.logFile ?? this.directory;
  }

  /** Starts it. Resolves when it serves. */
  async start(): Promise<Started> {
    if (this.life !== undefined) this.options.powerCut?.cut();
    const begunAtMs = monotonicMs();
    const life = this.spawn();
    this.life = life;
    const ready = await Promise.race([readyLine(life), life.exited.then(() => false), patience()]);
    if (ready !== true) throw new DemoFailure(`the gateway did not start; its log: ${life.logFile}`);
    const readyAtMs = monotonicMs();
    return { readyMs: readyAtMs - begunAtMs, begunAtMs, readyAtMs };
  }

  /** To be called before it is killed. */
  expectEnd(): void {
    if (this.life !== undefined) this.life.expected = true;
  }

  /** Resolves when the process that was killed is gone. */
  async gone(): Promise<void> {
    await this.life?.exited;
  }

  /** A clean stop. */
  async stop(): Promise<void> {
    this.expectEnd();
    this.life?.child.kill('SIGTERM');
    await this.gone();
  }

  /** Kills what runs and lets go of the ports. */
  async close(): Promise<void> {
    const { life } = this;
    if (life !== undefined && !life.ended) {
      life.expected = true;
      life.child.kill('SIGKILL');
      await life.exited;
    }
    for (const socket of this.sockets) socket.close();
  }

  private spawn(): Life {
    const logFile = join(this.directory, `gateway-${++this.lives}.log`);
    const log = openSync(logFile, 'w', 0o600);
    const names = this.sockets.map((_, index) => `field-${index + 1}`);
    const listeners = names.flatMap((name, index) => ['--listen', `${name}=coaps://127.0.0.1:${this.portOf(index)}`]);
    const state = ['--state', this.stateDirectory, '--socket', this.socketPath, '--log', 'json'];
    const { powerCut, program = gatewayProgram, words = () => [] } = this.options;
    const call = [program, ...state, ...listeners, ...words()];
    const child = spawn('sh', ['-c', shellScript, process.execPath, ...call], {
      stdio: ['ignore', 'pipe', log, ...this.sockets.map(descriptorOf)],
      env: {
        ...process.env,
        ...powerCut?.environment,
        LISTEN_FDS: String(names.length),
        LISTEN_FDNAMES: names.join(':'),
      },
    });
    child.stdout?.on('data', (text: Buffer) => writeSync(log, text));
    const life: Life = { child, logFile, exited: once(child, 'close'), ended: false, expected: false };
    void life.exited.then(() => {
      life.ended = true;
      closeSync(log);
      if (!life.expected) this.onUnexpectedEnd(`the gateway ended by itself; its log: ${logFile}`);
    });
    return life;
  }

  private portOf(index: number): number {
    return this.sockets[index]?.address().port ?? 0;
  }
}

async function holdPort(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  if (!pauseReading(socket))
    throw new DemoFailure('this version of Node does not let a socket be held without reading');
  try {
    socket.setRecvBufferSize(receiveBufferBytes);
  } catch {
    // The system's own size has to do.
  }
  return socket;
}

/** True when the gateway has said that it serves. */
function readyLine({ child }: Life): Promise<boolean> {
  return new Promise((resolve) => {
    let text = '';
    const look = (chunk: Buffer): void => {
      text += chunk.toString();
      if (!/^\{"ready":true/m.test(text)) return;
      child.stdout?.off('data', look);
      resolve(true);
    };
    child.stdout?.on('data', look);
  });
}

function patience(): Promise<boolean> {
  return new Promise((resolve) => setTimeout(() => resolve(false), startPatienceMs).unref());
}
