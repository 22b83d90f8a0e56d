/**
 * The scene of the tests with bad input: the simulated world with a gateway and three devices that are registered and observed,
 * one with a connection ID, one that is known by its address, one without DTLS. Whatever is thrown at the gateway, `checkAllIsWell`
 * says what must hold after it: established connections live on, nothing acknowledged is lost.
 */
import assert from 'node:assert/strict';
import type { Address } from '../../src/base/address.ts';
import type { DropReason } from '../../src/base/drop-reason.ts';
import type { GatewayEvent } from '../../src/gateway/events.ts';
import type { StatusView } from '../../src/gateway/views.ts';
import { parsePath, type ResourcePath } from '../../src/lwm2m/path.ts';
import type { DeviceOptions } from '../simulation/device-habits.ts';
import type { GatewayConfigured } from '../simulation/gateway-process.ts';
import type { SimulatedDevice } from '../simulation/simulated-device.ts';
import { World } from '../simulation/world.ts';

export const observed = parsePath('/3300/0/5700') as ResourcePath;

/** Long enough for a slow commit and for a repetition of the device. */
const answeredWithinMs = 30_000;

export interface Scene {
  readonly world: World;
  readonly meter: SimulatedDevice;
  readonly pump: SimulatedDevice;
  readonly lamp: SimulatedDevice;
}

/** Runs a story in a fresh world, then looks whether all is well, and gives everything back. */
export function inScene(seed: number, story: (scene: Scene) => void, configuration: GatewayConfigured = {}): void {
  const scene = setUp(seed, configuration);
  try {
    checkAllIsWell(scene.world);
    story(scene);
    checkAllIsWell(scene.world);
  } finally {
    scene.world.free();
  }
}

function setUp(seed: number, configuration: GatewayConfigured): Scene {
  const world = new World(seed, configuration);
  world.powerOn();
  const base = { resumes: false, queueMode: false };
  const meter = bringIn(world, { ...base, name: 'meter', secure: true, connectionId: true });
  const pump = bringIn(world, { ...base, name: 'pump', secure: true, connectionId: false });
  const lamp = bringIn(world, { ...base, name: 'lamp', secure: false, connectionId: false });
  return { world, meter, pump, lamp };
}

/** A device that is registered and observed. */
export function bringIn(world: World, options: DeviceOptions): SimulatedDevice {
  const device = world.add(options);
  if (options.secure) world.addKey(device);
  world.run(5_000);
  device.begin();
  world.run(5_000);
  assert.ok(device.location, `${options.name} is registered`);
  world.operate({ kind: 'observe', endpoint: options.name, path: observed });
  world.run(5_000);
  assert.ok(device.observeToken, `${options.name} is observed`);
  return device;
}

/**
 * Every device of the world: its notification is acknowledged, its Update and a Read are answered, all over the connection and
 * the registration that it had. What it ever saw acknowledged is in the event log, once.
 */
export function checkAllIsWell(world: World): void {
  const { monitor } = world;
  for (const device of world.devices) {
    const { name } = device.options;
    assert.ok(device.observeToken, `${name} is observed`);
    const acknowledged = monitor.acknowledgedCount;
    device.notify();
    world.run(answeredWithinMs, () => monitor.acknowledgedCount > acknowledged);
    assert.equal(monitor.acknowledgedCount, acknowledged + 1, `a notification of ${name} is acknowledged`);
    device.update();
    untilEvent(
      world,
      `an Update of ${name} is answered`,
      (event) => event.kind === 'updated' && event.endpoint === name,
    );
    checkRead(world, name);
    assert.equal(
      device.handshakes,
      device.options.secure ? device.beginnings : device.handshakes,
      `${name} shook hands`,
    );
    assert.equal(device.registrations, device.beginnings + device.leavings, `${name} registered`);
  }
  monitor.checkLog(world.loggedReports());
  assert.deepEqual(monitor.violations, []);
}

function checkRead(world: World, endpoint: string): void {
  world.operate({ kind: 'operate', endpoint, operation: { verb: 'read', path: observed }, expiresMs: 60_000 });
  const isDone = (event: GatewayEvent) =>
    event.kind === 'operation' && event.operation.endpoint === endpoint && event.operation.state === 'done';
  untilEvent(world, `a Read of ${endpoint} is answered`, isDone);
}

/** Lets time pass until the gateway tells such an event; what it told before does not count. */
export function untilEvent(world: World, what: string, isIt: (event: GatewayEvent) => boolean): GatewayEvent {
  world.events.length = 0;
  world.run(answeredWithinMs, () => world.events.some(isIt));
  const found = world.events.find(isIt);
  assert.ok(found, what);
  return found;
}

export function statusOf(world: World): StatusView {
  const answer = world.gateway.inspect({ kind: 'status' });
  assert.equal(answer.kind, 'status');
  return (answer as Extract<typeof answer, { kind: 'status' }>).status;
}

/** How often the gateway dropped something for that reason, in this life. */
export function dropped(world: World, reason: DropReason): number {
  return statusOf(world).drops.find((drop) => drop.reason === reason)?.total ?? 0;
}

/** What the operator was told about strangers. */
export function refusals(world: World): { from: Address; text: string }[] {
  return world.events.flatMap((event) => (event.kind === 'refused' ? [{ from: event.from, text: event.text }] : []));
}

/** What devices send meanwhile, without its arriving: they repeat it later. */
export function withheld(world: World, act: () => void): Uint8Array[] {
  const datagrams: Uint8Array[] = [];
  const { send } = world;
  world.send = (_device, bytes) => void datagrams.push(bytes.slice());
  act();
  world.send = send;
  return datagrams;
}

/** The power goes, and comes back; the gateway serves again. */
export function restart(world: World): void {
  world.gateway.cut();
  world.run(10_000, () => world.gateway.ready);
  assert.ok(world.gateway.ready);
}
