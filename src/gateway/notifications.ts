/**
 * The life of a notification: received, matched to its observation, appended to the event log in one commit with the receive
 * window, and only then acknowledged and told.
 *
 * A confirmable one that cannot be stored gets no ACK: the device repeats it. One with an unknown token gets no RST until the
 * recovery of its peer has ended, since RST would end an observation that may only be unknown to us for a moment.
 */
import { trustedWall } from '../base/instants.ts';
import { isSuccess } from '../coap/code.ts';
import type { CoapEvent } from '../coap/output.ts';
import type { IncomingResponse } from '../coap/response.ts';
import type { ObjectModel } from '../lwm2m/objects/model.ts';
import type { ReportRecord } from '../records/event-record.ts';
import type { Admission } from './admission.ts';
import type { Counters } from './counters.ts';
import type { EventLog } from './event-log.ts';
import type { LoggedReport } from './events.ts';
import type { LateReading } from './late-reading.ts';
import { loggedReport, toldEvent } from './logged-event.ts';
import type { Relation } from './observation.ts';
import type { Observations } from './observations.ts';
import type { Peer } from './peers.ts';
import type { Registrations } from './registrations.ts';
import type { Step } from './step.ts';
import type { Uptime } from './uptime.ts';

type NotificationEvent = Extract<CoapEvent, { kind: 'notification' }>;
type EndedEvent = Extract<CoapEvent, { kind: 'observation-ended' }>;
/** What carries a value of an observed path. */
type Valued = NotificationEvent | EndedEvent;
type UnknownTokenEvent = Extract<CoapEvent, { kind: 'unknown-token' }>;

export interface NotificationParts {
  readonly observations: Observations;
  readonly reading: LateReading;
  readonly eventLog: EventLog;
  readonly registrations: Registrations;
  readonly counters: Counters;
  readonly uptime: Uptime;
  readonly model: ObjectModel;
  readonly admission: Admission;
  /** The last stop was not a clean one: what is not durable yet may be repeated to us by anybody until proved otherwise. */
  readonly uncleanStart: () => boolean;
}

export class Notifications {
  private readonly parts: NotificationParts;

  constructor(parts: NotificationParts) {
    this.parts = parts;
  }

  received(event: NotificationEvent, peer: Peer, step: Step): void {
    const relation = this.parts.observations.relation(peer.id, event.token);
    if (relation === undefined) return this.reject(event, peer, step);
    if (event.confirmable) this.confirmable(event, relation, peer, step);
    else this.nonConfirmable(event, relation, peer, step);
  }

  /** The device no longer observes: told by an error notification, or by a last value without Observe (RFC 7641 section 3.2). */
  ended(event: EndedEvent, peer: Peer, step: Step): void {
    const relation = this.parts.observations.relation(peer.id, event.token);
    if (event.confirmable && this.isRefused(event, peer, step)) return;
    const isValue = relation !== undefined && isSuccess(event.code);
    if (isValue && !this.kept(event, relation, peer, step)) return;
    if (relation !== undefined) this.parts.observations.over(relation, event.code, step);
    if (event.confirmable) this.acknowledge(event, peer, step);
  }

  unknownToken(event: UnknownTokenEvent, peer: Peer, step: Step): void {
    const since = this.parts.registrations.ofPeer(peer.id);
    const lifetimeMs = (since?.request.lifetimeSeconds ?? 0) * 1_000;
    const isYoung = !peer.verified && this.parts.uptime.sinceStartMs(step.now) < lifetimeMs;
    const recovering = isYoung || !this.parts.reading.isThrough;
    // Its record may have been damaged: RST would end at the device what is wished here, before the next relation stands.
    const wishes = since === undefined ? [] : this.parts.observations.of(since.endpoint);
    const awaited = wishes.some((wish) => wish.refusedWith === undefined && wish.relation?.standing !== true);
    if (!recovering && !awaited) return this.reject(event, peer, step);
    step.afterCommit(peer.id, { kind: 'ignore', peer: peer.id, exchange: event.exchange });
  }

  private confirmable(event: NotificationEvent, relation: Relation, peer: Peer, step: Step): void {
    if (this.isRefused(event, peer, step)) return;
    const told = this.log(event, relation, peer, step);
    if (told === undefined) return;
    this.acknowledge(event, peer, step);
    this.note(event, relation, told, step);
  }

  /** What cannot be kept now is left to the device to repeat. */
  private isRefused(event: Valued, peer: Peer, step: Step): boolean {
    const refusal = this.parts.admission.refusal(peer.id, step.now.monotonic);
    if (refusal === undefined) return false;
    this.parts.counters.count(refusal.reason, step.now.monotonic);
    step.afterCommit(peer.id, { kind: 'ignore', peer: peer.id, exchange: event.exchange });
    return true;
  }

  /** Appends to the event log. Full of young events it takes nothing, and the message counts as never seen. */
  private log(event: Valued, relation: Relation, peer: Peer, step: Step): LoggedReport | undefined {
    const record = this.record(event, relation, peer, false, step);
    const id = this.parts.eventLog.append(record, step);
    if (id === undefined) {
      this.parts.counters.count('event-log-full', step.now.monotonic);
      step.afterCommit(peer.id, { kind: 'ignore', peer: peer.id, exchange: event.exchange });
      return undefined;
    }
    const told = loggedReport(id, record, this.rootPathOf(relation), this.parts.model);
    step.afterCommit(peer.id, { kind: 'event', event: { kind: 'logged', event: told } });
    return told;
  }

  /** The last value of an observation. False when it was not taken. */
  private kept(event: EndedEvent, relation: Relation, peer: Peer, step: Step): boolean {
    if (event.confirmable) return this.log(event, relation, peer, step) !== undefined;
    this.tell(event, relation, peer, step);
    return true;
  }

  private nonConfirmable(event: NotificationEvent, relation: Relation, peer: Peer, step: Step): void {
    this.note(event, relation, this.tell(event, relation, peer, step), step);
  }

  /** A message that is not for the event log is told all the same. */
  private tell(event: Valued, relation: Relation, peer: Peer, step: Step): ReturnType<typeof toldEvent> {
    const unverified = this.parts.uncleanStart() && !peer.verified;
    const record = this.record(event, relation, peer, unverified, step);
    const told = toldEvent(record, this.rootPathOf(relation), this.parts.model);
    step.afterCommit(peer.id, { kind: 'event', event: { kind: 'notification', event: told } });
    return told;
  }

  /** What the notification says about its observation. */
  private note(event: NotificationEvent, relation: Relation, told: ReturnType<typeof toldEvent>, step: Step): void {
    const { observations } = this.parts;
    // A confirmable one has its commit already: the mark that the relation stands costs nothing in it.
    const wish = observations.wish(relation.endpoint, relation.path);
    observations.stands(relation, event.confirmable ? 'before-ack' : 'soon', step, wish);
    observations.notified(relation, event, step, wish);
    if (wish !== undefined && event.fresh) wish.newest = told;
  }

  private record(event: Valued, relation: Relation, peer: Peer, unverified: boolean, step: Step): ReportRecord {
    const response: IncomingResponse = event.response;
    return {
      kind: 'notification',
      endpoint: relation.endpoint,
      path: relation.path,
      contentFormat: response.contentFormat,
      payload: response.payload,
      atUptimeMs: this.parts.uptime.at(step.now),
      atWall: trustedWall(step.now),
      unverified,
      peer: peer.id,
      messageId: event.messageId,
      token: event.token,
      association: event.association,
      digest: event.digest,
      observe: response.observe,
    };
  }

  private rootPathOf(relation: Relation): string {
    return this.parts.registrations.known(relation.endpoint)?.request.rootPath ?? '/';
  }

  private acknowledge(event: { readonly exchange: NotificationEvent['exchange'] }, peer: Peer, step: Step): void {
    step.afterCommit(peer.id, { kind: 'acknowledge', peer: peer.id, exchange: event.exchange });
  }

  private reject(event: { readonly exchange: NotificationEvent['exchange'] }, peer: Peer, step: Step): void {
    this.parts.counters.count('unmatched-response', step.now.monotonic);
    step.afterCommit(peer.id, { kind: 'reject', peer: peer.id, exchange: event.exchange });
  }
}
