/** Starts a gateway's program as a child process, talks to it over UDP, ends it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Ready {
  readonly ready: true;
  readonly startToServingMs: number;
  readonly generation: number;
  readonly lastStop: string;
  readonly listeners: readonly { readonly name: string; readonly url: string }[];
}

const started = new Set<ChildProcess>();

/** Kills whatever a failed test left running. */
export function killAll(): void {
  for (const child of started) child.kill('SIGKILL');
}

export class GatewayChild {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown[]>;
  output = '';
  errors = '';

  constructor(program: string, words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    const file = fileURLToPath(new URL(program, import.meta.url));
    const env = { ...process.env, ...environment };
    this.child = spawn(process.execPath, [file, ...words], { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.exited = once(this.child, 'exit');
    started.add(this.child);
    this.child.once('exit', () => started.delete(this.child));
    this.child.stdout?.on('data', (text) => {
      this.output += text;
    });
    this.child.stderr?.on('data', (text) => {
      this.errors += text;
    });
  }

  /** The machine-readable line. */
  async ready(): Promise<Ready> {
    for (;;) {
      const line = this.output.split('\n').find((text) => text.startsWith('{"ready":true'));
      if (line !== undefined) return JSON.parse(line) as Ready;
      const [ended] = await Promise.race([
        once(this.child.stdout ?? this.child, 'data').then(() => [false]),
        this.ended(),
      ]);
      assert.ok(!ended, `the gateway ended: ${this.errors}`);
    }
  }

  /** Its exit code and what it said on the standard error. */
  async failure(): Promise<{ code: unknown; errors: string }> {
    const [code] = await this.exited;
    return { code, errors: this.errors };
  }

  async end(signal: NodeJS.Signals): Promise<unknown> {
    this.child.kill(signal);
    const [code] = await this.exited;
    return code;
  }

  private async ended(): Promise<boolean[]> {
    await this.exited;
    return [true];
  }
}

/** Sends one datagram and waits for the answer. */
export async function ask(port: number, text: string): Promise<string> {
  const client = createSocket('udp4');
  client.send(text, port, '127.0.0.1');
  const [answer] = await once(client, 'message', { signal: AbortSignal.timeout(5_000) });
  client.close();
  return String(answer);
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

const directories: string[] = [];

export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-host-'));
  directories.push(directory);
  return directory;
}

export function removeDirectories(): void {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
}
