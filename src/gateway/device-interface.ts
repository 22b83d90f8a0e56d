/**
 * What devices ask of the gateway (LwM2M 1.2 core 6.2, 6.4.6; transport 6.4): Register, Update, De-register, Send.
 *
 *   POST /rd        -> 2.01 and a location, after the registration is durable
 *   POST /rd/<id>   -> 2.04, at once when nothing but the time has changed
 *   DELETE /rd/<id> -> 2.02, after its end is durable
 *   POST /dp        -> 2.04, after the event log holds it
 *
 * Every one is checked against the identity of the peer, not only the location. While the store takes nothing, what would
 * need it is refused before it is applied.
 */

import { trustedWall } from '../base/instants.ts';
import type { ResponseCode } from '../coap/code.ts';
import type { CoapEvent } from '../coap/output.ts';
import type { CoapResponse } from '../coap/response.ts';
import type { ObjectModel } from '../lwm2m/objects/model.ts';
import { isRefusal, type Refusal } from '../lwm2m/refusal.ts';
import { parseRegister } from '../lwm2m/registration-request.ts';
import { applyUpdate, parseUpdate } from '../lwm2m/registration-update.ts';
import { readSend } from '../lwm2m/send.ts';
import type { RegistrationOrigin } from '../records/registration-record.ts';
import { type Admission, type NotAdmitted, storeUnavailable } from './admission.ts';
import type { Connections } from './connections.ts';
import type { Counters } from './counters.ts';
import type { Credentials } from './credentials.ts';
import type { Downlink } from './downlink.ts';
import type { EventLog } from './event-log.ts';
import { loggedReport } from './logged-event.ts';
import type { MutedDevices } from './muted-devices.ts';
import type { Observations } from './observations.ts';
import type { Peer } from './peers.ts';
import type { Presence } from './presence.ts';
import type { Refusals } from './refusals.ts';
import type { EndReason, Registration } from './registration.ts';
import type { Registrations } from './registrations.ts';
import type { Step } from './step.ts';
import type { Uptime } from './uptime.ts';

export interface DeviceInterfaceParts {
  readonly registrations: Registrations;
  readonly credentials: Credentials;
  readonly connections: Connections;
  readonly observations: Observations;
  readonly presence: Presence;
  readonly eventLog: EventLog;
  readonly downlink: Downlink;
  readonly refusals: Refusals;
  readonly counters: Counters;
  readonly muted: MutedDevices;
  readonly uptime: Uptime;
  readonly model: ObjectModel;
  /** Whether what needs a commit may be applied now. */
  readonly admission: Admission;
}

type RequestEvent = Extract<CoapEvent, { kind: 'request' }>;

export class DeviceInterface {
  private readonly parts: DeviceInterfaceParts;

  constructor(parts: DeviceInterfaceParts) {
    this.parts = parts;
  }

  receive(event: RequestEvent, peer: Peer, step: Step): void {
    const { path, method } = event.request;
    const [first, second] = path;
    if (first === 'dp' && path.length === 1) {
      return method === 'POST' ? this.send(event, peer, step) : this.respond(event, { code: '4.05' }, step);
    }
    if (first !== 'rd' || path.length > 2) return this.respond(event, { code: '4.04' }, step);
    if (second === undefined) {
      return method === 'POST' ? this.register(event, peer, step) : this.respond(event, { code: '4.05' }, step);
    }
    const registration = this.parts.registrations.ofId(second);
    if (registration === undefined) return this.respond(event, { code: '4.04' }, step);
    // Whoever knows another's location may not touch it.
    if (registration.peer !== peer.id) return this.respond(event, { code: '4.00' }, step);
    if (method === 'POST' || method === 'PUT') return this.update(event, registration, step);
    if (method === 'DELETE') return this.deregister(event, registration, step);
    this.respond(event, { code: '4.05' }, step);
  }

  /** `origin`: the De-register that asks for it, if it is one. */
  end(registration: Registration, reason: EndReason, step: Step, origin?: RegistrationOrigin): void {
    const { registrations, observations, presence } = this.parts;
    const { endpoint, peer } = registration;
    registrations.end(registration, reason, step, origin);
    observations.unregistered(endpoint, step);
    presence.forget(registration);
    step.afterCommit(peer, { kind: 'event', event: { kind: 'deregistered', endpoint, reason } });
  }

  /** Ends the registrations whose lifetime is over. */
  endExpired(step: Step): void {
    for (;;) {
      const expired = this.parts.registrations.takeExpired(step.now.monotonic);
      if (expired === undefined) return;
      this.end(expired, 'expired', step);
    }
  }

  private register(event: RequestEvent, peer: Peer, step: Step): void {
    const { registrations, credentials, refusals } = this.parts;
    const name = this.nameOf(peer);
    if (peer.identity !== undefined && name === undefined) return this.refuseNameless(event, peer, step);
    const request = parseRegister(event.request, name);
    if (isRefusal(request)) return this.refuse(event, peer, request, step);
    // Without DTLS it may come from another address than the one that is ignored.
    if (this.parts.muted.has(request.endpoint)) return this.ignore(event, step);
    if (peer.identity === undefined && credentials.get(request.endpoint) !== undefined) {
      const text = `"${request.endpoint}" has a key and may not register without DTLS`;
      if (peer.lastAddress !== undefined) refusals.tell(peer.listener, peer.lastAddress, text, step);
      return this.respond(event, { code: '4.03' }, step);
    }
    const refusal = this.parts.admission.refusal(peer.id, step.now.monotonic);
    if (refusal !== undefined) return this.unavailable(event, refusal, step);
    if (!this.hasRoomFor(request.endpoint, step)) return this.unavailable(event, storeUnavailable, step);
    this.replace(request.endpoint, peer, step);
    const registration = registrations.register(request, peer.id, peer.listener, originOf(event), step);
    this.parts.observations.registered(request.endpoint, step);
    this.parts.downlink.interrupted.registeredAnew(registration, step);
    this.respond(event, registeredAnswer(registration), step);
    const { endpoint, lifetimeSeconds } = request;
    const objects = new Set(request.objectLinks.map(({ path }) => path.split('/')[1])).size;
    const told = { kind: 'registered', endpoint, lifetimeSeconds, objects } as const;
    step.afterCommit(peer.id, { kind: 'event', event: told });
    this.parts.presence.heard(registration, step);
    step.afterCommit(peer.id, { kind: 'fulfil-wishes', endpoint });
    step.afterCommit(peer.id, { kind: 'deliver', endpoint });
  }

  /** The one endpoint name of an identity. That it has a name is kept with its registration too, should its key be lost. */
  private nameOf(peer: Peer): string | undefined {
    if (peer.identity === undefined) return undefined;
    return this.parts.credentials.endpointOf(peer.identity) ?? this.parts.registrations.ofPeer(peer.id)?.endpoint;
  }

  /** The key of an open connection was set aside as damaged: it stands for no name, so it must not take one. */
  private refuseNameless(event: RequestEvent, peer: Peer, step: Step): void {
    this.parts.counters.count('no-credential', step.now.monotonic);
    const text = `identity "${peer.identity ?? ''}" has no key any more`;
    if (peer.lastAddress !== undefined) this.parts.refusals.tell(peer.listener, peer.lastAddress, text, step);
    this.respond(event, { code: '4.03' }, step);
  }

  /** A new name may take the place of one that is gone, and that nobody gave a key or wishes anything of. */
  private hasRoomFor(endpoint: string, step: Step): boolean {
    const { registrations, credentials, observations } = this.parts;
    if (registrations.known(endpoint) !== undefined || registrations.hasRoom) return true;
    const isNobodys = (name: string) => credentials.get(name) === undefined && observations.countOf(name) === 0;
    const forgotten = registrations.longestGone(isNobodys);
    if (forgotten !== undefined) registrations.remove(forgotten, step);
    return forgotten !== undefined;
  }

  /** A peer is one device, and a device is one peer: what either had before ends. */
  private replace(endpoint: string, peer: Peer, step: Step): void {
    const { registrations, presence } = this.parts;
    const ofPeer = registrations.ofPeer(peer.id);
    if (ofPeer !== undefined && ofPeer.endpoint !== endpoint) this.end(ofPeer, 'replaced', step);
    const ofName = registrations.registered(endpoint);
    if (ofName !== undefined) presence.forget(ofName);
  }

  private update(event: RequestEvent, registration: Registration, step: Step): void {
    const { version, rootPath } = registration.request;
    const update = parseUpdate(event.request, { version, rootPath });
    if (isRefusal(update)) return this.respond(event, answerOf(update), step);
    const next = applyUpdate(registration.request, update);
    const changed = next !== registration.request;
    const refusal = changed ? this.parts.admission.refusal(registration.peer, step.now.monotonic) : undefined;
    if (refusal !== undefined) return this.unavailable(event, refusal, step);
    this.parts.registrations.update(registration, next, step);
    this.respond(event, { code: '2.04' }, step);
    const { endpoint, peer } = registration;
    step.afterCommit(peer, { kind: 'event', event: { kind: 'updated', endpoint } });
    this.parts.presence.heard(registration, step);
    step.afterCommit(peer, { kind: 'fulfil-wishes', endpoint });
  }

  private deregister(event: RequestEvent, registration: Registration, step: Step): void {
    const refusal = this.parts.admission.refusal(registration.peer, step.now.monotonic);
    if (refusal !== undefined) return this.unavailable(event, refusal, step);
    this.end(registration, 'deregistered', step, originOf(event));
    this.respond(event, deregisteredAnswer, step);
  }

  private send(event: RequestEvent, peer: Peer, step: Step): void {
    const registration = this.parts.registrations.ofPeer(peer.id);
    if (registration === undefined) return this.respond(event, { code: '4.04' }, step);
    const { request } = event;
    const wallSeconds = step.now.wallTrusted ? step.now.wall / 1_000 : undefined;
    const read = readSend(request, registration.request, this.parts.model, wallSeconds);
    if (isRefusal(read)) return this.respond(event, answerOf(read), step);
    const refusal = this.parts.admission.refusal(peer.id, step.now.monotonic);
    if (refusal !== undefined) return this.unavailable(event, refusal, step);
    const record = {
      kind: 'send',
      endpoint: registration.endpoint,
      path: undefined,
      contentFormat: request.contentFormat,
      payload: request.payload,
      atUptimeMs: this.parts.uptime.at(step.now),
      atWall: trustedWall(step.now),
      unverified: false,
      peer: peer.id,
      messageId: request.messageId,
      token: request.token,
      association: event.association,
      digest: request.digest,
    } as const;
    const id = this.parts.eventLog.append(record, step);
    if (id === undefined) {
      this.parts.counters.count('event-log-full', step.now.monotonic);
      return this.unavailable(event, storeUnavailable, step);
    }
    this.respond(event, { code: '2.04' }, step);
    const told = loggedReport(id, record, registration.request.rootPath, this.parts.model);
    step.afterCommit(peer.id, { kind: 'event', event: { kind: 'logged', event: told } });
  }

  private refuse(event: RequestEvent, peer: Peer, refusal: Refusal, step: Step): void {
    const from = peer.lastAddress;
    if (refusal.kind === 'identity-mismatch') {
      this.parts.counters.count('endpoint-not-allowed', step.now.monotonic);
      const asked = event.request.query.find((parameter) => parameter.startsWith('ep='))?.slice('ep='.length) ?? '';
      const text = `identity "${peer.identity ?? ''}" may not register as "${asked}"`;
      if (from !== undefined) this.parts.refusals.tell(peer.listener, from, text, step);
    } else if (from !== undefined) {
      this.parts.refusals.tell(peer.listener, from, `Register refused: ${refusal.reason}`, step);
    }
    this.respond(event, answerOf(refusal), step);
  }

  /**
   * Promises nothing, so it waits for nothing that the store has not taken yet: a device would hear nothing at all for as long
   * as the store fails. Only over a connection that is not durable itself no answer leaves.
   */
  private unavailable(event: RequestEvent, { reason, retryAfterSeconds }: NotAdmitted, step: Step): void {
    this.parts.counters.count(reason, step.now.monotonic);
    const { peer, exchange } = event;
    const response = { code: '5.03', maxAgeSeconds: retryAfterSeconds } as const;
    const waitsFor = this.parts.connections.outlivesCut(peer) ? undefined : peer;
    step.afterCommit(waitsFor, { kind: 'respond', peer, exchange, response });
  }

  private ignore({ peer, exchange }: RequestEvent, step: Step): void {
    this.parts.counters.count('muted', step.now.monotonic);
    step.afterCommit(undefined, { kind: 'ignore', peer, exchange });
  }

  private respond(event: RequestEvent, response: CoapResponse, step: Step): void {
    const { peer, exchange } = event;
    step.afterCommit(peer, { kind: 'respond', peer, exchange, response });
  }
}

function originOf({ request, association }: RequestEvent): RegistrationOrigin {
  const { messageId, token, digest } = request;
  return { messageId, token, digest, association };
}

/** The answer to a De-register; also to its repetition after a restart. */
export const deregisteredAnswer: CoapResponse = { code: '2.02' };

/** The answer to a Register; also to its repetition after a restart. */
export function registeredAnswer(registration: Registration): CoapResponse {
  return { code: '2.01', locationPath: ['rd', registration.registrationId] };
}

function answerOf(refusal: Refusal): CoapResponse {
  return { code: refusal.code as ResponseCode };
}
