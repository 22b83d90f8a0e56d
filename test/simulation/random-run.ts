/**
 * One run of the world: eight devices or more, each with habits of its own, live through two hours with times of trouble: a bad
 * network, a failing disk, an attacker, and the power goes at least four times. Returns what was violated.
 */
import { parsePath, type ResourcePath } from '../../src/lwm2m/path.ts';
import type { Coverage } from './coverage.ts';
import { gatewayCertificates } from './device-proof.ts';
import { poison } from './poison.ts';
import { allIsWell, reachAll } from './recovery-check.ts';
import { lifetimeSeconds, planOf, type RunPlan, type StepPlan } from './run-plan.ts';
import type { SimulatedDevice } from './simulated-device.ts';
import { SimulatedReader } from './simulated-reader.ts';
import { type Temperament, temperaments } from './temperaments.ts';
import { perfectNetwork, World } from './world.ts';

export interface RunResult {
  readonly seed: number;
  readonly powerCuts: number;
  readonly acknowledged: number;
  readonly simulatedMs: number;
  readonly violations: readonly string[];
  readonly coverage: Coverage;
  /** Two runs of a seed agree in it, or they are not the same. */
  readonly digest: number;
}

export const observed = parsePath('/3300/0/5700') as ResourcePath;
const resettable = parsePath('/3300/0/5605') as ResourcePath;
const writable = parsePath('/3300/0/5750') as ResourcePath;
const runMs = 7_200_000;
const settleMs = 200_000;
/** What stays when the trouble of a run has ended: time for it to be checked. */
const checkedMs = 700_000;
const recoveryMs = 5_000;
const oldReplays = 15;
/** So few that all devices at once would be noticed. */
const devicesPerSecond = 2;
/** So long after its time a cut comes that waited for an opportunity in vain. */
const cutLatestMs = 60_000;

export function randomRun(seed: number): RunResult {
  return runOf(planOf(seed));
}

/** Carries a plan out, from its seed. */
export function runOf(plan: RunPlan): RunResult {
  const run = new Run(plan);
  const { world } = run;
  const { monitor } = world;
  try {
    run.carryOut();
  } catch (error) {
    monitor.violate(`the run broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } finally {
    world.free();
  }
  const { powerCuts, digest, coverage, timeline } = world;
  const { acknowledgedCount: acknowledged, violations } = monitor;
  const simulatedMs = timeline.nowMs;
  return { seed: plan.seed, powerCuts, acknowledged, simulatedMs, violations, coverage, digest };
}

class Run {
  readonly world: World;
  private readonly plan: RunPlan;
  private readonly devices = new Map<string, { device: SimulatedDevice; temperament: Temperament }>();
  private executions = 0;

  constructor(plan: RunPlan) {
    this.plan = plan;
    const certificates = plan.devices.some(({ hasCertificate }) => hasCertificate) ? gatewayCertificates : undefined;
    this.world = new World(plan.seed, { limits: { recoveryDevicesPerSecond: devicesPerSecond }, certificates });
    this.world.clock = plan.clock;
    this.world.portHeld = plan.portHeld;
    this.world.outageMs = plan.outageMs;
  }

  carryOut(): void {
    const { world } = this;
    this.setUp();
    this.arrange();
    world.run(this.troubleEndsMs());
    this.settle();
    world.gateway.stop();
    world.monitor.checkLog(world.loggedReports());
  }

  /** The first life ends never by itself: keys are added, devices come. */
  private setUp(): void {
    const { world, plan } = this;
    world.powerOn();
    plan.readersEveryMs.forEach((everyMs, index) => {
      new SimulatedReader(world, `reader-${index}`, everyMs).begin();
    });
    for (const { name, temperament: called, hasCertificate } of plan.devices) {
      const temperament = temperaments.find((one) => one.name === called) as Temperament;
      const device = world.add({ name, hasCertificate, ...temperament.options });
      device.lifetimeSeconds = lifetimeSeconds;
      this.devices.set(name, { device, temperament });
      if (device.options.secure) world.addKey(device);
      world.run(100);
      if (device.options.secure) this.wish(device);
      device.begin();
      // Without a key a device is not known before it registers.
      world.run(10_000, () => device.location !== undefined);
      if (!device.options.secure) this.wish(device);
      for (const trait of temperament.traits) world.covered(`temperament ${trait}`);
      if (hasCertificate && device.established) world.covered('temperament has a certificate');
    }
    if (plan.clock !== 'trusted') world.covered(`clock ${plan.clock}`);
    world.run(3_000);
  }

  private wish(device: SimulatedDevice): void {
    this.world.confirmed({ kind: 'observe', endpoint: device.options.name, path: observed });
  }

  /** Everything that is to happen gets its time. */
  private arrange(): void {
    const { timeline } = this.world;
    for (const { name, notifyEveryMs } of this.plan.devices) {
      const { device, temperament } = this.of(name);
      this.keepUp(device, temperament.updateEveryMs, () => device.update());
      this.keepUp(device, notifyEveryMs, () => device.notify());
    }
    for (const spell of this.plan.spells) {
      timeline.plan(spell.atMs, () => {
        this.world.network = spell.network;
      });
      timeline.plan(spell.atMs + spell.forMs, () => {
        this.world.network = perfectNetwork;
      });
    }
    for (const { atMs, after, next } of this.plan.cuts) {
      timeline.plan(atMs, () => {
        this.world.cuts = [...next];
        const { powerCuts } = this.world;
        if (after === undefined) this.world.gateway.cut();
        else this.world.gateway.cutAfter(after);
        this.world.timeline.plan(cutLatestMs, () => this.cutUnlessCut(powerCuts));
      });
    }
    for (const step of this.plan.steps) timeline.plan(step.atMs, () => this.step(step));
  }

  /** Where nothing happened meanwhile, or the gateway had stopped by itself. */
  private cutUnlessCut(powerCuts: number): void {
    const { gateway, timeline } = this.world;
    if (this.world.powerCuts > powerCuts) return;
    if (gateway.ready) gateway.cut();
    else timeline.plan(1_000, () => this.cutUnlessCut(powerCuts));
  }

  private of(name: string): { device: SimulatedDevice; temperament: Temperament } {
    return this.devices.get(name) as { device: SimulatedDevice; temperament: Temperament };
  }

  /** What a device does by itself, as long as the world stands. */
  private keepUp(device: SimulatedDevice, everyMs: number, act: () => void): void {
    const random = this.world.randomOf(`${device.options.name} every ${everyMs}`);
    const later = () => {
      this.world.timeline.plan(random.between(everyMs * 0.8, everyMs), () => {
        act();
        later();
      });
    };
    later();
  }

  private troubleEndsMs(): number {
    return Math.max(0, ...this.plan.spells.map(({ atMs, forMs }) => atMs + forMs));
  }

  private step({ device: name, act }: StepPlan): void {
    const { world } = this;
    const { device } = this.of(name);
    if (device.isRetired) return;
    if (act.kind === 'notify') device.notify();
    else if (act.kind === 'send') device.sendReport();
    else if (act.kind === 'update') device.update(act.lifetimeSeconds);
    else if (act.kind === 'reboot') device.reboot();
    else if (act.kind === 'move') this.move(device);
    else if (act.kind === 'leave') device.leave();
    else if (act.kind === 'replay') world.replay(act.fromElsewhere);
    else if (act.kind === 'refuse') this.refuse(act);
    else if (act.kind === 'restart') this.restart(act.after);
    else if (act.kind === 'destroy') world.damage.ofConnections(device);
    else if (act.kind === 'poison') poison(world, device, act.forMs);
    else if (act.kind === 'damage') world.damage.ofObservation(device);
    else this.operate(device, act.kind);
  }

  private move(device: SimulatedDevice): void {
    if (device.established) this.world.covered(device.options.connectionId ? 'address move' : 'address lost');
    device.move();
  }

  private restart(after: number | undefined): void {
    const { gateway } = this.world;
    if (!gateway.ready) return;
    if (after !== undefined) gateway.cutAfter(after);
    this.world.restart();
  }

  private operate(device: SimulatedDevice, verb: 'read' | 'write' | 'execute'): void {
    const { world } = this;
    const { name: endpoint, queueMode } = device.options;
    const operation =
      verb === 'read'
        ? { verb, path: observed }
        : verb === 'execute'
          ? { verb, path: resettable, arguments: `0='${++this.executions}'` }
          : { verb, path: writable, entries: [setting(`set ${world.timeline.nowMs}`)], replace: true };
    world.operate({ kind: 'operate', endpoint, operation, expiresMs: 60_000 });
    const open = queueMode ? world.gateway.inspect({ kind: 'device', endpoint }) : undefined;
    if (open?.kind === 'device' && (open.device?.queued ?? 0) > 0) world.covered('queued for a sleeper');
  }

  /** The database refuses, or the ring, or both. */
  private refuse({ what, fault, keeps, forMs }: Extract<StepPlan['act'], { kind: 'refuse' }>): void {
    const { world } = this;
    const { disk, timeline } = world;
    if (what !== 'ring') disk.faults.database = fault;
    if (what !== 'database') disk.faults.ring = fault;
    if (what !== 'ring') world.covered('database refused');
    if (what !== 'database') world.covered('journal refused');
    if (fault === 'full') world.covered('ENOSPC');
    disk.faultKeeps = keeps;
    if (what === 'both') world.refusesUntilMs = timeline.nowMs + forMs + recoveryMs;
    world.noteTrouble(forMs + recoveryMs);
    timeline.plan(forMs, () => disk.refuse(undefined));
  }

  /** The faults end. Every device must be reached, be heard, and find what was promised to it. */
  private settle(): void {
    const { world } = this;
    world.network = perfectNetwork;
    world.disk.refuse(undefined);
    world.endCuts();
    reachAll(world, [...this.devices.values()]);
    world.run(settleMs);
    world.run(Math.max(0, runMs - checkedMs - world.timeline.nowMs));
    this.replayWhatIsOld();
    for (const device of world.devices) device.update();
    world.run(5_000);
    allIsWell(world);
    world.run(Math.max(0, runMs - world.timeline.nowMs));
  }

  /**
   * By now no duplicate record remembers the trouble; after one more cut only the kept receive windows do. The attacker tries at
   * once, before the devices are heard again, and later.
   */
  private replayWhatIsOld(): void {
    const { world } = this;
    for (const device of world.devices) device.update();
    // Long enough for that to be kept: ages count on from there.
    world.run(70_000);
    world.gateway.cut('before old datagrams are replayed');
    world.run(world.outageMs + 1_000);
    this.replaySome();
    for (const device of world.devices) device.update();
    // A connection that is kept soon goes with this cut, and its device may be three minutes away until it comes again.
    world.run(200_000);
    this.replaySome();
  }

  private replaySome(): void {
    for (let i = 0; i < oldReplays; i++) this.world.replay(this.world.random.chance(0.3));
    this.world.run(5_000);
  }
}

function setting(value: string): { path: ResourcePath; value: { type: 'string'; value: string } } {
  return { path: writable, value: { type: 'string', value } };
}
