/** When the faults have ended: every device is reached within its time, is heard, and finds what was promised to it. */
import { limits } from '../../src/base/limits.ts';
import { parsePath, type ResourcePath } from '../../src/lwm2m/path.ts';
import type { SimulatedDevice } from './simulated-device.ts';
import type { Temperament } from './temperaments.ts';
import type { World } from './world.ts';

const observed = parsePath('/3300/0/5700') as ResourcePath;

/**
 * How long after the last fault an operator may have to wait for a device: until it says that it is there at the latest, and while
 * what was asked before him, and the device could not get, is given up.
 */
const givenUpMs = 3 * limits.maxTransmitWaitMs + 120_000;

export interface Reachable {
  readonly device: SimulatedDevice;
  readonly temperament: Temperament;
}

/** Asks every device for a value until each has answered. Violations name those that did not in their time. */
export function reachAll(world: World, all: readonly Reachable[]): void {
  const begunMs = world.timeline.nowMs;
  const waiting = new Map(all.filter(({ device }) => !device.isRetired).map((one) => [one.device.options.name, one]));
  world.events.length = 0;
  let seen = 0;
  let askedInLife = 0;
  while (waiting.size > 0) {
    if (world.gateway.ready && askedInLife !== world.lives) {
      askedInLife = world.lives;
      for (const name of waiting.keys()) read(world, name);
    }
    world.run(1_000);
    const events = world.events.slice(seen);
    seen = world.events.length;
    for (const event of events) {
      // The store may not have recovered from the last fault: they are asked again.
      if (event.kind === 'answer' && event.answer.kind === 'error' && event.answer.code === 'STORE_UNAVAILABLE') {
        askedInLife = 0;
      }
      if (event.kind !== 'operation' || event.operation.verb !== 'read') continue;
      const { endpoint, state } = event.operation;
      if (state === 'done') waiting.delete(endpoint);
      else if (waiting.has(endpoint) && state !== 'queued' && state !== 'sent') read(world, endpoint);
    }
    for (const [name, { temperament }] of waiting) {
      const afterMs = world.timeline.nowMs - begunMs;
      if (afterMs < temperament.updateEveryMs + givenUpMs) continue;
      waiting.delete(name);
      world.monitor.violate(`${name} was not reached within ${Math.round(afterMs / 1_000)} s of the last fault`);
    }
  }
}

/** Every device is registered, observed, heard, answers a Read, and did not have to register or shake hands by our doing. */
export function allIsWell(world: World): void {
  for (const device of world.devices) {
    if (device.isRetired) continue;
    checkPromises(world, device);
    checkHeard(world, device);
    checkAnswers(world, device);
    checkForced(world, device);
  }
  const { gateway, monitor, operations } = world;
  const view = (id: number) => {
    const answer = gateway.inspect({ kind: 'operation', id });
    return answer.kind === 'operation' ? answer.operation : undefined;
  };
  const wrong = operations.wrong(view, (device, what) => monitor.hasExecuted(device, what));
  for (const what of wrong) monitor.violate(what);
}

function checkPromises({ monitor }: World, { options: { name }, location, observeToken }: SimulatedDevice): void {
  if (location === undefined) monitor.violate(`${name} is not registered when all is well again`);
  if (observeToken === undefined) monitor.violate(`${name} is not observed when all is well again`);
}

function checkHeard(world: World, device: SimulatedDevice): void {
  const { monitor } = world;
  const before = monitor.acknowledgedCount;
  if (device.options.habits?.notifiesUnconfirmed) device.sendReport();
  else device.notify();
  world.run(5_000, () => monitor.acknowledgedCount > before);
  if (monitor.acknowledgedCount === before)
    monitor.violate(`${device.options.name} is not heard when all is well again`);
}

function checkAnswers(world: World, device: SimulatedDevice): void {
  const { name } = device.options;
  world.events.length = 0;
  read(world, name);
  const isDone = () =>
    world.events.some(
      (event) => event.kind === 'operation' && event.operation.endpoint === name && event.operation.state === 'done',
    );
  world.run(10_000, isDone);
  if (!isDone()) world.monitor.violate(`${name} answers no Read when all is well again`);
}

function checkForced({ monitor }: World, device: SimulatedDevice): void {
  const { name } = device.options;
  const own = device.beginnings + device.leavings;
  if (device.registrations > own) {
    monitor.violate(`${name} registered ${device.registrations} times, by itself only ${own}`);
  }
  const ownHandshakes = device.beginnings + device.reconnections;
  if (device.handshakes > ownHandshakes) {
    monitor.violate(`${name} shook hands ${device.handshakes} times, by itself only ${ownHandshakes}`);
  }
}

function read(world: World, endpoint: string): void {
  const operation = { verb: 'read' as const, path: observed };
  world.operate({ kind: 'operate', endpoint, operation, expiresMs: 3_600_000 });
}
