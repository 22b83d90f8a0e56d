/**
 * The CoAP side of the gateway: hands messages to the CoAP layer, its events to the parts they concern, and carries out what
 * the parts asked for once that may be done.
 */

import type { PeerId } from '../base/address.ts';
import { unreachable } from '../base/assert.ts';
import type { Entropy } from '../base/entropy.ts';
import type { Monotonic } from '../base/instants.ts';
import { Coap } from '../coap/coap.ts';
import type { CoapEvent, CoapOutput } from '../coap/output.ts';
import type { Action } from './action.ts';
import { Asking, type AskingParts } from './asking.ts';
import type { Connections } from './connections.ts';
import type { DeviceInterface } from './device-interface.ts';
import { EarlierMessages } from './earlier-messages.ts';
import type { EventLog } from './event-log.ts';
import type { Notifications } from './notifications.ts';
import { relationRecordKey, relationRequest } from './observations.ts';
import { onEach } from './part.ts';
import type { Peer, Peers } from './peers.ts';
import type { Registration } from './registration.ts';
import { type RequestParts, Requests } from './requests.ts';
import type { ArrivedDatagram, PeerMessage, Routing } from './routing.ts';
import type { Step } from './step.ts';
import { UnreadDevices, type UnreadParts } from './unread-devices.ts';
import type { Uptime } from './uptime.ts';

export interface ExchangeParts extends RequestParts, AskingParts, UnreadParts {
  readonly entropy: Entropy;
  readonly routing: Routing;
  readonly connections: Connections;
  readonly peers: Peers;
  readonly eventLog: EventLog;
  readonly devices: DeviceInterface;
  readonly notifications: Notifications;
  readonly uptime: Uptime;
  /** The last stop was not a clean one: whoever has recorded a datagram may try it again. */
  readonly uncleanStart: () => boolean;
}

const messageIdRanges = 8;

export class Exchanges {
  private readonly coap: Coap;
  private readonly requests: Requests;
  private readonly earlier = new EarlierMessages();
  private readonly parts: ExchangeParts;
  private readonly asking: Asking;
  private readonly unread: UnreadDevices;

  constructor(parts: ExchangeParts) {
    this.parts = parts;
    this.asking = new Asking(parts);
    this.unread = new UnreadDevices(parts);
    // A device that registers begins anew: over a new connection that is never the repetition of an older one.
    const startsAnew = (head: { method: string; path: readonly string[] }) =>
      head.method === 'POST' && head.path.length === 1 && head.path[0] === 'rd';
    this.coap = new Coap({ entropy: parts.entropy, startsAnew });
    this.requests = new Requests(parts, this.coap, (output, step) => this.take(output, step));
  }

  arrived({ listener, from, bytes }: ArrivedDatagram, step: Step): void {
    for (const message of this.parts.routing.receive(listener, from, bytes, step)) {
      if (message.association !== undefined) step.addSource(message.association);
      step.payer = message.peer.id;
      if (message.peer.identity !== undefined) step.nowInHand('peer', message.peer.id);
      if (!this.unread.keeps(message, step)) this.serve(message, step);
    }
  }

  /** More of what is kept of devices has been read, or all of it: whoever waited for that is served. */
  readOn(isAll: boolean, step: Step): void {
    if (isAll) this.earlier.readThrough();
    for (const message of this.unread.takeRead(step)) {
      if (message.association !== undefined) step.addSource(message.association);
      this.parts.peers.takeInHand(message.peer.id, step);
      step.onAccountOf(message.peer.id, () => this.serve(message, step));
    }
    if (!isAll) return;
    for (const datagram of this.parts.routing.takeWaiting()) this.arrived(datagram, step);
    this.parts.recovery.begin(step);
  }

  private serve(message: PeerMessage, step: Step): void {
    const { peer, serial, bytes } = message;
    const registration = this.parts.registrations.ofPeer(peer.id);
    if (registration !== undefined) this.heard(registration, peer, step);
    this.parts.observations.wakePeer(peer.id);
    this.takeUpObservations(step);
    this.earlier.takeUp(peer.id, this.coap, step.now.monotonic);
    if (registration?.request.queueMode === true) this.weigh(registration, peer, step);
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
   * Says a device in queue mode that it is awake, or somebody who has recorded it? Until that is known one request goes out, and
   * all others wait for its answer. A handshake of this start proves as much as an answer.
   */
  private weigh(registration: Registration, peer: Peer, step: Step): void {
    const { presence, connections, uncleanStart } = this.parts;
    const now = step.now.monotonic;
    const isProved = !uncleanStart() || peer.verified || connections.current(peer.id)?.restored === false;
    if (isProved) this.take(this.coap.proved(peer.id, now), step);
    else if (!presence.reachable(registration, now)) this.coap.expectProof(peer.id, now);
    // A device that never sleeps would not be asked again, were that one lost.
    else this.take(this.coap.expectProofAgain(peer.id, now), step);
  }

  advance(step: Step): void {
    this.take(this.coap.advance(step.now.monotonic), step);
  }

  nextDeadline(): { readonly at: Monotonic; readonly reason: string } | undefined {
    const at = this.coap.nextDeadline();
    return at === undefined ? undefined : { at, reason: 'a CoAP message is due' };
  }

  /** After a restart: messages whose repetition must be recognised, and how far observations were. */
  restored(generation: number, step: Step): void {
    this.generationDurable(generation);
    const { observations, eventLog, registrations, uptime } = this.parts;
    const uptimeMs = uptime.at(step.now);
    const youngOf = (peer: PeerId) => eventLog.youngOf(peer, uptimeMs);
    observations.sawLogged(youngOf);
    this.earlier.restored({ youngOf, registrations, uptimeMs, at: step.now.monotonic });
  }

  /** Observations of an earlier start are taken up when their device is needed. */
  private takeUpObservations(step: Step): void {
    const { observations, uptime } = this.parts;
    onEach(observations.takeWoken(step), relationRecordKey, step, (relation) => {
      const { token, sequence, sequenceAtUptimeMs } = relation;
      const age = sequenceAtUptimeMs === undefined ? {} : { ageMs: uptime.at(step.now) - sequenceAtUptimeMs };
      const last = sequence === undefined ? {} : { lastSequence: sequence, ...age };
      const restored = { token, request: relationRequest(relation), ...last };
      this.coap.restoreObservation(relation.peer, restored, step.now.monotonic);
    });
  }

  generationDurable(generation: number): void {
    this.coap.setMessageIdRange(generation % messageIdRanges);
  }

  /** Does what waited for a commit, or for nothing. */
  carryOut(action: Action, step: Step): void {
    const now = step.now.monotonic;
    if ('peer' in action) this.parts.peers.takeInHand(action.peer, step);
    this.takeUpObservations(step);
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
        return this.requests.start(action, step);
      case 'release-request':
        return this.requests.release(action.request, step);
      case 'resume-request':
        return this.requests.resume(action, step);
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
        return this.requests.cancelAll(action, step);
      case 'hold-requests':
        this.asking.sleeps(action.endpoint, step);
        return this.requests.hold(action.endpoint, step);
      case 'cancel-request':
        return this.requests.cancel(action.request, step);
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

  private take(output: CoapOutput, step: Step): void {
    const { routing, counters } = this.parts;
    for (const { peer, bytes, kind, request } of output.send) {
      const isRepeated = kind === 'retransmission' && request !== undefined;
      if (request !== undefined && !this.requests.leaves(request, isRepeated, step)) continue;
      routing.send(peer, bytes, isRepeated ? 'retransmission' : request === undefined ? 'answer' : 'request', step);
    }
    for (const { reason } of output.drops) counters.count(reason, step.now.monotonic);
    for (const event of output.events) this.dispatch(event, step);
  }

  private dispatch(event: CoapEvent, step: Step): void {
    const { peers, devices, notifications } = this.parts;
    const peer = peers.get(event.peer);
    if (event.kind === 'failed') return this.requests.failed(event, step);
    if (event.kind === 'ready') return this.requests.ready(event, step);
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
        return this.requests.answered(event, step);
    }
  }
}
