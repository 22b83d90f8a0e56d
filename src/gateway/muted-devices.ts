/**
 * Which devices are ignored, and why. Whoever is muted has no registration, no connection and no session, so nothing of the
 * gateway's ever turns to it; what it sends is dropped and counted as `muted` before anything works on it: with DTLS its identity
 * finds no key, without DTLS its address is known. Owns the records `mu/`.
 */
import type { Address, ListenerName } from '../base/address.ts';
import { Deadlines } from '../base/deadlines.ts';
import { type Monotonic, trustedWall } from '../base/instants.ts';
import type { StoredRecord } from '../commit/commit.ts';
import type { DtlsEndpointOptions } from '../dtls/dtls-endpoint.ts';
import type { OwnCertificates, PeerChainOptions } from '../dtls/peer-chains.ts';
import { type MutedRecord, mutedRecord } from '../records/muted-record.ts';
import { encodeKind, keyOf } from '../records/record-kind.ts';
import type { Credentials } from './credentials.ts';
import { MutedAddresses } from './muted-addresses.ts';
import { type Foundations, type Part, type Restored, restoreKind } from './part.ts';
import { toSeconds } from './seconds.ts';
import { SortedNames } from './sorted-names.ts';
import type { Step } from './step.ts';
import type { MutedView } from './views.ts';

/** In whose name the breaker mutes. */
export const breakerAccount = 'crash-loop breaker';

export type Muting = Pick<MutedRecord, 'reason' | 'account' | 'byBreaker' | 'route'> & {
  /** How long; undefined: until somebody ends it. */
  readonly forMs: number | undefined;
};

type MutedKeys = Pick<DtlsEndpointOptions, 'psk' | 'credentialSerial' | 'certificates'> & {
  readonly isMuted: (identity: string) => boolean;
};

/** The text of a listener and an address, by which a device without DTLS is known. */
export function routeOf(listener: ListenerName, from: Address): string {
  return `${listener}|${from}`;
}

export class MutedDevices implements Part {
  readonly names = new SortedNames();
  readonly addresses = new MutedAddresses();
  private readonly byEndpoint = new Map<string, MutedRecord>();
  private readonly endpointByRoute = new Map<string, string>();
  private readonly ends = new Deadlines<string>();
  private readonly foundations: Foundations;
  private readonly endpointOf: (identity: string) => string | undefined;

  /** `endpointOf`: which device an identity belongs to. */
  constructor(foundations: Foundations, endpointOf: (identity: string) => string | undefined) {
    this.foundations = foundations;
    this.endpointOf = endpointOf;
  }

  has(endpoint: string): boolean {
    return this.byEndpoint.has(endpoint);
  }

  /** Whether the device of this identity is muted. */
  hasIdentity(identity: string): boolean {
    return this.byEndpoint.size > 0 && this.byEndpoint.has(this.endpointOf(identity) ?? identity);
  }

  /** Whether what comes from there is ignored, whoever sends it. */
  hasRoute(listener: ListenerName, from: Address, now: Monotonic): boolean {
    if (this.endpointByRoute.size === 0 && this.addresses.size === 0) return false;
    const route = routeOf(listener, from);
    return this.endpointByRoute.has(route) || this.addresses.has(route, now);
  }

  /** The devices that the breaker muted. */
  get byBreaker(): readonly string[] {
    return [...this.names].filter((name) => this.byEndpoint.get(name)?.byBreaker === true);
  }

  /** How the DTLS layer finds keys, sessions and who has a certificate: those of muted devices it does not. */
  keysFrom(
    credentials: Credentials,
    own: OwnCertificates | undefined,
    trustedWallMs: PeerChainOptions['trustedWallMs'],
  ): MutedKeys {
    const isMuted = (identity: string): boolean => this.hasIdentity(identity);
    const certificates = own && {
      own,
      trustedWallMs,
      holdsCertificate: (identity: string) => !isMuted(identity) && credentials.holdsCertificate(identity),
      proofOf: (identity: string) => credentials.proofOf(identity),
    };
    return {
      isMuted,
      psk: (identity) => (isMuted(identity) ? undefined : credentials.key(identity)),
      credentialSerial: (identity) => (isMuted(identity) ? undefined : credentials.serial(identity)),
      certificates,
    };
  }

  mute(endpoint: string, { forMs, ...muting }: Muting, step: Step): void {
    const sinceUptimeMs = this.foundations.uptime.at(step.now);
    const untilUptimeMs = forMs === undefined ? undefined : sinceUptimeMs + forMs;
    // Muted anew it has no registration that tells where it is.
    const route = muting.route ?? this.byEndpoint.get(endpoint)?.route;
    const record = { ...muting, route, sinceUptimeMs, sinceWall: trustedWall(step.now), untilUptimeMs };
    this.forget(endpoint);
    this.take(endpoint, record);
    this.setEnd(endpoint, record);
    const key = keyOf(mutedRecord, endpoint);
    step.put('before-ack', key, encodeKind(mutedRecord, this.foundations.aead, key, record));
  }

  /** False when it was not muted. */
  unmute(endpoint: string, step: Step): boolean {
    if (!this.byEndpoint.has(endpoint)) return false;
    this.forget(endpoint);
    step.remove('before-ack', keyOf(mutedRecord, endpoint));
    return true;
  }

  view(endpoint: string, uptimeMs: number): MutedView | undefined {
    const record = this.byEndpoint.get(endpoint);
    if (record === undefined) return undefined;
    const { reason, account, byBreaker, sinceWall, sinceUptimeMs, untilUptimeMs } = record;
    const secondsAgo = toSeconds(Math.max(0, uptimeMs - sinceUptimeMs));
    const endsInSeconds = untilUptimeMs === undefined ? undefined : toSeconds(Math.max(0, untilUptimeMs - uptimeMs));
    return { reason, account, byBreaker, sinceWall, secondsAgo, endsInSeconds };
  }

  restore(record: StoredRecord): Restored {
    const { aead, uptime } = this.foundations;
    const taken = restoreKind(mutedRecord, aead, record, ([endpoint = ''], value) => {
      uptime.sawRecordOf(value.sinceUptimeMs);
      uptime.sawRecordAt(value.sinceWall, value.sinceUptimeMs);
      this.take(endpoint, value);
    });
    return taken ?? 'foreign';
  }

  restored(_step: Step): void {
    for (const [endpoint, record] of this.byEndpoint) this.setEnd(endpoint, record);
  }

  advance(step: Step): void {
    for (const endpoint of this.ends.due(step.now.monotonic)) {
      this.unmute(endpoint, step);
      const event = {
        kind: 'change',
        endpoint,
        account: breakerAccount,
        text: 'no longer muted: its time is over',
      } as const;
      step.afterCommit(undefined, { kind: 'event', event });
    }
  }

  nextDeadline(): { at: Monotonic; reason: string } | undefined {
    const next = this.ends.next();
    return next && { at: next.at, reason: `${next.key} is no longer muted` };
  }

  private take(endpoint: string, record: MutedRecord): void {
    this.byEndpoint.set(endpoint, record);
    this.names.add(endpoint);
    if (record.route !== undefined) this.endpointByRoute.set(record.route, endpoint);
  }

  private setEnd(endpoint: string, { untilUptimeMs }: MutedRecord): void {
    if (untilUptimeMs !== undefined) this.ends.set(endpoint, this.foundations.uptime.monotonicOf(untilUptimeMs));
  }

  private forget(endpoint: string): void {
    const route = this.byEndpoint.get(endpoint)?.route;
    if (route !== undefined) this.endpointByRoute.delete(route);
    this.byEndpoint.delete(endpoint);
    this.names.delete(endpoint);
    this.ends.cancel(endpoint);
  }
}
