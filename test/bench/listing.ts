/**
 * The whole gateway while an operator lists all its devices: how long the notification of one device waits for its ACK. Its
 * commit is part of that, spaced by 0 ms.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { routes } from '../../src/api/routes.ts';
import { counterPath } from '../demo/device-objects.ts';
import { Rest } from '../demo/rest.ts';
import { SimulatedDevice } from '../demo/simulated-device.ts';
import type { Bench } from './bench.ts';
import { EchoFloor } from './echo-floor.ts';
import { makeFleetState } from './fleet-state.ts';
import { LiveGateway } from './live-gateway.ts';
import { type Figure, inRounds, medianOf, scaled } from './measure.ts';

/** DESIGN's promise: so long a datagram waits at most for a list. */
const goalSeconds = 0.05;
const endpoint = 'one-that-lives';
const patienceMs = 30_000;
/** A device in a list has more. */
const deviceBytesMin = 100;

export const listing: Bench = {
  name: 'listing',
  about: 'the whole gateway: an ACK while all devices are listed',
  async run({ size, directory }): Promise<readonly Figure[]> {
    const devices = scaled(size, 10_000, 20);
    const count = scaled(size, 50, 3);
    mkdirSync(join(directory, 'gateway'));
    const state = join(directory, 'gateway', 'state');
    await makeFleetState(state, devices);
    const gateway = await LiveGateway.start({ directory: join(directory, 'gateway'), state, spacingMs: 0 });
    const floor = new EchoFloor(1, scaled(size, 2_000, 20));
    const sender = await Sender.connect(gateway);
    const list = new Lister(gateway.socketPath, devices);
    let whileListed: readonly number[] = [];
    try {
      return await inRounds(size, floor, [
        { name: 'ACK, nobody lists', unit: 'seconds', measure: async () => medianOf(await sender.waits(count)) },
        {
          name: `ACK, ${devices} devices listed`,
          unit: 'seconds',
          goal: goalSeconds,
          measure: async () => {
            const listed = list.untilStopped();
            whileListed = await sender.waits(count);
            await list.stop();
            await listed;
            return medianOf(whileListed);
          },
        },
        {
          name: `the longest of those ${count}`,
          unit: 'seconds',
          goal: goalSeconds,
          measure: () => Math.max(...whileListed),
        },
        { name: `the list of ${devices} devices`, unit: 'seconds', measure: () => list.once() },
      ]);
    } finally {
      sender.close();
      await floor.close();
      await gateway.stop();
    }
  },
};

/** One device that notifies again and again, and waits for each ACK. */
class Sender {
  private readonly device: SimulatedDevice;
  private registered: () => void = () => {};
  private acknowledged: (seconds: number) => void = () => {};

  private constructor(port: number, key: Uint8Array) {
    const server = { host: '127.0.0.1', port };
    const link = { key, address: '127.0.3.1', server, heedsUnreachable: true, random: Math.random };
    this.device = new SimulatedDevice(
      { ...link, endpoint, lifetimeSeconds: 3_600, reportedPath: counterPath },
      {
        registered: () => this.registered(),
        acknowledged: (_number, sentAtMs) => this.acknowledged((performance.now() - sentAtMs) / 1_000),
      },
    );
  }

  static async connect({ socketPath, port }: LiveGateway): Promise<Sender> {
    const rest = new Rest(socketPath);
    const key = randomBytes(16);
    await rest.add(endpoint, key.toString('hex'));
    const sender = new Sender(port, new Uint8Array(key));
    const registered = new Promise<void>((resolve) => {
      sender.registered = resolve;
    });
    await sender.device.start();
    await registered;
    await rest.observe(endpoint, counterPath);
    rest.close();
    return sender;
  }

  async waits(count: number): Promise<readonly number[]> {
    const seconds: number[] = [];
    while (seconds.length < count) {
      const one = new Promise<number>((resolve, reject) => {
        this.acknowledged = resolve;
        setTimeout(() => reject(new Error('a notification was never acknowledged')), patienceMs).unref();
      });
      assert.ok(this.device.notify(), 'the device is observed');
      seconds.push(await one);
      await wait(2);
    }
    return seconds;
  }

  close(): void {
    this.device.close();
  }
}

/** Lists all devices, and looks at no more than how much comes. */
class Lister {
  private readonly socketPath: string;
  private readonly devices: number;
  private stopped = false;
  private underWay: Promise<unknown> = Promise.resolve();

  constructor(socketPath: string, devices: number) {
    this.socketPath = socketPath;
    this.devices = devices;
  }

  /** Seconds of one list. */
  once(): Promise<number> {
    const begun = performance.now();
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath: this.socketPath, path: routes.devices() }, (response) => {
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        });
        response.on('end', () => {
          if (bytes > this.devices * deviceBytesMin) resolve((performance.now() - begun) / 1_000);
          else reject(new Error(`a list of ${bytes} bytes, status ${response.statusCode}`));
        });
        response.on('error', reject);
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  /** One list after the other. */
  async untilStopped(): Promise<void> {
    this.stopped = false;
    while (!this.stopped) {
      this.underWay = this.once();
      await this.underWay;
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.underWay;
  }
}
