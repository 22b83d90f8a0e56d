/** One run of the world from a seed: a bad network, devices of every kind, and at least one cut. Returns what was violated. */
import { parsePath, type ResourcePath } from '../../src/lwm2m/path.ts';
import type { DeviceOptions, SimulatedDevice } from './simulated-device.ts';
import { SimulatedReader } from './simulated-reader.ts';
import { perfectNetwork, World } from './world.ts';

export interface RunResult {
  readonly seed: number;
  readonly powerCuts: number;
  readonly acknowledged: number;
  readonly violations: readonly string[];
  readonly cutPlaces: readonly string[];
  /** Two runs of a seed agree in it, or they are not the same. */
  readonly digest: number;
}

const observed = parsePath('/3300/0/5700') as ResourcePath;
const troubleMs = 60_000;
const settleMs = 200_000;
const recoveryMs = 5_000;
const oldReplays = 15;
/** How often the readers of the event log come: none, one that keeps up, one that lags, both. */
const readersEveryMs: readonly (readonly number[])[] = [[], [3_000], [90_000], [2_000, 300_000]];

export function randomRun(seed: number): RunResult {
  const world = new World(seed);
  const { random, monitor } = world;
  world.clockTrusted = random.chance(0.7);
  world.portHeld = random.chance(0.8);
  world.outageMs = random.pick([50, 400, 2_000, 8_000]);
  const cuts = random.between(1, 3);
  // Early cuts hit the start itself, later ones traffic.
  world.cuts = Array.from({ length: cuts }, () => random.between(1, random.pick([3, 12, 60, 250])));
  try {
    setUp(world);
    trouble(world);
    settle(world);
  } catch (error) {
    monitor.violate(`the run broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } finally {
    world.free();
  }
  const { powerCuts, cutPlaces, digest } = world;
  const { acknowledgedCount: acknowledged, violations } = monitor;
  return { seed, powerCuts, acknowledged, violations, cutPlaces, digest };
}

/** The first life ends never by itself: keys are added, devices come. The planned cuts hit the lives after it. */
function setUp(world: World): void {
  const { random } = world;
  world.powerOn();
  random.pick(readersEveryMs).forEach((everyMs, index) => {
    new SimulatedReader(world, `reader-${index}`, everyMs).begin();
  });
  const kinds: Omit<DeviceOptions, 'name'>[] = [
    { secure: true, connectionId: true, resumes: false, queueMode: false },
    { secure: true, connectionId: false, resumes: true, queueMode: false },
    { secure: true, connectionId: true, resumes: true, queueMode: true },
    { secure: false, connectionId: false, resumes: false, queueMode: false },
  ];
  for (let i = 0; i < random.between(1, 4); i++) {
    const device = world.add({ name: `device-${i}`, ...random.pick(kinds) });
    if (device.options.secure) world.addKey(device);
    world.run(100);
    if (device.options.secure) wish(world, device);
    device.begin();
    // Without a key a device is not known before it registers.
    world.run(10_000, () => device.location !== undefined);
    if (!device.options.secure) wish(world, device);
  }
  world.run(3_000);
  world.network = {
    lossProbability: random.pick([0, 0.05, 0.15]),
    duplicateProbability: random.pick([0, 0.1]),
    delayMinMs: 1,
    delayMaxMs: random.pick([5, 80, 600]),
  };
  world.gateway.cut('to begin with');
}

function wish(world: World, device: SimulatedDevice): void {
  world.confirmed({ kind: 'observe', endpoint: device.options.name, path: observed });
}

function trouble(world: World): void {
  const { random, timeline } = world;
  const untilMs = timeline.nowMs + troubleMs;
  while (timeline.nowMs < untilMs) {
    world.run(random.between(1, 900));
    const device = random.pick(world.devices);
    stepOf(world, device);
  }
}

function stepOf(world: World, device: SimulatedDevice): void {
  const { random } = world;
  const roll = random.fraction();
  if (roll < 0.45) device.notify();
  else if (roll < 0.65) device.sendReport();
  else if (roll < 0.75) device.update(random.chance(0.5) ? random.between(1_200, 1_500) : undefined);
  else if (roll < 0.82) world.replay(random.chance(0.5));
  else if (roll < 0.84) device.reboot();
  else if (roll < 0.88 && device.options.connectionId) device.move();
  else if (roll < 0.93) read(world, device);
  else if (roll < 0.945) world.gateway.cut('at an instant');
  else if (roll < 0.95) fillDisk(world);
  else if (roll < 0.96) device.leave();
}

function read(world: World, device: SimulatedDevice): void {
  const operation = { verb: 'read' as const, path: observed };
  world.operate({ kind: 'operate', endpoint: device.options.name, operation, expiresMs: 60_000 });
}

/** The database refuses, or the ring, or both. */
function fillDisk(world: World): void {
  const { disk, random, timeline } = world;
  const fault = random.pick(['full', 'failed', 'readonly'] as const);
  const what = random.pick(['database', 'ring', 'both'] as const);
  if (what !== 'ring') disk.faults.database = fault;
  if (what !== 'database') disk.faults.ring = fault;
  disk.faultKeeps = random.chance(0.5);
  const forMs = random.between(100, 5_000);
  if (what === 'both') world.refusesUntilMs = timeline.nowMs + forMs + recoveryMs;
  timeline.plan(forMs, () => world.disk.refuse(undefined));
}

/**
 * By now no duplicate record remembers the trouble; after one more cut only the kept receive windows do. The attacker tries at
 * once, before the devices are heard again, and later.
 */
function replayWhatIsOld(world: World): void {
  for (const device of world.devices) device.update();
  // Long enough for that to be kept: ages count on from there.
  world.run(70_000);
  world.gateway.cut('before old datagrams are replayed');
  world.run(world.outageMs + 1_000);
  replaySome(world);
  for (const device of world.devices) device.update();
  world.run(100_000);
  replaySome(world);
}

function replaySome(world: World): void {
  for (let i = 0; i < oldReplays; i++) world.replay(world.random.chance(0.3));
  world.run(5_000);
}

/** The faults end. Every device must be heard, answer a Read, and find what was promised to it. */
function settle(world: World): void {
  const { monitor } = world;
  world.network = perfectNetwork;
  world.disk.refuse(undefined);
  world.endCuts();
  world.run(settleMs);
  const answered = new Set<string>();
  for (const device of world.devices) device.update();
  // What was asked of a device that had moved away has to end first: one request at a time.
  world.run(300_000);
  replayWhatIsOld(world);
  for (const device of world.devices) device.update();
  world.run(5_000);
  for (const device of world.devices) {
    if (device.location === undefined)
      monitor.violate(`${device.options.name} is not registered when all is well again`);
    if (device.observeToken === undefined)
      monitor.violate(`${device.options.name} is not observed when all is well again`);
    const before = monitor.acknowledgedCount;
    device.notify();
    world.run(5_000);
    if (monitor.acknowledgedCount === before)
      monitor.violate(`${device.options.name} is not heard when all is well again`);
    world.events.length = 0;
    read(world, device);
    world.run(5_000);
    for (const event of world.events) {
      if (event.kind === 'operation' && event.operation.state === 'done') answered.add(event.operation.endpoint);
    }
    if (!answered.has(device.options.name))
      monitor.violate(`${device.options.name} answers no Read when all is well again`);
    if (device.registrations > device.beginnings + device.leavings) {
      monitor.violate(
        `${device.options.name} registered ${device.registrations} times, by itself only ${device.beginnings + device.leavings}`,
      );
    }
    if (device.handshakes > device.beginnings) {
      monitor.violate(
        `${device.options.name} shook hands ${device.handshakes} times, by itself only ${device.beginnings}`,
      );
    }
  }
  world.gateway.stop();
  monitor.checkLog(world.loggedReports());
}
