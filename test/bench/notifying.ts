/** The whole gateway over sockets and disk: acknowledged notifications a second, of many devices in a process of their own. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { counterPath } from '../demo/device-objects.ts';
import { FleetClient } from '../demo/fleet-client.ts';
import type { FleetDevice } from '../demo/fleet-messages.ts';
import { Rest } from '../demo/rest.ts';
import type { Bench } from './bench.ts';
import { EchoFloor } from './echo-floor.ts';
import { LiveGateway } from './live-gateway.ts';
import { type Figure, type Item, inRounds, scaled } from './measure.ts';

const connectPatienceMs = 60_000;
const spacings = [
  { label: 'spacing 0', spacingMs: 0 },
  { label: 'default spacing', spacingMs: undefined },
] as const;

export const notifying: Bench = {
  name: 'notify',
  about: 'the whole gateway: notifications acknowledged a second',
  async run({ size, directory }): Promise<readonly Figure[]> {
    const devices = scaled(size, 100, 5);
    const windowMs = scaled(size, 1_000, 700);
    const floor = new EchoFloor(devices, scaled(size, 20_000, 100));
    const fleets: LiveFleet[] = [];
    try {
      const items: Item[] = [];
      for (const { label, spacingMs } of spacings) {
        const place = join(directory, label.replaceAll(' ', '-'));
        mkdirSync(place);
        const fleet = await LiveFleet.start(place, devices, spacingMs);
        fleets.push(fleet);
        items.push({
          name: `${devices} devices, ${label}`,
          unit: 'per second',
          measure: () => fleet.notificationsPerSecond(windowMs),
        });
      }
      return await inRounds(size, floor, items);
    } finally {
      await Promise.all([floor.close(), ...fleets.map((fleet) => fleet.close())]);
    }
  },
};

/** A gateway and its devices; each sends its next notification as soon as the last one is acknowledged. */
class LiveFleet {
  private readonly gateway: LiveGateway;
  private readonly rest: Rest;
  private readonly fleet: FleetClient;

  private constructor(gateway: LiveGateway) {
    this.gateway = gateway;
    this.rest = new Rest(gateway.socketPath);
    this.fleet = new FleetClient();
    this.fleet.onFault = (text) => {
      throw new Error(text);
    };
  }

  static async start(directory: string, devices: number, spacingMs: number | undefined): Promise<LiveFleet> {
    const state = join(directory, 'state');
    const gateway = await LiveGateway.start({ directory, state, ...(spacingMs === undefined ? {} : { spacingMs }) });
    const live = new LiveFleet(gateway);
    await live.connect(devices);
    return live;
  }

  async notificationsPerSecond(windowMs: number): Promise<number> {
    this.fleet.tell({ kind: 'notify' });
    await wait(windowMs / 4);
    const before = await this.acknowledged();
    await wait(windowMs);
    const after = await this.acknowledged();
    this.fleet.tell({ kind: 'quiet' });
    await this.fleet.until(({ inFlight }) => inFlight === 0, connectPatienceMs, 'notifications stay unacknowledged');
    return ((after.count - before.count) * 1_000) / (after.atMs - before.atMs);
  }

  async close(): Promise<void> {
    this.rest.close();
    await this.fleet.close();
    await this.gateway.stop();
  }

  private async connect(count: number): Promise<void> {
    const devices = Array.from({ length: count }, (_, index): FleetDevice => {
      const server = { host: '127.0.0.1', port: this.gateway.port };
      const address = `127.0.${1 + (index >> 7)}.${1 + (index & 127)}`;
      return { endpoint: `device-${index}`, key: randomBytes(16).toString('hex'), address, server };
    });
    await Promise.all(devices.map(({ endpoint, key }) => this.rest.add(endpoint, key)));
    this.fleet.tell({ kind: 'connect', devices, paceMs: 0, seed: 1 });
    await this.fleet.until(({ connected }) => connected === count, connectPatienceMs, 'not all devices registered');
    await Promise.all(devices.map(({ endpoint }) => this.rest.observe(endpoint, counterPath)));
  }

  /** The count of the next report, and when it came. */
  private async acknowledged(): Promise<{ count: number; atMs: number }> {
    const { acknowledged } = await this.fleet.until(() => true, connectPatienceMs, 'the devices are silent');
    return { count: acknowledged, atMs: performance.now() };
  }
}
