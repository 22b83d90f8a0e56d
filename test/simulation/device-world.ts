/** What a simulated device reaches of its world. */
import type { Engine } from 'mbedtls-wasm';
import type { Address } from '../../src/base/address.ts';
import type { CoverageKey } from './coverage.ts';
import type { Monitor } from './monitor.ts';
import type { Random } from './random.ts';
import type { SimulatedDevice } from './simulated-device.ts';
import type { Timeline } from './timeline.ts';

export interface DeviceWorld {
  readonly timeline: Timeline;
  /** Chance of its own. */
  randomOf(name: string): Random;
  readonly engine: Engine;
  readonly monitor: Monitor;
  freshAddress(device: SimulatedDevice): Address;
  /** Since then nothing was lost, nothing refused, and the gateway was there. */
  isCalmSince(sinceMs: number): boolean;
  covered(key: CoverageKey): void;
  send(device: SimulatedDevice, bytes: Uint8Array): void;
}
