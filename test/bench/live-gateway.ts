/** The whole gateway as a process of its own, on a free port and a state directory of the bench. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayChild } from '../host/gateway-child.ts';

export interface LiveGatewayOptions {
  /** Beside `state`, which the gateway makes when it is missing. */
  readonly directory: string;
  readonly state: string;
  /** Undefined: that of the gateway. */
  readonly spacingMs?: number;
}

/** What the gateway can do is measured, not what it lets one device do. */
const unlimited = `[limits]
source_datagrams_per_second = 1000000
source_datagrams_burst = 1000000
device_messages_per_second = 1000000
device_messages_burst = 1000000
`;

export class LiveGateway {
  readonly socketPath: string;
  readonly port: number;
  readonly startSeconds: number;
  private readonly child: GatewayChild;

  private constructor(child: GatewayChild, socketPath: string, port: number, startSeconds: number) {
    this.child = child;
    this.socketPath = socketPath;
    this.port = port;
    this.startSeconds = startSeconds;
  }

  /** Resolves once it serves. */
  static async start({ directory, state, spacingMs }: LiveGatewayOptions): Promise<LiveGateway> {
    const socketPath = join(directory, 'admin.sock');
    const configuration = join(directory, 'holdfast.toml');
    writeFileSync(configuration, `${spacingMs === undefined ? '' : `[store]\nspacing = ${spacingMs}\n`}${unlimited}`);
    const begun = performance.now();
    const words = ['--state', state, '--socket', socketPath, '--config', configuration, '--log', 'json'];
    const child = new GatewayChild('../../src/host/main.js', [...words, '--listen', 'field=coaps://127.0.0.1:0']);
    const { listeners } = await child.ready();
    const startSeconds = (performance.now() - begun) / 1_000;
    const port = Number(/:(\d+)$/.exec(listeners[0]?.url ?? '')?.[1]);
    assert.ok(port > 0, 'the gateway listens');
    return new LiveGateway(child, socketPath, port, startSeconds);
  }

  /** A clean stop. */
  async stop(): Promise<void> {
    await this.child.end('SIGTERM');
  }
}
