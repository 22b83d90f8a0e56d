/** The whole gateway as a process and its devices in others: brought up, with keys, registrations and observations. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeldGateway } from '../../demo/held-gateway.ts';
import { Rest } from '../../demo/rest.ts';
import { DeviceProcesses } from './device-processes.ts';
import { type Credential, Proofs } from './live-proof.ts';
import type { LiveDevice } from './messages.ts';

export interface LiveWorldOptions {
  /** An empty one: state, socket, configuration and logs. */
  readonly directory: string;
  readonly devices: number;
  /** Keys if not said. */
  readonly credential?: Credential;
  /** The file of the gateway's program, when it is not its own. */
  readonly program?: string;
}

/** Undefined: that of the gateway. */
export interface Configured {
  /** In milliseconds. */
  readonly spacing?: number;
  /** In seconds. */
  readonly soonWindow?: number;
  /** How many devices it turns to after a start, a second. */
  readonly recoveryPerSecond?: number;
}

/** Says how far the set-up is: so many of so many. */
export type Told = (what: string, done: number, all: number) => void;

export const patienceMs = 600_000;
/** As many as the gateway takes from operators at once, with room for a reader. */
const requestsAtOnce = 60;
const toldEvery = 500;

/** What the gateway can do is measured, not what it lets devices do, nor what a card may take. */
const unlimited = `endurance = 0
device_daily_budget = 0

[limits]
handshakes_pending = 10000
handshakes_pending_per_source = 10000
source_datagrams_per_second = 1000000
source_datagrams_burst = 1000000
device_messages_per_second = 1000000
device_messages_burst = 1000000
event_log_records = 1000000
`;

export class LiveWorld {
  readonly gateway: HeldGateway;
  readonly devices: DeviceProcesses;
  private readonly configuration: string;
  private readonly proofs: Proofs;
  private readonly members: readonly LiveDevice[];

  private constructor(
    gateway: HeldGateway,
    devices: DeviceProcesses,
    { configuration, count, proofs }: { configuration: string; count: number; proofs: Proofs },
  ) {
    this.gateway = gateway;
    this.proofs = proofs;
    this.devices = devices;
    this.configuration = configuration;
    const port = gateway.servers[0]?.port ?? 0;
    this.members = Array.from({ length: count }, (_, index) => ({
      endpoint: `device-${index}`,
      proof: proofs.of(`device-${index}`),
      address: `127.0.${1 + (index >> 7)}.${1 + (index & 127)}`,
      port,
    }));
  }

  /** Holds a port and starts the processes of the devices; the gateway is started by `start`. */
  static async make({ directory, devices, credential = 'psk', program }: LiveWorldOptions): Promise<LiveWorld> {
    const configuration = join(directory, 'holdfast.toml');
    const words = () => ['--config', configuration];
    const gateway = await HeldGateway.hold(directory, 1, { words, ...(program === undefined ? {} : { program }) });
    const proofs = new Proofs(credential, directory);
    return new LiveWorld(gateway, new DeviceProcesses(devices), { configuration, count: devices, proofs });
  }

  get pid(): number {
    return this.gateway.pid;
  }

  configure({ spacing, soonWindow, recoveryPerSecond }: Configured): void {
    const store = lines({ spacing, soon_window: soonWindow });
    writeFileSync(
      this.configuration,
      `${this.proofs.configuration}[store]\n${store}${unlimited}${lines({ recovery_per_second: recoveryPerSecond })}`,
    );
  }

  /** Adds all devices, lets them connect and register, and observes each of them at these paths. */
  async bringIn(paths: readonly string[], told: Told): Promise<void> {
    const rest = new Rest(this.gateway.socketPath);
    const count = this.members.length;
    try {
      await forEach(
        this.members,
        ({ endpoint, proof }) => rest.add(endpoint, 'key' in proof ? proof.key : undefined),
        told,
        'devices added',
      );
      this.devices.connect(this.members);
      await this.devices.until(
        ({ registered }) => {
          told('devices registered', registered, count);
          return registered === count;
        },
        patienceMs,
        'not all devices registered',
      );
      const pairs = this.members.flatMap(({ endpoint }) => paths.map((path) => ({ endpoint, path })));
      await forEach(pairs, ({ endpoint, path }) => rest.observe(endpoint, path), told, 'observations begun');
    } finally {
      rest.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.devices.close(), this.gateway.close()]);
  }
}

function lines(values: Readonly<Record<string, number | undefined>>): string {
  const set = Object.entries(values).filter(([, value]) => value !== undefined);
  return set.map(([key, value]) => `${key} = ${value}\n`).join('');
}

/** Many at once, in order. */
async function forEach<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  told: Told,
  what: string,
): Promise<void> {
  let begun = 0;
  const next = async (): Promise<void> => {
    for (let item = items[begun++]; item !== undefined; item = items[begun++]) {
      await work(item);
      if (begun % toldEvery === 0) told(what, begun, items.length);
    }
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, next));
}
