/** The gateway's machine, without sockets and disk: what one message costs, what a device weighs, how long a start takes. */
import assert from 'node:assert/strict';
import { limits } from '../../src/base/limits.ts';
import type { Bench } from './bench.ts';
import type { FleetDevice } from './fleet-device.ts';
import { fleetState } from './fleet-state.ts';
import { MachineWorld } from './machine-world.ts';
import { type Figure, fewRounds, type Item, inRounds, processorSecondsOf, type Size, scaled } from './measure.ts';
import { heapBytes } from './memory.ts';
import { recordFloor } from './record-floor.ts';

const talkers = 100;
/** Beyond EXCHANGE_LIFETIME: only what stays for good is weighed. */
const settledMs = 300_000;

export const machine: Bench = {
  name: 'machine',
  about: 'the gateway over DTLS, without sockets and disk',
  async run({ size }): Promise<readonly Figure[]> {
    return [...(await inRounds(size, recordFloor(size), messages(size))), ...weights(size), ...(await starts(size))];
  },
};

function messages(size: Size): readonly Item[] {
  const count = scaled(size, 5_000, 20);
  const world = new MachineWorld().begin();
  world.bringIn(Math.min(talkers, count));
  const kinds = [
    ['a notification, from datagram to ACK', (device: FleetDevice) => device.notification()],
    ['an Update, from datagram to answer', (device: FleetDevice) => device.update()],
  ] as const;
  return kinds.map(([name, message]) => ({
    name,
    unit: 'seconds',
    measure: () => secondsOfExchange(world, count, message),
  }));
}

/** Each message is sealed beforehand, so that the device's part is not counted. */
function secondsOfExchange(world: MachineWorld, count: number, message: (device: FleetDevice) => Uint8Array): number {
  const inputs = Array.from({ length: count }, (_, index) => {
    const device = world.devices[index % world.devices.length];
    assert.ok(device !== undefined);
    return { from: device.address, bytes: message(device) };
  });
  let answered = 0;
  const seconds = processorSecondsOf(count, (index) => {
    const input = inputs[index];
    assert.ok(input !== undefined);
    world.nowMs += 1;
    answered += world.exchange(input.from, input.bytes);
  });
  assert.equal(answered, count, 'each message is answered once');
  return seconds;
}

/** Weighed once: a heap does not vary from round to round. */
function weights(size: Size): readonly Figure[] {
  const count = scaled(size, 1_000, 50);
  const world = new MachineWorld().begin();
  world.bringIn(1);
  const fresh = weighed(world, count, () => {
    world.bringIn(count);
    world.freeDevices();
    world.rest(settledMs);
  });
  const restoredCount = scaled(size, 10_000, 50);
  const { masterKey, records } = fleetState(restoredCount);
  const next = new MachineWorld(masterKey);
  const restored = weighed(next, restoredCount, () => {
    next.restore(records, limits.restoreChunkRecords);
    next.rest(settledMs);
  });
  return [
    once(`heap a device, ${count} devices`, fresh.heap),
    once('linear memory a device, the same', fresh.engine),
    once(`heap a device, ${restoredCount} restored`, restored.heap),
    once('linear memory a device, the same', restored.engine),
  ];
}

/** What the gateway has grown by for each of its devices. */
function weighed(world: MachineWorld, count: number, grow: () => void): { heap: number; engine: number } {
  const heapBefore = heapBytes(world.wasmBytes);
  const engineBefore = world.engineBytes;
  grow();
  const heap = (heapBytes(world.wasmBytes) - heapBefore) / count;
  // Asked after it was weighed, so that the gateway is not given back before.
  assert.ok(world.gateway.nextDeadline() !== undefined);
  return { heap, engine: (world.engineBytes - engineBefore) / count };
}

function once(name: string, bytes: number): Figure {
  return { name, unit: 'bytes', median: bytes, low: bytes, high: bytes };
}

async function starts(size: Size): Promise<readonly Figure[]> {
  const count = scaled(size, 10_000, 50);
  const { masterKey, records } = fleetState(count);
  const { aead } = new MachineWorld(masterKey);
  const key = new Uint8Array(1);
  const sealed = aead.seal(new Uint8Array(400), key);
  const floor = {
    name: `${records.length} records opened`,
    measure: () =>
      processorSecondsOf(1, () => {
        for (let opened = 0; opened < records.length; opened++) assert.ok(aead.open(sealed, key));
      }),
  };
  const restore = (): number => {
    const world = new MachineWorld(masterKey);
    return processorSecondsOf(1, () => world.restore(records, limits.restoreChunkRecords));
  };
  return await inRounds(fewRounds(size), floor, [
    { name: `restore of ${count} devices`, unit: 'seconds', measure: restore },
  ]);
}
