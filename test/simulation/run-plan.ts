/**
 * What happens in one run of the world, as data: which devices there are, what they and their operators do when, how bad the network
 * is, what fails, and when the power goes. A seed gives a plan; a plan that fails can be made smaller.
 */
import type { FailureKind } from '../../src/commit/journal/journaled-store.ts';
import { Random } from './random.ts';
import { type Temperament, temperaments } from './temperaments.ts';
import type { Clock } from './wall-clock.ts';
import type { Network } from './world.ts';

export interface RunPlan {
  readonly seed: number;
  readonly clock: Clock;
  readonly portHeld: boolean;
  readonly outageMs: number;
  /** How often each reader of the event log comes. */
  readonly readersEveryMs: readonly number[];
  readonly devices: readonly DevicePlan[];
  readonly spells: readonly SpellPlan[];
  readonly cuts: readonly CutPlan[];
  readonly steps: readonly StepPlan[];
}

export interface DevicePlan {
  readonly name: string;
  readonly temperament: string;
  readonly notifyEveryMs: number;
  /** It has a certificate, and no key. */
  readonly hasCertificate: boolean;
}

/** A time of trouble. All times are milliseconds since every device was in. */
export interface SpellPlan {
  readonly atMs: number;
  readonly forMs: number;
  readonly network: Network;
}

export interface CutPlan {
  readonly atMs: number;
  /** Opportunities until the power goes; undefined: at that instant. */
  readonly after: number | undefined;
  /** The same for each of the lives that follow: early ones hit the start itself, later ones traffic. */
  readonly next: readonly number[];
}

export type Act =
  | { readonly kind: 'notify' | 'send' | 'reboot' | 'move' | 'leave' | 'read' | 'write' | 'execute' }
  | { readonly kind: 'update'; readonly lifetimeSeconds: number | undefined }
  | { readonly kind: 'replay'; readonly fromElsewhere: boolean }
  | {
      readonly kind: 'refuse';
      readonly what: 'database' | 'ring' | 'both';
      readonly fault: FailureKind;
      readonly keeps: boolean;
      readonly forMs: number;
    }
  /** At the next start the record of the device's observation is damaged. */
  | { readonly kind: 'damage' }
  /** At the next start nothing is known of the device's connections. */
  | { readonly kind: 'destroy' }
  /** For so long the gateway dies of whatever comes from the device. */
  | { readonly kind: 'poison'; readonly forMs: number }
  /** A clean stop; `after`: opportunities for a cut until the power goes during it. */
  | { readonly kind: 'restart'; readonly after: number | undefined };

export interface StepPlan {
  readonly atMs: number;
  /** The device that does it, or to whom it is done. */
  readonly device: string;
  readonly act: Act;
}

export const lifetimeSeconds = 1_800;
/** The last spell begins here at the latest. */
const troubleUntilMs = 5_000_000;
const spellMs = 75_000;
const spells = 3;
const devicesMin = 8;
const devicesMax = 10;
/** In few runs, and early in a time of trouble: so long may the gateway die of one device. */
const poisonProbability = 0.1;
const poisonMs = 50_000;
const certificateProbability = 0.25;
/** None, one that keeps up, one that lags, both. */
const readers: readonly (readonly number[])[] = [[], [20_000], [120_000], [15_000, 300_000]];

export function planOf(seed: number): RunPlan {
  const random = new Random(seed);
  const chosen = chooseTemperaments(random);
  const devices = chosen.map(({ name }, index) => ({
    name: `device-${index}`,
    temperament: name,
    notifyEveryMs: random.between(150_000, 600_000),
    hasCertificate: false,
  }));
  const times = Array.from({ length: spells }, (_, index) => spellAt(index, random));
  const plan = {
    seed,
    clock: random.chance(0.5) ? 'trusted' : random.pick(['late', 'jumps', 'in 1970'] as const),
    portHeld: random.chance(0.75),
    outageMs: random.pick([50, 400, 2_000, 8_000]),
    readersEveryMs: random.pick(readers),
    devices,
    spells: times.map((atMs) => ({ atMs, forMs: spellMs, network: badNetwork(random) })),
    cuts: times.map((atMs) => cutWithin(atMs, random)),
    steps: [
      ...times.flatMap((atMs) => stepsWithin(atMs, devices, chosen, random)),
      ...poisonSteps(times, devices, chosen, random),
    ],
  } satisfies RunPlan;
  return { ...plan, devices: withCertificate(devices, chosen, random) };
}

/** In some runs one device has a certificate, whatever it is like otherwise: its handshakes take far more time than the rest. */
function withCertificate(
  devices: readonly DevicePlan[],
  chosen: readonly Temperament[],
  random: Random,
): readonly DevicePlan[] {
  if (!random.chance(certificateProbability)) return devices;
  const one = random.pick(devices.filter((_, index) => chosen[index]?.options.secure === true));
  return devices.map((device) => (device === one ? { ...device, hasCertificate: true } : device));
}

function chooseTemperaments(random: Random): Temperament[] {
  const left = [...temperaments];
  const count = random.between(devicesMin, devicesMax);
  return Array.from({ length: count }, () => left.splice(random.between(0, left.length - 1), 1)).flat();
}

function spellAt(index: number, random: Random): number {
  const each = troubleUntilMs / spells;
  return index * each + random.between(0, each - 2 * spellMs);
}

function badNetwork(random: Random): Network {
  return {
    lossProbability: random.pick([0, 0.05, 0.15]),
    duplicateProbability: random.pick([0, 0.1]),
    delayMinMs: 1,
    delayMaxMs: random.pick([5, 80, 600]),
  };
}

function cutWithin(spellAtMs: number, random: Random): CutPlan {
  const opportunities = () => random.between(1, random.pick([3, 12, 60, 250]));
  return {
    atMs: spellAtMs + random.between(0, (spellMs * 2) / 3),
    after: random.chance(0.4) ? undefined : opportunities(),
    next: Array.from({ length: random.between(0, 2) }, opportunities),
  };
}

function stepsWithin(
  spellAtMs: number,
  devices: readonly DevicePlan[],
  chosen: readonly Temperament[],
  random: Random,
): StepPlan[] {
  const steps: StepPlan[] = [];
  for (let atMs = spellAtMs; atMs < spellAtMs + spellMs; atMs += random.between(50, 2_000)) {
    const index = random.between(0, devices.length - 1);
    const [device, temperament] = [devices[index], chosen[index]];
    if (device === undefined || temperament === undefined) continue;
    steps.push({ atMs, device: device.name, act: actOf(temperament, random) });
  }
  return steps;
}

/** One that has a key: of an address alone the gateway dies no longer than it ignores it. */
function poisonSteps(
  times: readonly number[],
  devices: readonly DevicePlan[],
  chosen: readonly Temperament[],
  random: Random,
): StepPlan[] {
  if (!random.chance(poisonProbability)) return [];
  const device = random.pick(devices.filter((_, index) => chosen[index]?.options.secure === true));
  return [{ atMs: random.pick(times), device: device.name, act: { kind: 'poison', forMs: poisonMs } }];
}

function actOf({ traits, options }: Temperament, random: Random): Act {
  if (traits.includes('accepts handshakes of the gateway') && random.chance(0.05)) return { kind: 'destroy' };
  if (traits.includes('reboots') && random.chance(0.15)) return { kind: 'reboot' };
  const roll = random.fraction();
  if (roll < 0.36) return { kind: 'notify' };
  if (roll < 0.54) return { kind: 'send' };
  if (roll < 0.64) {
    return { kind: 'update', lifetimeSeconds: random.chance(0.5) ? random.between(1_800, 2_400) : undefined };
  }
  if (roll < 0.72) return { kind: 'replay', fromElsewhere: random.chance(0.5) };
  if (roll < 0.73) return { kind: 'reboot' };
  if (roll < (options.connectionId ? 0.78 : 0.735)) return { kind: 'move' };
  if (roll < 0.85) return { kind: 'read' };
  if (roll < 0.88) return { kind: 'write' };
  if (roll < 0.95) return { kind: 'execute' };
  if (roll < 0.965) return refusal(random);
  if (roll < 0.97) return { kind: 'restart', after: random.chance(0.3) ? random.between(1, 3) : undefined };
  if (roll < 0.975) return { kind: 'damage' };
  if (roll < 0.98) return { kind: 'destroy' };
  if (roll < 0.99) return { kind: 'leave' };
  return { kind: 'notify' };
}

function refusal(random: Random): Act {
  return {
    kind: 'refuse',
    what: random.pick(['database', 'ring', 'both'] as const),
    fault: random.pick(['full', 'failed', 'readonly'] as const),
    keeps: random.chance(0.5),
    forMs: random.between(100, 5_000),
  };
}
