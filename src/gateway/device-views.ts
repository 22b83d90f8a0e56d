/** Devices as people and programs see them: put together from what the parts know, never a key. */
import type { Monotonic, Now } from '../base/instants.ts';
import type { CredentialRecord } from '../records/credential-record.ts';
import type { LearnedRecord } from '../records/learned-record.ts';
import type { Connections } from './connections.ts';
import type { Credentials } from './credentials.ts';
import type { Downlink } from './downlink.ts';
import type { Learned } from './learned.ts';
import { observationView } from './listed-observations.ts';
import type { MutedDevices } from './muted-devices.ts';
import type { Observations } from './observations.ts';
import type { Peers } from './peers.ts';
import type { Presence } from './presence.ts';
import type { Registration } from './registration.ts';
import type { Registrations } from './registrations.ts';
import { secondsSince, toSeconds } from './seconds.ts';
import { compareBytewise } from './sorted-names.ts';
import type { Uptime } from './uptime.ts';
import type { DeviceDetail, DeviceState, DeviceView, LearnedView } from './views.ts';

export interface DeviceViewParts {
  readonly credentials: Credentials;
  readonly muted: MutedDevices;
  readonly registrations: Registrations;
  readonly observations: Observations;
  readonly presence: Presence;
  readonly connections: Connections;
  readonly peers: Peers;
  readonly downlink: Downlink;
  readonly uptime: Uptime;
  readonly learned: Learned;
}

/** What the list of `devices` shows of one. */
export function stateOf(
  registration: Registration | undefined,
  now: Now,
  presence: Presence,
  registrations: Registrations,
): DeviceState {
  if (registration === undefined) return 'unseen';
  if (registration.ended !== undefined) return 'gone';
  const expiresAt = registrations.expiresAt(registration.endpoint);
  const overdue = expiresAt !== undefined && expiresAt < now.monotonic;
  if (overdue || registration.unanswered) return 'silent';
  if (registration.request.queueMode) return presence.reachable(registration, now.monotonic) ? 'awake' : 'asleep';
  return registration.heardSinceStart ? 'online' : 'restored';
}

export class DeviceViews {
  private readonly parts: DeviceViewParts;

  constructor(parts: DeviceViewParts) {
    this.parts = parts;
  }

  knows(endpoint: string): boolean {
    const { credentials, registrations, muted } = this.parts;
    return (
      credentials.get(endpoint) !== undefined || registrations.known(endpoint) !== undefined || muted.has(endpoint)
    );
  }

  list(after: string | undefined, limit: number, now: Now): { devices: readonly DeviceView[]; more: boolean } {
    const names = this.namesAfter(after, limit + 1);
    const devices = names.slice(0, limit).map((name) => this.view(name, now));
    return { devices, more: names.length > limit };
  }

  /** How many devices are in which state. */
  states(now: Now): Record<DeviceState, number> {
    const counts = { online: 0, awake: 0, asleep: 0, restored: 0, silent: 0, gone: 0, unseen: 0, muted: 0 };
    const { registrations, credentials, muted } = this.parts;
    for (const endpoint of registrations.names) counts[this.stateOf(endpoint, now)]++;
    for (const endpoint of credentials.names) {
      if (registrations.known(endpoint) === undefined && !muted.has(endpoint)) counts.unseen++;
    }
    for (const endpoint of muted.names) if (registrations.known(endpoint) === undefined) counts.muted++;
    return counts;
  }

  private stateOf(endpoint: string, now: Now): DeviceState {
    const { registrations, presence, muted } = this.parts;
    return muted.has(endpoint) ? 'muted' : stateOf(registrations.known(endpoint), now, presence, registrations);
  }

  view(endpoint: string, now: Now): DeviceView {
    const { registrations, observations, downlink, uptime } = this.parts;
    const registration = registrations.known(endpoint);
    const expiresAt = registrations.expiresAt(endpoint);
    const said = registration?.request;
    const ago = registration && secondsSince(registration.heardAtUptimeMs, uptime.at(now));
    return {
      endpoint,
      state: this.stateOf(endpoint, now),
      heardAtWall: registration?.heardAtWall,
      heardSecondsAgo: ago,
      expiresInSeconds: expiresAt && said && expiresIn(expiresAt, said.lifetimeSeconds, now),
      lifetimeSeconds: said?.lifetimeSeconds,
      queueMode: said?.queueMode ?? false,
      binding: said?.binding,
      lwm2mVersion: said?.version,
      registrationId: registration?.ended === undefined ? registration?.registrationId : undefined,
      registeredAtWall: registration?.registeredAtWall,
      ...this.link(endpoint, registration),
      observations: observations.countOf(endpoint),
      queued: downlink.openOf(endpoint).filter((operation) => operation.state === 'queued').length,
    };
  }

  detail(endpoint: string, now: Now): DeviceDetail | undefined {
    if (!this.knows(endpoint)) return undefined;
    const { registrations, observations, downlink, credentials, uptime } = this.parts;
    const registration = registrations.known(endpoint);
    const uptimeMs = uptime.at(now);
    const said = registration?.request;
    const additional = Object.entries(said?.additionalAttributes ?? {});
    return {
      ...this.view(endpoint, now),
      muted: this.parts.muted.view(endpoint, uptimeMs),
      registeredSecondsAgo: registration && secondsSince(registration.registeredAtUptimeMs, uptimeMs),
      updatedSecondsAgo: registration && secondsSince(registration.updatedAtUptimeMs, uptimeMs),
      ended: registration?.ended && {
        reason: registration.ended.reason,
        secondsAgo: secondsSince(registration.ended.atUptimeMs, uptimeMs),
      },
      rootPath: said?.rootPath ?? '/',
      objectLinks: (said?.objectLinks ?? []).map(({ path, attributes }) => ({ uri: path, attributes })),
      additionalAttributes: Object.fromEntries(additional.map(([name, value]) => [name, value === true ? '' : value])),
      credential: credentials.view(endpoint),
      dtls: this.dtls(registration, uptimeMs),
      learned: learnedView(this.parts.learned.of(endpoint), uptimeMs),
      observationList: observations.of(endpoint).map((wish) => observationView(wish, now)),
      queue: downlink.openOf(endpoint).map((operation) => downlink.view(operation, now)),
    };
  }

  private link(
    endpoint: string,
    registration: Registration | undefined,
  ): Pick<DeviceView, 'address' | 'listener' | 'security' | 'connectionId' | 'connection'> {
    const peer = registration?.peer;
    const association = peer === undefined ? undefined : this.parts.connections.current(peer);
    const credential = this.parts.credentials.get(endpoint);
    const spokeFrom = peer === undefined ? undefined : this.parts.peers.get(peer)?.lastAddress;
    const heard = registration?.heardSinceStart ?? false;
    const connection = association === undefined ? 'none' : association.restored && !heard ? 'restored' : 'live';
    return {
      address: association?.primaryAddress ?? spokeFrom,
      listener: registration?.listener,
      security: securityOf(credential, registration),
      connectionId: association?.usesConnectionId ?? false,
      connection,
    };
  }

  private dtls(registration: Registration | undefined, uptimeMs: number): DeviceDetail['dtls'] {
    const peer = registration?.peer;
    const association = peer === undefined ? undefined : this.parts.connections.current(peer);
    if (peer === undefined || association === undefined) return undefined;
    return {
      version: '1.2',
      suite: association.suite,
      connectionId: association.usesConnectionId,
      establishedSecondsAgo: secondsSince(association.establishedAtUptimeMs, uptimeMs),
      restores: association.restores,
      handshakesSinceRestore: this.parts.connections.handshakesOf(peer),
    };
  }

  /** Devices that have a key, that registered, or that are muted, in one order, each once. */
  namesAfter(after: string | undefined, limit: number): readonly string[] {
    const { credentials, registrations, muted } = this.parts;
    const names = [credentials.names, registrations.names, muted.names].flatMap((each) => each.after(after, limit));
    return [...new Set(names)].sort(compareBytewise).slice(0, limit);
  }
}

/** After a restart a registration gets some more time than its lifetime; nobody need see that. */
function expiresIn(at: Monotonic, lifetimeSeconds: number, now: Now): number {
  return Math.min(lifetimeSeconds, toSeconds(Math.max(0, at - now.monotonic)));
}

function securityOf(
  credential: CredentialRecord | undefined,
  registration: Registration | undefined,
): DeviceView['security'] {
  if (credential !== undefined) return credential.key === undefined ? 'x509' : 'psk';
  return registration === undefined ? undefined : 'none';
}

function learnedView(learned: LearnedRecord | undefined, uptimeMs: number): LearnedView | undefined {
  if (learned === undefined) return undefined;
  const { handshake, triedAtUptimeMs, failures, resumption, connectionId, keepsConnection } = learned;
  const triedSecondsAgo = triedAtUptimeMs === undefined ? undefined : secondsSince(triedAtUptimeMs, uptimeMs);
  return { handshake, triedSecondsAgo, failures, resumption, connectionId, keepsConnection };
}
