/** The real gateway, as a process of its own, with its state on the disk under test and everything else beside it. */
import { rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { crumbPath } from '../../src/host/breadcrumb.ts';
import { GatewayChild } from '../host/gateway-child.ts';
import { Operator } from '../interop/operator.ts';
import type { CleanUp } from './clean-up.ts';
import { type Kept, type KeptReport, reportedPath, reportPayload } from './ledger.ts';

/** Many commits in a short time, each of them at once; the devices here are faster than any that the limits are made for. */
const configuration = (port: number): string => `[listener.ipv4]
enabled = false
[listener.ipv6]
enabled = false
[listener.plain]
address = "127.0.0.1"
port = ${port}
security = "none"
[store]
spacing = 0
soon_window = 1
[log]
level = "warn"
[limits]
source_datagrams_per_second = 1000000
source_datagrams_burst = 1000000
device_messages_per_second = 1000000
device_messages_burst = 1000000
`;
const startWithinMs = 20_000;

export interface RigGatewayOptions {
  /** For its configuration and its socket, which are not on the disk under test. */
  readonly directory: string;
  readonly state: string;
  /** Of the loopback address. */
  readonly port: number;
  readonly cleanUp: CleanUp;
}

export class RigGateway {
  readonly operator: Operator;
  readonly port: number;
  private readonly child: GatewayChild;

  private constructor(child: GatewayChild, operator: Operator, port: number) {
    this.child = child;
    this.operator = operator;
    this.port = port;
  }

  /** Resolves once it serves. */
  static async start({ directory, state, port, cleanUp }: RigGatewayOptions): Promise<RigGateway> {
    const file = join(directory, 'holdfast.toml');
    const socketPath = join(directory, 'admin.sock');
    writeFileSync(file, configuration(port));
    // A power cut takes what was in memory.
    rmSync(crumbPath(resolve(state)), { force: true });
    const words = ['--state', state, '--socket', socketPath, '--config', file, '--log', 'json'];
    const child = new GatewayChild('../../src/host/main.js', words);
    const gateway = new RigGateway(child, new Operator(socketPath), port);
    cleanUp.add('the gateway', () => gateway.end());
    const ready = await Promise.race([child.ready(), wait(startWithinMs, undefined, { ref: false })]);
    if (ready === undefined) throw new Error('the gateway did not start in time');
    return gateway;
  }

  get hasEnded(): boolean {
    return this.child.child.exitCode !== null || this.child.child.signalCode !== null;
  }

  /** What it logged: warnings and errors. */
  get log(): string {
    return this.child.output;
  }

  /** At once; it may end later, when the disk lets go of it. */
  kill(): void {
    this.child.child.kill('SIGKILL');
  }

  /** Kills it and waits for its end. */
  async end(): Promise<void> {
    this.kill();
    if (!this.hasEnded) await this.child.exited;
  }

  /** What it tells of the devices and their reports, over REST. */
  async told(): Promise<Kept> {
    const registrations = new Map<string, string>();
    for (const { endpoint, registrationId } of await this.operator.clients())
      registrations.set(endpoint, registrationId);
    const events = await this.operator.loggedEvents();
    const reports = events.map(({ endpoint, type, values }): KeptReport => {
      const kind = type === 'SEND' ? 'send' : 'notification';
      const number = Number(values.find(({ path }) => path === reportedPath)?.value);
      return { endpoint: endpoint ?? '', kind, payload: reportPayload(kind, number) };
    });
    return { reports, registrations };
  }
}
