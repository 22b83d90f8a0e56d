/**
 * Asking devices of our own accord: what is wished of them, what waits for them, whether they are there. It is done when a device
 * is awake and has a connection; one that is awake and has none is shaken hands with first.
 */
import { readRequest } from '../lwm2m/operations/read.ts';
import { parsePath, type ResourcePath } from '../lwm2m/path.ts';
import type { Action } from './action.ts';
import type { Downlink } from './downlink.ts';
import type { LateReading } from './late-reading.ts';
import type { Observations } from './observations.ts';
import type { Presence } from './presence.ts';
import type { Recovery } from './recovery.ts';
import { dialectOf, type Registration } from './registration.ts';
import type { Registrations } from './registrations.ts';
import type { DeviceRungs } from './rungs.ts';
import type { Step } from './step.ts';
import type { WishTurns } from './wish-turns.ts';

export interface AskingParts {
  readonly registrations: Registrations;
  readonly observations: Observations;
  readonly reading: LateReading;
  readonly presence: Presence;
  readonly downlink: Downlink;
  readonly recovery: Recovery;
  readonly rungs: DeviceRungs;
  readonly wishTurns: WishTurns;
}

type ActionOf<Kind extends Action['kind']> = Extract<Action, { kind: Kind }>;

/** Supported Binding and Modes: one character in most devices, and mandatory since LwM2M 1.0. */
const probed = parsePath('/3/0/16') as ResourcePath;

export class Asking {
  private readonly parts: AskingParts;

  constructor(parts: AskingParts) {
    this.parts = parts;
  }

  /** A message of the device came; `idleMs` after the one before it over the same connection, 0 over a new one. */
  heard({ endpoint, peer }: Registration, idleMs: number, step: Step): void {
    const { rungs, recovery, downlink, observations } = this.parts;
    rungs.heard(endpoint, idleMs, step);
    recovery.heard(endpoint, step);
    // What found no connection may leave over the new one.
    if (idleMs > 0) return;
    if (downlink.waitsFor(endpoint)) step.afterCommit(peer, { kind: 'deliver', endpoint });
    if (observations.wantsOf(endpoint)) step.afterCommit(peer, { kind: 'fulfil-wishes', endpoint });
  }

  /** Of a device whose wishes are not read yet nobody knows them; the recovery begins when they are. */
  fulfilWishes(endpoint: string, step: Step): void {
    const { observations, wishTurns, reading } = this.parts;
    if (!reading.isRead(endpoint)) return;
    const registration = observations.wantsOf(endpoint) ? this.reached(endpoint, step) : undefined;
    if (registration === undefined) return wishTurns.leave(endpoint);
    if (!wishTurns.take(registration, step.now.monotonic)) return;
    step.onAccountOf(registration.peer, () => observations.fulfil(registration, step));
  }

  deliver(endpoint: string, step: Step): void {
    if (!this.parts.downlink.waitsFor(endpoint)) return;
    if (this.reached(endpoint, step) !== undefined) this.parts.downlink.deliver(endpoint, step);
  }

  /** What waits for the device, else one small Read: everybody has object 3. */
  askDevice(endpoint: string, step: Step): void {
    const { registrations, observations, downlink, reading } = this.parts;
    const registration = registrations.registered(endpoint);
    if (registration === undefined || !reading.isRead(endpoint)) return;
    const { peer } = registration;
    if (downlink.waitsFor(endpoint)) return downlink.deliver(endpoint, step);
    if (observations.wantsOf(endpoint)) {
      return step.onAccountOf(peer, () => observations.fulfil(registration, step));
    }
    const request = readRequest(dialectOf(registration), probed);
    step.afterCommit(peer, { kind: 'request', peer, request, purpose: { kind: 'probe', endpoint, path: probed } });
  }

  sleeps(endpoint: string, step: Step): void {
    const registration = this.parts.registrations.registered(endpoint);
    if (registration !== undefined) this.parts.rungs.sleeps(registration, step);
  }

  connected(action: ActionOf<'connected'>, step: Step): void {
    const climbed = this.parts.rungs.connected(action.peer, action.identity, action, step);
    if (climbed !== undefined) this.parts.recovery.climbed(climbed.endpoint, climbed.rung);
  }

  connectFailed({ identity, why }: ActionOf<'connect-failed'>, step: Step): void {
    const endpoint = this.parts.rungs.failed(identity, why, step);
    if (endpoint !== undefined) this.parts.recovery.failed(endpoint, step);
  }

  /** A device to which a request can leave now. One that is awake and has no connection is shaken hands with. */
  private reached(endpoint: string, step: Step): Registration | undefined {
    const { registrations, presence, rungs } = this.parts;
    const registration = registrations.registered(endpoint);
    if (registration === undefined || !presence.reachable(registration, step.now.monotonic)) return undefined;
    if (rungs.isConnected(registration)) return registration;
    rungs.need(registration, step);
    return undefined;
  }
}
