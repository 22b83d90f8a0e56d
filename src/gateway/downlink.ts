/**
 * Operations toward devices: accepted, queued while the device sleeps, sent one at a time, answered or failed.
 *
 *   accepted ─► queued ─► message kept ─► sent ─► done | failed
 *      │commit     ▲          │commit       │ a restart, sleep, a new connection, a new registration
 *                  │                        ├► within MAX_TRANSMIT_SPAN, same connection: the very same message again
 *                  └── may be repeated ─────┤
 *                                           └► in doubt: a late answer or a person decides
 *
 * Nothing leaves that may change a device before its message is durable; what only reads needs no such commit: it is sent anew.
 * Each end is one commit with its event in the log, and is told after it. Observations are followed here, and not kept: their
 * wish is.
 */
import type { PeerId } from '../base/address.ts';
import { randomBytes } from '../base/entropy.ts';
import { type Monotonic, type Now, trustedWall } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { CoapEvent, ExchangeId, FailureReason, RequestId } from '../coap/output.ts';
import type { CoapRequest } from '../coap/request.ts';
import type { IncomingResponse } from '../coap/response.ts';
import type { StoredRecord } from '../commit/commit.ts';
import { type FormatError, isFormatError } from '../lwm2m/format-error.ts';
import type { ResourcePath } from '../lwm2m/path.ts';
import { requestFor, takeAnswer } from './device-operation.ts';
import { changesNothing } from './idempotence.ts';
import { InterruptedOperations, type InterruptedParts } from './interrupted-operations.ts';
import { isFinal, isOwn, type Operation, type OwnOperation } from './operation.ts';
import { OperationFlow, type OperationFlowParts } from './operation-flow.ts';
import type { OperationList } from './operation-list.ts';
import type { DeviceOperation } from './operator.ts';
import type { Foundations, Restored } from './part.ts';
import type { Presence } from './presence.ts';
import { dialectOf, type Registration } from './registration.ts';
import type { Step } from './step.ts';
import type { OperationState, OperationView } from './views.ts';

export interface OperationRequest {
  readonly endpoint: string;
  readonly operation: DeviceOperation;
  readonly account: string;
  readonly expiresMs: number;
  /** False for what only reads, while the store takes nothing: a restart would lose it. */
  readonly isDurable: boolean;
}

interface DownlinkParts extends InterruptedParts, OperationFlowParts {
  readonly presence: Pick<Presence, 'reachable'>;
}

/** The answer of a device, and what is owed for it. */
export interface Answered {
  readonly response: IncomingResponse;
  readonly owed: ExchangeId | undefined;
  readonly roundTripMs?: number;
}

export class Downlink {
  readonly interrupted: InterruptedOperations;
  private readonly flow: OperationFlow;
  private readonly foundations: Foundations;
  private readonly parts: DownlinkParts;
  /** How many operations may wait for one device. */
  readonly queuedPerPeerMax: number;

  constructor(
    foundations: Foundations,
    parts: DownlinkParts,
    queuedPerPeerMax: number = limits.operationsQueuedPerPeerMax,
  ) {
    this.foundations = foundations;
    this.parts = parts;
    this.queuedPerPeerMax = queuedPerPeerMax;
    this.flow = new OperationFlow(foundations, parts);
    this.interrupted = new InterruptedOperations(this.flow, foundations.uptime, parts);
  }

  get operations(): OperationList {
    return this.flow.list;
  }

  /** With the answer, as long as the event log has it. */
  view(operation: Operation, now: Now): OperationView {
    return this.flow.view(operation, now);
  }

  get(id: number): Operation | undefined {
    return this.operations.get(id);
  }

  /** All that are remembered, by id. */
  list(): readonly Operation[] {
    return [...this.operations];
  }

  isOver(id: number): boolean {
    const operation = this.operations.get(id);
    return operation === undefined || isFinal(operation.state);
  }

  openOf(endpoint: string): readonly Operation[] {
    return this.operations.openOf(endpoint);
  }

  /** Takes an operation: sent when the device can be reached, queued otherwise; or why it is not taken. */
  accept(request: OperationRequest, step: Step): OperationView | FormatError | 'queue-full' | 'all-full' {
    const { endpoint, operation: asked, account, expiresMs, isDurable } = request;
    if (this.isFullFor(endpoint)) return 'queue-full';
    if (this.operations.openCount >= limits.operationsOpenMax) return 'all-full';
    const registration = this.parts.registrations.registered(endpoint);
    if (registration !== undefined) {
      const checked = requestFor(asked, dialectOf(registration), 0);
      if (checked !== undefined && isFormatError(checked)) return checked;
    }
    const operation = this.flow.add({ endpoint, account, path: asked.path, asked, isDurable }, expiresMs, step);
    if (changesNothing(asked)) operation.token = this.freshToken();
    this.operations.write(operation, 'before-ack', step);
    this.deliver(endpoint, step);
    return this.view(operation, step.now);
  }

  /** Whether one more observation at this path can be followed: beyond that the wish is taken, and goes on by itself. */
  canFollow(endpoint: string, path: ResourcePath): boolean {
    const followed = this.openOf(endpoint).filter((open) => !isOwn(open) && open.path === path);
    return followed.length < this.queuedPerPeerMax && this.operations.openCount < limits.operationsOpenMax;
  }

  /** An observation that was asked for: sent by the observations, followed here. `isNew`: the wish was not there before. */
  follow(
    fields: Pick<Operation, 'endpoint' | 'account' | 'path'> & { readonly isNew: boolean },
    step: Step,
  ): Operation {
    const { isNew, ...rest } = fields;
    const operation = this.flow.add(
      { ...rest, asked: { verb: 'observe', isNew }, isDurable: false },
      limits.operationFollowedMs,
      step,
    );
    operation.underWay = true;
    return operation;
  }

  /** Whether an operation is to be sent to the device. */
  waitsFor(endpoint: string): boolean {
    return this.openOf(endpoint).some(isOwn);
  }

  /** Sends the next operation of a device, if it can be reached and none is under way. */
  deliver(endpoint: string, step: Step): void {
    const registration = this.parts.registrations.registered(endpoint);
    if (registration === undefined || !this.parts.presence.reachable(registration, step.now.monotonic)) return;
    const open = this.openOf(endpoint).filter(isOwn);
    if (open.some((operation) => operation.underWay)) return;
    const next = open.find((operation) => operation.state === 'sent') ?? open[0];
    if (next === undefined) return;
    if (next.state === 'sent') this.interrupted.resume(next, registration, step);
    else this.send(next, registration, step);
  }

  /** The request of an operation was handed to the CoAP layer. */
  started(id: number, request: RequestId): void {
    const operation = this.operations.get(id);
    if (operation !== undefined) operation.request = request;
  }

  /** Its request has the turn: its message is kept, and leaves after that. */
  ready(id: number, event: Extract<CoapEvent, { kind: 'ready' }>, step: Step): void {
    const operation = this.operations.get(id);
    if (operation === undefined || isFinal(operation.state)) return;
    const { peer, token, messageId, bytes, isWhole } = event;
    const at = { atUptimeMs: this.foundations.uptime.at(step.now), atWall: trustedWall(step.now) };
    const association = this.parts.associationOf(peer);
    operation.message = { peer, token, messageId, association, ...at, bytes: isWhole ? bytes : undefined };
    this.operations.write(operation, 'before-ack', step);
    // Of this commit alone: what the device asks meanwhile need not wait for it.
    step.afterCommit(undefined, { kind: 'release-request', request: event.id });
  }

  refusedByLayer(id: number, step: Step): void {
    const operation = this.operations.get(id);
    if (operation === undefined || isFinal(operation.state)) return;
    operation.underWay = false;
    if (operation.state === 'sent' && isOwn(operation)) this.interrupted.settle(operation, step);
    else this.flow.finish(operation, 'failed', step, 'queue-full');
  }

  /** A message of its request left (the first time, or again): whoever waits is told how often. */
  sent(id: number, step: Step): void {
    const operation = this.operations.get(id);
    if (operation === undefined || isFinal(operation.state)) return;
    const { message } = operation;
    if (operation.leftAt === undefined) {
      operation.leftAt = step.now.monotonic;
      this.flow.followFrom(operation, step);
      if (message !== undefined) {
        operation.message = { ...message, association: this.parts.associationOf(message.peer as PeerId) };
      }
    }
    operation.state = 'sent';
    operation.sends++;
    step.tell({ kind: 'operation', operation: this.view(operation, step.now) });
  }

  answered(id: number, { response, owed, roundTripMs }: Answered, step: Step): void {
    const operation = this.operations.get(id);
    const registration = operation && this.parts.registrations.registered(operation.endpoint);
    const peer = operation?.peer;
    if (operation !== undefined && !isFinal(operation.state)) {
      operation.roundTripMs = roundTripMs === undefined ? undefined : Math.round(roundTripMs);
      const isOn = registration !== undefined && this.triesAnotherFormat(operation, response, registration, step);
      if (!isOn) this.conclusion(operation, response, step);
    }
    if (owed !== undefined && peer !== undefined)
      step.afterCommit(undefined, { kind: 'acknowledge', peer, exchange: owed });
  }

  /**
   * The answer to an earlier request of an operation, of an earlier start perhaps, or of one that is in doubt. Deviation: it
   * counts over a new association, too (RFC 7252 section 9.1 matches within one): it is authenticated as the same device's,
   * and a fresh random token is guessed by nobody.
   */
  lateAnswer(peer: PeerId, token: Uint8Array, { response, owed }: Answered, step: Step): void {
    const operation = this.operations.takeLate(peer, token);
    const isOpen = operation !== undefined && (operation.state === 'in-doubt' || !isFinal(operation.state));
    if (isOpen) {
      const { request } = operation;
      if (request !== undefined) step.beforeCommit({ kind: 'cancel-request', request });
      this.conclusion(operation, response, step);
    }
    if (owed !== undefined) step.afterCommit(undefined, { kind: 'acknowledge', peer, exchange: owed });
  }

  failed(id: number, reason: FailureReason, step: Step): void {
    const operation = this.operations.get(id);
    if (operation === undefined || isFinal(operation.state)) return;
    if (reason === 'timeout' && isOwn(operation)) this.interrupted.unanswered(operation, step);
    else this.flow.finish(operation, 'failed', step, reason);
  }

  /** Ends an operation with what somebody else found out. */
  conclude(operation: Operation, state: OperationState, step: Step, failure?: string): void {
    if (!isFinal(operation.state)) this.flow.finish(operation, state, step, failure);
  }

  /**
   * An operator withdraws an operation: it does not leave any more, nor again. What was sent already may have been done all the
   * same, and `sends` tells that. Returns it, or why it cannot be withdrawn; once more is no mistake.
   */
  cancel(id: number, step: Step): Operation | 'unknown' | 'over' {
    const operation = this.operations.get(id);
    if (operation === undefined) return 'unknown';
    const { state, request } = operation;
    if (state === 'cancelled') return operation;
    if (isFinal(state) && state !== 'in-doubt') return 'over';
    // Others may wait for the same observation: its request goes on.
    if (request !== undefined) step.beforeCommit({ kind: 'cancel-request', request });
    this.flow.finish(operation, 'cancelled', step, 'withdrawn');
    return operation;
  }

  /** An operator has what is in doubt sent anew, with the same id. Returns it, or why it is not sent. */
  retry(id: number, step: Step): Operation | 'unknown' | 'not-in-doubt' | 'queue-full' {
    const operation = this.operations.get(id);
    if (operation === undefined) return 'unknown';
    if (operation.state !== 'in-doubt') return 'not-in-doubt';
    if (this.isFullFor(operation.endpoint)) return 'queue-full';
    this.flow.beginAnew(operation, step);
    this.deliver(operation.endpoint, step);
    return operation;
  }

  /** The device is removed: nothing of it waits any longer. */
  cancelAll(endpoint: string, step: Step): void {
    for (const operation of [...this.openOf(endpoint)]) this.flow.finish(operation, 'cancelled', step, 'removed');
  }

  restore(record: StoredRecord): Restored {
    return this.operations.restore(record);
  }

  /** Ids are not given again after a restart: each generation has a range of its own, and a long one may have left it. */
  restoredWith(generation: number, step: Step): void {
    this.flow.lastId = generation * limits.operationsPerGeneration;
    for (const { id } of this.operations) if (id > this.flow.lastId) this.flow.lastId = id;
    this.interrupted.restored(step);
  }

  advance(step: Step): void {
    this.interrupted.advance(step);
    for (const due of this.flow.expiries.due(step.now.monotonic)) {
      if (isFinal(due.state)) continue;
      if (due.state === 'sent' && !due.underWay && isOwn(due)) this.interrupted.settle(due, step);
      else this.expire(due, step);
    }
  }

  nextDeadline(): { at: Monotonic; reason: string } | undefined {
    const next = this.flow.expiries.next();
    return next && { at: next.at, reason: `operation ${next.key.id} expires, or its device has had its time` };
  }

  /** What leaves before its message is kept may be lost with the power: it changes nothing, and is asked anew. */
  private send(operation: OwnOperation, registration: Registration, step: Step): void {
    const { asked, formatIndex, interruption } = operation;
    const request = requestFor(asked, dialectOf(registration), formatIndex);
    if (request === undefined || isFormatError(request)) {
      this.flow.finish(operation, 'failed', step, request === undefined ? 'no-format' : request.reason);
      return;
    }
    operation.interruption = undefined;
    if (interruption !== undefined && operation.token !== undefined) {
      operation.token = this.freshToken();
      this.operations.write(operation, 'soon', step);
    }
    this.request(operation, request, registration, step);
  }

  private request(operation: OwnOperation, request: CoapRequest, { peer }: Registration, step: Step): void {
    const { id, token, asked } = operation;
    this.flow.begin(operation, peer, step);
    const purpose = { kind: 'operation', operation: id } as const;
    if (!changesNothing(asked)) return step.beforeCommit({ kind: 'request', peer, request, held: true, purpose });
    // With a commit of its own it waits for that alone: what the device asks meanwhile need not wait for it.
    const waitsFor = step.hasWrites('before-ack') ? undefined : peer;
    const own = token === undefined ? {} : { token };
    step.afterCommit(waitsFor, { kind: 'request', peer, request, ...own, purpose });
  }

  private expire(operation: Operation, step: Step): void {
    // What is told to have expired must not leave later, behind requests that nobody answers.
    const { request, sends } = operation;
    if (request !== undefined) step.beforeCommit({ kind: 'cancel-request', request });
    if (sends === 0) this.flow.finish(operation, 'expired', step, 'expired');
    else this.failed(operation.id, 'timeout', step);
  }

  /** A device that does not take a format of ours may take the next one (lwm2m 7.4). */
  private triesAnotherFormat(
    operation: Operation,
    response: IncomingResponse,
    registration: Registration,
    step: Step,
  ): boolean {
    const { asked, formatIndex } = operation;
    if (!isOwn(operation) || asked.verb !== 'write' || asked.format !== undefined) return false;
    if (response.code !== '4.15' && response.code !== '4.06') return false;
    const next = requestFor(asked, dialectOf(registration), formatIndex + 1);
    if (next === undefined || isFormatError(next)) return false;
    operation.formatIndex++;
    operation.leftAt = undefined;
    this.request(operation, next, registration, step);
    return true;
  }

  /** The device has answered. */
  private conclusion(operation: Operation, response: IncomingResponse, step: Step): void {
    const registration = this.parts.registrations.registered(operation.endpoint);
    operation.failure = undefined;
    takeAnswer(operation, response, registration, this.parts.model, step.now);
    this.flow.finish(operation, operation.failure === undefined ? 'done' : 'failed', step, operation.failure);
  }

  /** Observations that are followed do not count: there may be many, and they are sent by themselves. */
  private isFullFor(endpoint: string): boolean {
    return this.openOf(endpoint).filter(isOwn).length >= this.queuedPerPeerMax;
  }

  private freshToken(): Uint8Array {
    return randomBytes(this.foundations.entropy, limits.tokenBytes);
  }
}
