/** The demo's sums: what the devices counted against what the event log held, and what that proves. Pure. */
import type { DeviceTotals } from './fleet-messages.ts';

/** One kill, as it went. */
export interface Round {
  readonly inFlight: number;
  /** From the kill to the gateway serving again. */
  readonly readyMs: number;
  /** From the kill to the first acknowledgement that a device saw. */
  readonly firstNotificationMs: number;
}

export interface Figures {
  readonly devices: number;
  readonly kills: number;
  readonly acknowledged: number;
  readonly handshakesAfterRestart: number;
  readonly registrationsAfterRestart: number;
  readonly acknowledgedLost: number;
  readonly sequenceReused: number;
  /** The longest of all kills. */
  readonly readyMs: number;
  readonly firstNotificationMs: number;
}

/** Numbers read from the event log, by endpoint. */
export type ReceivedNumbers = ReadonlyMap<string, ReadonlySet<number>>;

/** An acknowledged number that the log never told. */
export interface LostNumber {
  readonly endpoint: string;
  readonly number: number;
}

export function lostNumbers(devices: readonly DeviceTotals[], received: ReceivedNumbers): readonly LostNumber[] {
  return devices.flatMap(({ endpoint, acknowledged }) => {
    const read = received.get(endpoint);
    return acknowledged.filter((number) => read?.has(number) !== true).map((number) => ({ endpoint, number }));
  });
}

/** `before`: the same devices before the first kill. */
export function figuresOf(
  devices: readonly DeviceTotals[],
  before: readonly DeviceTotals[],
  received: ReceivedNumbers,
  rounds: readonly Round[],
): Figures {
  const sum = (of: (device: DeviceTotals) => number, over = devices): number =>
    over.reduce((total, device) => total + of(device), 0);
  return {
    devices: devices.length,
    kills: rounds.length,
    acknowledged: sum(({ acknowledged }) => acknowledged.length),
    handshakesAfterRestart: sum((one) => one.handshakes) - sum((one) => one.handshakes, before),
    registrationsAfterRestart: sum((one) => one.registrations) - sum((one) => one.registrations, before),
    acknowledgedLost: lostNumbers(devices, received).length,
    sequenceReused: sum(({ sequenceReused }) => sequenceReused),
    readyMs: Math.round(Math.max(0, ...rounds.map(({ readyMs }) => readyMs))),
    firstNotificationMs: Math.round(Math.max(0, ...rounds.map(({ firstNotificationMs }) => firstNotificationMs))),
  };
}

/** The devices that must wait for an acknowledgement when the gateway is killed: a tenth. */
export function inFlightMin(devices: number): number {
  return Math.max(1, Math.ceil(devices / 10));
}

/** One for each device in each life of the gateway, on average: with fewer, most devices said nothing between two kills. */
export function acknowledgedMin({ devices, kills }: Pick<Figures, 'devices' | 'kills'>): number {
  return devices * (kills + 1);
}

/** Why the run proves nothing, or undefined when it does. */
export function notProved(figures: Figures, rounds: readonly Round[]): string | undefined {
  const least = acknowledgedMin(figures);
  if (figures.acknowledged < least) {
    return `only ${figures.acknowledged} messages were acknowledged; ${least} are needed, one for each device in each life of the gateway`;
  }
  const idle = rounds.findIndex(({ inFlight }) => inFlight < inFlightMin(figures.devices));
  if (idle < 0) return undefined;
  const { inFlight = 0 } = rounds[idle] ?? {};
  return `at kill ${idle + 1} only ${inFlight} devices waited for an acknowledgement; ${inFlightMin(figures.devices)} are needed`;
}

export function isWhole(figures: Figures): boolean {
  const { handshakesAfterRestart, registrationsAfterRestart, acknowledgedLost, sequenceReused } = figures;
  return handshakesAfterRestart + registrationsAfterRestart + acknowledgedLost + sequenceReused === 0;
}

/** The first device for which a figure is wrong, and what happened to it; undefined when all are whole. */
export function firstOffender(
  devices: readonly DeviceTotals[],
  before: readonly DeviceTotals[],
  received: ReceivedNumbers,
): string | undefined {
  const [lost] = lostNumbers(devices, received);
  if (lost !== undefined)
    return `${lost.endpoint}: its message ${lost.number} was acknowledged and is not in the event log`;
  for (const [index, device] of devices.entries()) {
    const was = before[index];
    const handshakes = device.handshakes - (was?.handshakes ?? 0);
    const registrations = device.registrations - (was?.registrations ?? 0);
    if (device.sequenceReused > 0)
      return `${device.endpoint}: ${device.sequenceReused} sequence numbers were used twice`;
    if (handshakes + registrations === 0) continue;
    const why = device.troubles.at(-1) ?? 'it does not know why';
    return `${device.endpoint}: ${handshakes} handshakes, ${registrations} registrations after the kills; ${why}`;
  }
  return undefined;
}
