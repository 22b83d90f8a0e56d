/**
 * Which devices are registered: Register, Update, De-register, and lifetimes that run out (LwM2M 1.2 core 6.2). A device that
 * is gone is remembered until it registers again or is removed. Owns the records `rg/` (before its answer) and `sn/` (soon).
 *
 * Lifetimes: expiry runs on uptime, and over an outage when a trusted clock tells how long that was. The last Update before a cut
 * may be lost, and not every one is written (`refresh-times.ts`), so whoever was registered then counts as refreshed by it. Limits: `registrationsMax` names, gone ones included:
 * without DTLS whoever likes makes up names.
 */
import type { ListenerName, PeerId } from '../base/address.ts';
import { assert } from '../base/assert.ts';
import { Deadlines } from '../base/deadlines.ts';
import { randomBytes } from '../base/entropy.ts';
import { after, type Monotonic, type Now, trustedWall } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { StoredRecord } from '../commit/commit.ts';
import type { RegistrationRequest } from '../lwm2m/registration-request.ts';
import { decodeKind, encodeKind, keyOf, namesIn } from '../records/record-kind.ts';
import {
  type RegistrationOrigin,
  type RegistrationRecord,
  registrationHead,
  registrationRecord,
} from '../records/registration-record.ts';
import { type SeenRecord, seenRecord } from '../records/seen-record.ts';
import { bytesOf, type Piece, Slabs } from '../records/slab.ts';
import { type Foundations, onEach, type Part, type Restored, restoreKind } from './part.ts';
import { RefreshTimes, refreshStaleMs } from './refresh-times.ts';
import type { EndReason, Registration } from './registration.ts';
import { SortedNames } from './sorted-names.ts';
import type { Step } from './step.ts';

const registrationIdBytes = 3;

export class Registrations implements Part {
  /** Registers that were carried out in this start. */
  count = 0;
  /** Devices that are registered or gone. */
  readonly names = new SortedNames();
  private readonly byEndpoint = new Map<string, Registration>();
  private readonly byId = new Map<string, Registration>();
  private readonly byPeer = new Map<PeerId, Registration>();
  /** Those that are gone, whoever went first in front. */
  private readonly gone = new Map<string, Registration>();
  private readonly expiries = new Deadlines<string>();
  /** Of devices whose registration comes after them. */
  private readonly seen = new Map<string, SeenRecord>();
  /** All that were kept are known. */
  private isComplete = false;
  private readonly slabs = new Slabs();
  private readonly refreshTimes: RefreshTimes;
  private readonly foundations: Foundations;
  private readonly soonWindowMs: number;

  private readonly uncleanStart: () => boolean;

  /** `soonWindowMs`: for how long at most what is written soon may stay unwritten; an unclean stop loses it. */
  constructor(
    foundations: Foundations,
    soonWindowMs: number = limits.commitSoonWindowMs,
    uncleanStart: () => boolean = () => true,
  ) {
    this.foundations = foundations;
    this.soonWindowMs = soonWindowMs;
    this.refreshTimes = new RefreshTimes(soonWindowMs);
    this.uncleanStart = uncleanStart;
  }

  get size(): number {
    return this.byId.size;
  }

  /** The device of this name, registered or gone. */
  known(endpoint: string): Registration | undefined {
    return this.byEndpoint.get(endpoint);
  }

  /** The device of this name, if it is registered. */
  registered(endpoint: string): Registration | undefined {
    const found = this.byEndpoint.get(endpoint);
    return found?.ended === undefined ? found : undefined;
  }

  /** Whether one more name can be taken. */
  get hasRoom(): boolean {
    return this.names.size < limits.registrationsMax;
  }

  /** The device that has been gone the longest, of those that `mayGo`. */
  longestGone(mayGo: (endpoint: string) => boolean): string | undefined {
    for (const endpoint of this.gone.keys()) if (mayGo(endpoint)) return endpoint;
    return undefined;
  }

  ofId(registrationId: string): Registration | undefined {
    return this.byId.get(registrationId);
  }

  ofPeer(peer: PeerId): Registration | undefined {
    return this.byPeer.get(peer);
  }

  expiresAt(endpoint: string): Monotonic | undefined {
    const at = this.expiries.at(endpoint);
    return at === undefined ? undefined : after(at, -limits.lifetimeGraceMs);
  }

  /** Those that were registered, and whose registration ended; whoever went first in front. */
  get former(): Iterable<Registration> {
    return this.gone.values();
  }

  /** Those that are registered. */
  [Symbol.iterator](): IterableIterator<Registration> {
    return this.byId.values();
  }

  /** Takes a Register in place of whatever this device or this peer had. */
  register(
    request: RegistrationRequest,
    peer: PeerId,
    listener: ListenerName,
    origin: RegistrationOrigin,
    step: Step,
  ): Registration {
    const { now } = step;
    const uptimeMs = this.foundations.uptime.at(now);
    const replaced = this.byEndpoint.get(request.endpoint);
    if (replaced !== undefined) this.forget(replaced);
    const registration: Registration = {
      endpoint: request.endpoint,
      peer,
      listener,
      registrationId: this.freshId(),
      request,
      registeredAtWall: trustedWall(now),
      registeredAtUptimeMs: uptimeMs,
      updatedAtUptimeMs: uptimeMs,
      heardAtUptimeMs: uptimeMs,
      heardAtWall: trustedWall(now),
      updatedAtWall: trustedWall(now),
      heardSinceStart: true,
      unanswered: false,
      origin,
      ended: undefined,
      awakeUntil: undefined,
      shownFormat: undefined,
    };
    this.keep(registration);
    this.count++;
    this.expire(registration, now);
    this.write(registration, step);
    this.writeSeen(registration, 'before-ack', step);
    return registration;
  }

  /** Takes an Update. Without a change at most its time is written, soon: no answer has to wait for that. */
  update(registration: Registration, request: RegistrationRequest, step: Step): void {
    const { now } = step;
    registration.updatedAtUptimeMs = this.foundations.uptime.at(now);
    registration.updatedAtWall = trustedWall(now);
    const changed = request !== registration.request;
    registration.request = request;
    this.expire(registration, now);
    if (changed) {
      this.write(registration, step);
      // How much the time that is kept may be stale goes by the lifetime that is kept: they are kept together.
      this.writeSeen(registration, 'before-ack', step);
    } else if (this.refreshTimes.isDue(registration.endpoint, lifetimeMsOf(registration), registration, now)) {
      this.writeSeen(registration, 'soon', step);
    }
  }

  /** A message of the device came: it is alive. Notifications do not extend its lifetime (core 6.2). */
  heard(registration: Registration, now: Now): void {
    registration.heardAtUptimeMs = this.foundations.uptime.at(now);
    registration.heardAtWall = trustedWall(now);
    registration.heardSinceStart = true;
    registration.unanswered = false;
  }

  /** Ends a registration; that the device was here is remembered. */
  end(registration: Registration, reason: EndReason, step: Step, origin?: RegistrationOrigin): void {
    registration.ended = { reason, atUptimeMs: this.foundations.uptime.at(step.now), origin };
    registration.awakeUntil = undefined;
    this.byId.delete(registration.registrationId);
    if (this.byPeer.get(registration.peer) === registration) this.byPeer.delete(registration.peer);
    this.expiries.cancel(registration.endpoint);
    this.gone.set(registration.endpoint, registration);
    this.write(registration, step);
  }

  /** Forgets a device altogether. */
  remove(endpoint: string, step: Step): void {
    const registration = this.byEndpoint.get(endpoint);
    if (registration === undefined) return;
    this.forget(registration);
    step.remove('before-ack', keyOf(registrationRecord, endpoint));
    step.remove('before-ack', keyOf(seenRecord, endpoint));
  }

  restore(record: StoredRecord): Restored {
    const { aead, uptime } = this.foundations;
    return (
      restoreKind(seenRecord, aead, record, ([endpoint = ''], value) => {
        const registration = this.byEndpoint.get(endpoint);
        if (registration === undefined) this.seen.set(endpoint, value);
        else Object.assign(registration, value);
        uptime.sawRecordOf(value.heardAtUptimeMs);
        uptime.sawRecordAt(value.heardAtWall, value.heardAtUptimeMs);
      }) ??
      this.restoreRegistration(record) ??
      'foreign'
    );
  }

  restored(step: Step): void {
    const { now } = step;
    const uptimeMs = this.foundations.uptime.at(now);
    this.isComplete = true;
    const ended = [...this.byEndpoint.values()].filter((registration) => registration.ended !== undefined);
    ended.sort((a, b) => (a.ended?.atUptimeMs ?? 0) - (b.ended?.atUptimeMs ?? 0));
    this.gone.clear();
    for (const registration of ended) this.gone.set(registration.endpoint, registration);
    const keyOfOne = ({ endpoint }: Registration) => keyOf(registrationRecord, endpoint);
    onEach(this.byEndpoint.values(), keyOfOne, step, (registration) => {
      // Whoever has come already has a time of his own.
      if (registration.ended !== undefined || this.expiries.at(registration.endpoint) !== undefined) return;
      const leftMs = this.leftMs(registration, uptimeMs, now) + limits.lifetimeGraceMs + this.soonWindowMs;
      this.expiries.set(registration.endpoint, after(now.monotonic, leftMs));
    });
    this.seen.clear();
  }

  advance(_step: Step): void {}

  /** Takes out the registrations whose lifetime is over; the caller ends them. */
  takeExpired(now: Monotonic): Registration | undefined {
    const endpoint = this.expiries.takeDue(now);
    return endpoint === undefined ? undefined : this.byEndpoint.get(endpoint);
  }

  nextDeadline(): { at: Monotonic; reason: string } | undefined {
    const next = this.expiries.next();
    return next && { at: next.at, reason: `the registration of ${next.key} expires` };
  }

  /** At a clean stop: when each device was last heard. */
  writeAllSeen(step: Step): void {
    for (const registration of this.byId.values()) {
      if (registration.heardSinceStart) this.writeSeen(registration, 'soon', step);
    }
  }

  /**
   * How much of a lifetime is left after a restart. An Update that was answered may have been lost with the power: whoever was
   * registered at the cut may have been refreshed just before it, and has a lifetime from there on. When that was only a trusted
   * clock tells, as far as some refresh is written each soon window; without one it was now. Else silence counts from the refresh
   * that was written, which may be staler than the newest one also after a clean stop: this start may not have heard the device.
   */
  private leftMs(registration: Registration, uptimeMs: number, now: Now): number {
    const lifetimeMs = lifetimeMsOf(registration);
    const staleMs = refreshStaleMs(lifetimeMs);
    const kept = uptimeMs - registration.updatedAtUptimeMs - limits.lifetimeGraceMs - this.soonWindowMs - staleMs;
    const leftMs =
      this.uncleanStart() && kept < lifetimeMs
        ? lifetimeMs + this.soonWindowMs - this.foundations.uptime.outageMs(now)
        : lifetimeMs + staleMs - silenceMs(registration, uptimeMs, now);
    return Math.min(Math.max(leftMs, 0), lifetimeMs);
  }

  private restoreRegistration({ key, value }: StoredRecord): Restored | undefined {
    const [endpoint] = namesIn(registrationRecord, key) ?? [];
    if (endpoint === undefined) return undefined;
    const read = registrationHead(key, value);
    if ('why' in read) return { damaged: read.why };
    const { head } = read;
    const { uptime } = this.foundations;
    uptime.sawRecordOf(head.ended?.atUptimeMs ?? head.registeredAtUptimeMs);
    uptime.sawRecordAt(head.registeredAtWall, head.registeredAtUptimeMs);
    const piece = this.slabs.add(value);
    const registration = fromRecord(endpoint, head, () => this.linksOf(key, piece));
    this.keep(Object.assign(registration, this.seen.get(endpoint)));
    return 'ours';
  }

  /** What a device listed is read when somebody asks for it. */
  private linksOf(key: string, piece: Piece): RegistrationRequest['objectLinks'] {
    const decoded = decodeKind(registrationRecord, this.foundations.aead, key, bytesOf(piece));
    assert('value' in decoded, 'what was restored was written whole');
    return decoded.value.request['objectLinks'] as RegistrationRequest['objectLinks'];
  }

  private keep(registration: Registration): void {
    this.byEndpoint.set(registration.endpoint, registration);
    this.names.add(registration.endpoint);
    if (registration.ended !== undefined) return;
    this.byId.set(registration.registrationId, registration);
    this.byPeer.set(registration.peer, registration);
  }

  private forget(registration: Registration): void {
    this.refreshTimes.forget(registration.endpoint);
    this.byEndpoint.delete(registration.endpoint);
    this.gone.delete(registration.endpoint);
    this.names.delete(registration.endpoint);
    this.byId.delete(registration.registrationId);
    if (this.byPeer.get(registration.peer) === registration) this.byPeer.delete(registration.peer);
    this.expiries.cancel(registration.endpoint);
  }

  private expire(registration: Registration, now: Now): void {
    const lifetimeMs = lifetimeMsOf(registration);
    this.expiries.set(registration.endpoint, after(now.monotonic, lifetimeMs + limits.lifetimeGraceMs));
  }

  private freshId(): string {
    for (;;) {
      const part = (): string => base64Url(randomBytes(this.foundations.entropy, registrationIdBytes));
      // Until all are known it must not be one of the others: those of a start that has read everything are shorter.
      const id = this.isComplete ? part() : part() + part();
      if (!this.byId.has(id)) return id;
    }
  }

  private write(registration: Registration, step: Step): void {
    const key = keyOf(registrationRecord, registration.endpoint);
    const { listener, peer, registrationId, registeredAtWall, registeredAtUptimeMs, ended, origin } = registration;
    const request = { ...registration.request };
    const record = { listener, peer, registrationId, request, registeredAtWall, registeredAtUptimeMs, ended, origin };
    step.put('before-ack', key, encodeKind(registrationRecord, this.foundations.aead, key, record));
  }

  private writeSeen(registration: Registration, commitClass: 'before-ack' | 'soon', step: Step): void {
    const key = keyOf(seenRecord, registration.endpoint);
    this.refreshTimes.write(registration.endpoint, registration, step.now);
    step.put(commitClass, key, encodeKind(seenRecord, this.foundations.aead, key, registration));
  }
}

function lifetimeMsOf(registration: Registration): number {
  return registration.request.lifetimeSeconds * 1_000;
}

function fromRecord(
  endpoint: string,
  record: RegistrationRecord,
  links: () => RegistrationRequest['objectLinks'],
): Registration {
  return {
    endpoint,
    peer: record.peer as PeerId,
    listener: record.listener as ListenerName,
    registrationId: record.registrationId,
    request: requestOf(record.request as unknown as Omit<RegistrationRequest, 'objectLinks'>, links),
    registeredAtWall: record.registeredAtWall,
    registeredAtUptimeMs: record.registeredAtUptimeMs,
    updatedAtUptimeMs: record.registeredAtUptimeMs,
    heardAtUptimeMs: record.registeredAtUptimeMs,
    heardAtWall: undefined,
    updatedAtWall: undefined,
    heardSinceStart: false,
    unanswered: false,
    origin: record.origin,
    ended: record.ended as Registration['ended'],
    awakeUntil: undefined,
    shownFormat: undefined,
  };
}

function requestOf(
  said: Omit<RegistrationRequest, 'objectLinks'>,
  links: () => RegistrationRequest['objectLinks'],
): RegistrationRequest {
  const { endpoint, lifetimeSeconds, version, binding, queueMode, sms, profileIds, rootPath } = said;
  return {
    ...{ endpoint, lifetimeSeconds, version, binding, queueMode, sms, profileIds, rootPath },
    contentFormats: said.contentFormats,
    get objectLinks() {
      return links();
    },
    additionalAttributes: said.additionalAttributes ?? {},
  };
}

/** How long it has been since the last Update, as far as is certain: uptime always, the outage only by a trusted clock. */
function silenceMs(registration: Registration, uptimeMs: number, now: Now): number {
  const byUptime = uptimeMs - registration.updatedAtUptimeMs;
  const byWall = registration.updatedAtWall;
  return now.wallTrusted && byWall !== undefined ? Math.max(byUptime, now.wall - byWall) : byUptime;
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Four characters for three bytes: some clients keep a location in a buffer of 33 bytes. */
function base64Url(bytes: Uint8Array): string {
  const [a = 0, b = 0, c = 0] = bytes;
  const bits = (a << 16) | (b << 8) | c;
  return [18, 12, 6, 0].map((shift) => digits[(bits >> shift) & 63]).join('');
}
