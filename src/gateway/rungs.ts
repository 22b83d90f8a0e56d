/**
 * The ways to a device, and climbing them: the connection that it has is tried with a request; else a handshake is begun toward
 * where it was last, if the ladder says so (`ladder.ts`). Whoever needs a device without a connection, the recovery after a
 * restart or an operation, comes here; nobody is shaken hands with twice at a time.
 *
 * Limits: `connectTriesMax` tries in vain until the device is heard again, at growing distances.
 */
import type { Address, ListenerName, PeerId } from '../base/address.ts';
import { Deadlines } from '../base/deadlines.ts';
import type { Monotonic, Now } from '../base/instants.ts';
import type { ConnectFailure } from '../dtls/dtls-output.ts';
import type { Connections } from './connections.ts';
import type { Credentials } from './credentials.ts';
import { type Means, nextRung, type Tries, triedInVain } from './ladder.ts';
import type { Connected, Learned } from './learned.ts';
import type { Peers } from './peers.ts';
import type { Presence } from './presence.ts';
import type { Rungs } from './recovery.ts';
import type { Rung } from './recovery-view.ts';
import type { Registration } from './registration.ts';
import type { Registrations } from './registrations.ts';
import type { Step } from './step.ts';
import type { Uptime } from './uptime.ts';

export interface RungParts {
  readonly connections: Connections;
  readonly credentials: Credentials;
  readonly registrations: Registrations;
  readonly presence: Presence;
  readonly learned: Learned;
  readonly peers: Peers;
  readonly uptime: Uptime;
  /** Without DTLS whoever has registered can be reached. */
  readonly plainListeners: ReadonlySet<ListenerName>;
}

const none: ReadonlySet<Rung> = new Set();

export class DeviceRungs implements Rungs {
  private readonly parts: RungParts;
  private readonly tries = new Map<string, Tries>();
  /** Handshakes under way, and as what they were begun. */
  private readonly underWay = new Map<string, Rung>();
  private readonly retries = new Deadlines<string>();

  constructor(parts: RungParts) {
    this.parts = parts;
  }

  /** Whether a request can leave for the device now: it does not sleep, and there is a connection. */
  reachable(registration: Registration, now: Monotonic): boolean {
    return this.parts.presence.reachable(registration, now) && this.isConnected(registration);
  }

  isConnected({ peer, listener }: Registration): boolean {
    return this.parts.plainListeners.has(listener) || this.parts.connections.current(peer) !== undefined;
  }

  next(registration: Registration, failed: ReadonlySet<Rung>, now: Now): Rung {
    const { learned, uptime } = this.parts;
    const { endpoint } = registration;
    const at = { monotonic: now.monotonic, uptimeMs: uptime.at(now) };
    return nextRung(this.means(registration), failed, learned.of(endpoint), this.tries.get(endpoint), at);
  }

  climb(registration: Registration, rung: Rung, step: Step): boolean {
    const { peer, endpoint } = registration;
    if (rung === 'restored') {
      step.afterCommit(peer, { kind: 'ask-device', endpoint });
      return true;
    }
    const to = this.whereTo(registration);
    if (rung === 'wait' || to === undefined || this.underWay.has(endpoint)) return true;
    const refusal = this.parts.connections.connect({ ...to, resume: rung === 'abbreviated' }, step);
    if (refusal === undefined) {
      this.underWay.set(endpoint, rung);
      step.tell({ kind: 'handshake', endpoint, rung, result: 'begun' });
    } else {
      this.retries.set(endpoint, triedInVain(undefined, false, step.now.monotonic).notBefore);
    }
    return refusal === undefined;
  }

  /** The device sleeps from now on: a handshake that has not come about would wake it. */
  sleeps(registration: Registration, step: Step): void {
    const to = this.underWay.has(registration.endpoint) ? this.whereTo(registration) : undefined;
    if (to !== undefined) this.parts.connections.abandon(to.listener, to.address, step);
  }

  /** Something waits for a device that does not sleep and has no connection: it is shaken hands with, if the ladder says so. */
  need(registration: Registration, step: Step): Rung {
    const { endpoint } = registration;
    const begun = this.underWay.get(endpoint);
    if (begun !== undefined) return begun;
    const rung = this.next(registration, none, step.now);
    if (rung !== 'wait' && rung !== 'restored') this.climb(registration, rung, step);
    return rung;
  }

  /** A handshake with the peer succeeded, whoever began it. Returns the rung that it was, if it was one. */
  connected(
    peer: PeerId,
    identity: string,
    connected: Connected & { readonly wasOther: boolean },
    step: Step,
  ): { readonly endpoint: string; readonly rung: Rung } | undefined {
    const { learned, peers, credentials } = this.parts;
    const endpoint = credentials.endpointOf(identity);
    if (endpoint === undefined) return undefined;
    const lastHeardAt = connected.wasOther ? peers.get(peer)?.lastHeardAt : undefined;
    learned.connected(endpoint, connected, lastHeardAt && step.now.monotonic - lastHeardAt, step);
    if (connected.role === 'server') return undefined;
    const rung = connected.resumed ? 'abbreviated' : 'full';
    this.settled(endpoint);
    step.tell({ kind: 'handshake', endpoint, rung, result: 'done' });
    if (this.parts.registrations.ofPeer(peer) === undefined) return undefined;
    step.afterCommit(peer, { kind: 'ask-device', endpoint });
    step.afterCommit(peer, { kind: 'fulfil-wishes', endpoint });
    return { endpoint, rung };
  }

  /** A handshake that was begun here came to nothing. Returns whose it was, when another rung may be tried. */
  failed(identity: string, why: ConnectFailure, step: Step): string | undefined {
    const endpoint = this.parts.credentials.endpointOf(identity);
    const rung = endpoint === undefined ? undefined : this.underWay.get(endpoint);
    if (endpoint === undefined || rung === undefined) return undefined;
    this.underWay.delete(endpoint);
    step.tell({ kind: 'handshake', endpoint, rung, result: why });
    if (why === 'peer-began' || why === 'ended') return undefined;
    this.parts.learned.failedToConnect(endpoint, step);
    const tries = triedInVain(this.tries.get(endpoint), why === 'refused', step.now.monotonic);
    this.tries.set(endpoint, tries);
    this.retries.set(endpoint, tries.notBefore);
    return endpoint;
  }

  /** A message of the device came; `idleMs`: how long after the last one over the same connection. */
  heard(endpoint: string, idleMs: number, step: Step): void {
    this.parts.learned.idled(endpoint, idleMs, step);
    if (this.tries.has(endpoint)) this.settled(endpoint);
  }

  /** The connection of the device is about to go: where it is reached is not to go with it. */
  remember({ peer, endpoint }: Registration, step: Step): void {
    const association = this.parts.connections.current(peer);
    if (association === undefined) return;
    this.parts.learned.seenAt(endpoint, association.listener, association.primaryAddress, step);
  }

  /** Whatever was tried and learned: the device may be shaken hands with at once. */
  tryAnew(endpoint: string, step: Step): void {
    this.settled(endpoint);
    this.parts.learned.tryAnew(endpoint, step);
  }

  /** The device is removed. */
  forget(endpoint: string, step: Step): void {
    this.settled(endpoint);
    this.parts.learned.forget(endpoint, step);
  }

  advance(step: Step): void {
    for (const endpoint of this.retries.due(step.now.monotonic)) {
      const registration = this.parts.registrations.registered(endpoint);
      if (registration === undefined || this.isConnected(registration)) continue;
      // Only if something still waits for it is it tried again.
      step.afterCommit(undefined, { kind: 'deliver', endpoint });
      step.afterCommit(undefined, { kind: 'fulfil-wishes', endpoint });
    }
  }

  nextDeadline(): { at: Monotonic; reason: string } | undefined {
    const next = this.retries.next();
    return next && { at: next.at, reason: `${next.key} may be shaken hands with again` };
  }

  private settled(endpoint: string): void {
    this.tries.delete(endpoint);
    this.underWay.delete(endpoint);
    this.retries.cancel(endpoint);
  }

  private means(registration: Registration): Means {
    const to = this.whereTo(registration);
    const hasSession = to !== undefined && this.parts.connections.canResume(to.identity);
    return { hasConnection: this.isConnected(registration), canConnect: to !== undefined, hasSession };
  }

  /** Where the device was last, and as whom it proves itself; undefined when it is not known, or without DTLS. */
  private whereTo({
    peer,
    listener,
    endpoint,
  }: Registration):
    | { readonly listener: ListenerName; readonly address: Address; readonly identity: string }
    | undefined {
    const { connections, credentials, peers, learned, plainListeners } = this.parts;
    if (plainListeners.has(listener)) return undefined;
    const identity = credentials.get(endpoint)?.identity;
    const last = learned.of(endpoint);
    const kept = last?.listener === listener ? (last.address as Address) : undefined;
    const address = connections.current(peer)?.primaryAddress ?? peers.get(peer)?.lastAddress ?? kept;
    return identity === undefined || address === undefined ? undefined : { listener, address, identity };
  }
}
