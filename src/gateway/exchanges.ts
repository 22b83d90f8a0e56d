/**
 * The CoAP side of the gateway: hands messages to the CoAP layer, its events to the parts they concern, and carries out what
 * the parts asked for once that may be done.
 */
import type { PeerId } from '../base/address.ts';
import { unreachable } from '../base/assert.ts';
import type { Entropy } from '../base/entropy.ts';
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { Coap } from '../coap/coap.ts';
import type { CoapEvent, CoapOutput, RequestId } from '../coap/output.ts';
import type { CoapResponse } from '../coap/response.ts';
import type { ObjectModel } from '../lwm2m/objects/model.ts';
import { readAnswer } from '../lwm2m/operations/answer.ts';
import type { ResourcePath } from '../lwm2m/path.ts';
import type { RegistrationOrigin } from '../records/registration-record.ts';
import type { Action, RequestPurpose } from './action.ts';
import { Asking, type AskingParts } from './asking.ts';
import type { Connections } from './connections.ts';
import type { Counters } from './counters.ts';
import { type DeviceInterface, deregisteredAnswer, registeredAnswer } from './device-interface.ts';
import { decodeOptions } from './device-operation.ts';
import type { EventLog } from './event-log.ts';
import type { Notifications } from './notifications.ts';
import { relationKey } from './observation.ts';
import { relationRequest } from './observations.ts';
import type { Operators } from './operators.ts';
import type { Peer, Peers } from './peers.ts';
import type { Registration } from './registration.ts';
import type { PeerMessage, Routing } from './routing.ts';
import type { Step } from './step.ts';
import type { Uptime } from './uptime.ts';

export interface ExchangeParts extends AskingParts {
  readonly entropy: Entropy;
  readonly routing: Routing;
  readonly connections: Connections;
  readonly peers: Peers;
  readonly eventLog: EventLog;
  readonly devices: DeviceInterface;
  readonly notifications: Notifications;
  readonly operators: Operators;
  readonly counters: Counters;
  readonly uptime: Uptime;
  readonly model: ObjectModel;
  /** The last stop was not a clean one: whoever has recorded a datagram may try it again. */
  readonly uncleanStart: () => boolean;
}

const messageIdRanges = 8;
const acknowledged = 'acknowledgement' as const;

export class Exchanges {
  private readonly coap: Coap;
  private readonly purposes = new Map<RequestId, RequestPurpose>();
  private readonly parts: ExchangeParts;
  private readonly asking: Asking;

  constructor(parts: ExchangeParts) {
    this.parts = parts;
    this.asking = new Asking(parts);
    // A device that registers begins anew: over a new connection that is never the repetition of an older one.
    const startsAnew = (head: { method: string; path: readonly string[] }) =>
      head.method === 'POST' && head.path.length === 1 && head.path[0] === 'rd';
    this.coap = new Coap({ entropy: parts.entropy, startsAnew });
  }

  receive(message: PeerMessage, step: Step): void {
    const { peer, serial, bytes } = message;
    const registration = this.parts.registrations.ofPeer(peer.id);
    if (registration !== undefined) this.heard(registration, peer, step);
    if (registration !== undefined && this.isUnproved(registration, peer, step))
      this.coap.expectProof(peer.id, step.now.monotonic);
    this.take(this.coap.receive(peer.id, serial, bytes, step.now.monotonic), step);
    // A Register has put another in its place.
    const current = this.parts.registrations.ofPeer(peer.id);
    if (current === undefined) return;
    this.parts.presence.heard(current, step);
    this.asking.heard(current, peer.idleMs, step);
  }

  /** The first message after a start also shows that the device can be asked for what no relation fulfils. */
  private heard(registration: Registration, peer: Peer, step: Step): void {
    const { endpoint, heardSinceStart } = registration;
    this.parts.registrations.heard(registration, step.now);
    if (heardSinceStart) return;
    step.afterCommit(peer.id, { kind: 'fulfil-wishes', endpoint });
    step.afterCommit(peer.id, { kind: 'deliver', endpoint });
  }

  /**
   * It seems to wake, and what says so may be the repetition of a datagram by somebody else: one request goes out, and all others
   * wait for its answer. A handshake of this start proves as much as an answer.
   */
  private isUnproved(registration: Registration, peer: Peer, step: Step): boolean {
    const { presence, connections, uncleanStart } = this.parts;
    if (!registration.request.queueMode || !uncleanStart() || peer.verified) return false;
    if (presence.reachable(registration, step.now.monotonic)) return false;
    return connections.current(peer.id)?.restored ?? true;
  }

  advance(step: Step): void {
    this.take(this.coap.advance(step.now.monotonic), step);
  }

  nextDeadline(): { readonly at: Monotonic; readonly reason: string } | undefined {
    const at = this.coap.nextDeadline();
    return at === undefined ? undefined : { at, reason: 'a CoAP message is due' };
  }

  /** After a restart: running observations, and messages whose repetition must be recognised. */
  restored(generation: number, step: Step): void {
    this.generationDurable(generation);
    const { observations, eventLog, registrations, uptime } = this.parts;
    const now = step.now.monotonic;
    const uptimeMs = uptime.at(step.now);
    observations.sawLogged(eventLog.young(uptimeMs));
    for (const relation of observations.relations()) {
      const { token, sequence, sequenceAtUptimeMs } = relation;
      const age = sequenceAtUptimeMs === undefined ? {} : { ageMs: uptimeMs - sequenceAtUptimeMs };
      const last = sequence === undefined ? {} : { lastSequence: sequence, ...age };
      this.coap.restoreObservation(relation.peer, { token, request: relationRequest(relation), ...last }, now);
    }
    for (const event of eventLog.young(uptimeMs)) {
      const answer = event.kind === 'send' ? ({ code: '2.04' } as const) : acknowledged;
      this.coap.rememberMessage(event.peer as PeerId, { ...event, answer, ageMs: uptimeMs - event.atUptimeMs }, now);
    }
    const remember = (peer: PeerId, answer: CoapResponse, atUptimeMs: number, origin?: RegistrationOrigin): void => {
      const ageMs = uptimeMs - atUptimeMs;
      if (origin === undefined || ageMs > limits.exchangeLifetimeMs) return;
      this.coap.rememberMessage(peer, { ...origin, answer, ageMs }, now);
    };
    for (const registration of registrations) {
      const { peer, registeredAtUptimeMs, origin } = registration;
      remember(peer, registeredAnswer(registration), registeredAtUptimeMs, origin);
    }
    for (const { peer, ended } of registrations.former) {
      remember(peer, deregisteredAnswer, ended?.atUptimeMs ?? 0, ended?.origin);
    }
  }

  generationDurable(generation: number): void {
    this.coap.setMessageIdRange(generation % messageIdRanges);
  }

  /** Does what waited for a commit, or for nothing. */
  carryOut(action: Action, step: Step): void {
    const now = step.now.monotonic;
    switch (action.kind) {
      case 'respond':
        return this.take(this.coap.respond(action.peer, action.exchange, action.response, now), step);
      case 'acknowledge':
        return this.take(this.coap.acknowledge(action.peer, action.exchange), step);
      case 'reject':
        return this.take(this.coap.reject(action.peer, action.exchange), step);
      case 'ignore':
        return this.coap.ignore(action.peer, action.exchange);
      case 'request':
        return this.request(action, step);
      case 'release-request':
        return this.take(this.coap.release(action.request, now), step);
      case 'resume-request':
        return this.resume(action, step);
      case 'await-late':
        return this.coap.awaitLate(action.peer, action.token, now);
      case 'forget-token':
        return this.coap.forgetToken(action.peer, action.token);
      case 'event':
        if (action.event.kind === 'logged') this.parts.eventLog.markDurable(action.event.event.id);
        if (action.event.kind === 'deregistered') this.parts.recovery.gone(action.event.endpoint, step);
        return step.tell(action.event);
      case 'fulfil-wishes':
        return this.asking.fulfilWishes(action.endpoint, step);
      case 'deliver':
        return this.asking.deliver(action.endpoint, step);
      case 'ask-device':
        return this.asking.askDevice(action.endpoint, step);
      case 'cancel-requests':
        return this.cancelRequests(action, step);
      case 'hold-requests':
        this.asking.sleeps(action.endpoint, step);
        return this.holdRequests(action.endpoint, step);
      case 'cancel-request':
        // Whoever wants that knows how the operation goes on.
        this.purposes.delete(action.request);
        return this.take(this.coap.cancelRequest(action.request, now), step);
      case 'connected':
        return this.asking.connected(action, step);
      case 'connect-failed':
        return this.asking.connectFailed(action, step);
      case 'association-durable':
        return this.parts.connections.associationDurable(action.association);
      case 'generation-durable':
        this.parts.connections.generationDurable(action.generation);
        return this.generationDurable(action.generation);
      default:
        return unreachable(action);
    }
  }

  private request(action: Extract<Action, { kind: 'request' }>, step: Step): void {
    const { peer, request, token, held = false, purpose } = action;
    // It waited for a commit, and nobody waited for it any longer.
    if (purpose.kind === 'operation' && this.parts.downlink.isOver(purpose.operation)) return;
    const keepsAnswer = purpose.kind === 'operation';
    const options = { held, keepsAnswer, ...(token === undefined ? {} : { token }) };
    const result = this.coap.request(peer, request, options, step.now.monotonic);
    if ('refused' in result) return this.notStarted(purpose, peer, step);
    this.purposes.set(result.id, purpose);
    if (purpose.kind === 'operation') this.parts.downlink.started(purpose.operation, result.id);
    this.take(result.output, step);
  }

  private resume(action: Extract<Action, { kind: 'resume-request' }>, step: Step): void {
    const { downlink } = this.parts;
    const { peer, operation } = action;
    const result = this.coap.resumeRequest(peer, action, step.now.monotonic);
    if ('refused' in result) return downlink.refusedByLayer(operation, step);
    this.purposes.set(result.id, { kind: 'operation', operation });
    downlink.started(operation, result.id);
    this.take(result.output, step);
  }

  private cancelRequests({ endpoint, path }: { endpoint: string; path?: ResourcePath }, step: Step): void {
    const isMeant = (purpose: RequestPurpose): boolean =>
      purpose.kind === 'operation' ? path === undefined : (path ?? purpose.path) === purpose.path;
    for (const [id, purpose] of [...this.purposes]) {
      if (this.endpointOf(purpose) !== endpoint || !isMeant(purpose)) continue;
      this.take(this.coap.cancelRequest(id, step.now.monotonic), step);
    }
  }

  /** Takes back what waits for its turn, and repeats no operation: they wait for the device to wake; wishes are asked for again. */
  private holdRequests(endpoint: string, step: Step): void {
    for (const [id, purpose] of [...this.purposes]) {
      const hasLeft = this.coap.hasLeft(id);
      if (this.endpointOf(purpose) !== endpoint || (hasLeft && purpose.kind !== 'operation')) continue;
      if (purpose.kind === 'operation') {
        this.purposes.delete(id);
        this.parts.downlink.interrupted.held(purpose.operation, hasLeft, step);
      }
      this.take(this.coap.cancelRequest(id, step.now.monotonic), step);
    }
  }

  private isAsleep(purpose: RequestPurpose, step: Step): boolean {
    const { registrations, presence } = this.parts;
    const registration = registrations.registered(this.endpointOf(purpose) ?? '');
    return registration !== undefined && !presence.reachable(registration, step.now.monotonic);
  }

  private endpointOf(purpose: RequestPurpose): string | undefined {
    return purpose.kind === 'operation' ? this.parts.downlink.get(purpose.operation)?.endpoint : purpose.endpoint;
  }

  private notStarted(purpose: RequestPurpose, peer: PeerId, step: Step): void {
    this.parts.counters.count('too-many-exchanges', step.now.monotonic);
    if (purpose.kind === 'operation') return this.parts.downlink.refusedByLayer(purpose.operation, step);
    if (purpose.kind === 'observe') this.observeFailed(purpose, peer, undefined, 'queue-full', step);
  }

  private take(output: CoapOutput, step: Step): void {
    const { routing, counters, downlink, operators } = this.parts;
    for (const { peer, bytes, kind, request } of output.send) {
      const purpose = request === undefined ? undefined : this.purposes.get(request);
      const isRepeated = kind === 'retransmission' && request !== undefined;
      if (isRepeated && purpose !== undefined && !this.mayRepeat(purpose, step)) continue;
      if (purpose?.kind === 'operation') downlink.sent(purpose.operation, step);
      if (purpose?.kind === 'observe') operators.observeSent(purpose, step);
      routing.send(peer, bytes, isRepeated ? 'retransmission' : request === undefined ? 'answer' : 'request', step);
    }
    for (const { reason } of output.drops) counters.count(reason, step.now.monotonic);
    for (const event of output.events) this.dispatch(event, step);
  }

  /** Not over another connection than before, and not to a device that has fallen asleep since. */
  private mayRepeat(purpose: RequestPurpose, step: Step): boolean {
    const { interrupted } = this.parts.downlink;
    if (purpose.kind === 'operation' && !interrupted.mayRepeat(purpose.operation)) {
      interrupted.connectionChanged(purpose.operation, step);
      return false;
    }
    return !this.isAsleep(purpose, step);
  }

  private dispatch(event: CoapEvent, step: Step): void {
    const { peers, devices, notifications } = this.parts;
    const peer = peers.get(event.peer);
    if (event.kind === 'failed') return this.failed(event, step);
    if (event.kind === 'ready') return this.ready(event, step);
    if (peer === undefined) return;
    switch (event.kind) {
      case 'request':
        return devices.receive(event, peer, step);
      case 'notification':
        return notifications.received(event, peer, step);
      case 'observation-ended':
        return notifications.ended(event, peer, step);
      case 'unknown-token':
        return notifications.unknownToken(event, peer, step);
      case 'late-response':
        return this.parts.downlink.lateAnswer(event.peer, event.token, event, step);
      case 'response':
        // An answer with a fresh token of ours: no replay could know it, so this is the peer, and there it is.
        if (event.fresh) peer.verified = true;
        if (event.fresh && peer.lastAddress !== undefined)
          this.parts.connections.confirm(event.peer, peer.lastAddress, step);
        return this.answered(event, step);
    }
  }

  private answered(event: Extract<CoapEvent, { kind: 'response' }>, step: Step): void {
    const purpose = this.purposes.get(event.id);
    this.purposes.delete(event.id);
    if (purpose?.kind === 'operation') {
      this.parts.downlink.answered(purpose.operation, event, step);
    } else if (purpose?.kind === 'observe') {
      this.observeAnswered(purpose, event, step);
    }
  }

  private ready(event: Extract<CoapEvent, { kind: 'ready' }>, step: Step): void {
    const purpose = this.purposes.get(event.id);
    if (purpose?.kind === 'operation') this.parts.downlink.ready(purpose.operation, event, step);
  }

  private failed(event: Extract<CoapEvent, { kind: 'failed' }>, step: Step): void {
    const purpose = this.purposes.get(event.id);
    this.purposes.delete(event.id);
    const registration = this.parts.registrations.ofPeer(event.peer);
    if (registration !== undefined && event.reason === 'timeout') {
      registration.unanswered = true;
      this.parts.recovery.failed(registration.endpoint, step);
    }
    if (purpose?.kind === 'operation') this.parts.downlink.failed(purpose.operation, event.reason, step);
    if (purpose?.kind === 'observe') this.observeFailed(purpose, event.peer, undefined, event.reason, step);
  }

  private observeAnswered(
    purpose: Extract<RequestPurpose, { kind: 'observe' }>,
    { peer, response, roundTripMs }: Extract<CoapEvent, { kind: 'response' }>,
    step: Step,
  ): void {
    const { observations, model, registrations, operators } = this.parts;
    const relation = observations.relation(relationKey(peer, purpose.token));
    if (relation === undefined) {
      this.coap.forgetToken(peer, purpose.token);
      return this.observeFailed(purpose, peer, undefined, 'registration-ended', step);
    }
    if (!response.code.startsWith('2.')) return this.observeFailed(purpose, peer, response.code, 'refused', step);
    // RFC 7641 section 3.1: a response without Observe is a plain one, and nothing will follow.
    if (response.observe === undefined) return this.observeFailed(purpose, peer, response.code, 'not-observable', step);
    observations.stands(relation, 'soon', step);
    const wish = observations.notified(relation, { response, confirmable: false, fresh: true }, step);
    const rootPath = registrations.registered(relation.endpoint)?.request.rootPath ?? '/';
    const read = readAnswer(response, relation.path, model, decodeOptions(rootPath, step.now));
    const entries = read.kind === 'values' ? read.entries : [];
    if (wish !== undefined && entries.length === 1) wish.entry = entries[0];
    operators.observeDone(relation, { code: response.code, entries, roundTripMs: Math.round(roundTripMs) }, step);
  }

  private observeFailed(
    purpose: Extract<RequestPurpose, { kind: 'observe' }>,
    peer: PeerId,
    code: string | undefined,
    failure: string,
    step: Step,
  ): void {
    const { observations, operators } = this.parts;
    const relation = observations.relation(relationKey(peer, purpose.token));
    const wish = observations.wish(purpose.endpoint, purpose.path);
    const isLast = wish?.relation === undefined || wish.relation === relation;
    if (relation !== undefined) observations.over(relation, code, step);
    // A younger request for the same path is under way: its answer counts.
    if (!isLast) return;
    const isUnwanted = operators.observeFailed(purpose, code, failure, step);
    if (isUnwanted && wish !== undefined) observations.withdraw(wish, step);
  }
}
