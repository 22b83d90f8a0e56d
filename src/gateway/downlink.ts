/**
 * Operations toward devices: accepted, queued while the device sleeps, sent one at a time, answered or failed. Each change of
 * an operation is an event. They live in memory for now: a stop loses what is queued, and whoever asks is told so.
 *
 * Limits: `operationsQueuedPerPeerMax` a device, `operationsMax` remembered in all.
 */
import { Deadlines } from '../base/deadlines.ts';
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { FailureReason, RequestId } from '../coap/output.ts';
import type { CoapRequest } from '../coap/request.ts';
import type { IncomingResponse } from '../coap/response.ts';
import { type FormatError, isFormatError } from '../lwm2m/format-error.ts';
import type { ObjectModel } from '../lwm2m/objects/model.ts';
import { requestFor, takeAnswer } from './device-operation.ts';
import { beginAnew, isFinal, newOperation, type Operation, operationView } from './operation.ts';
import type { DeviceOperation } from './operator.ts';
import type { Presence } from './presence.ts';
import { dialectOf, type Registration } from './registration.ts';
import type { Registrations } from './registrations.ts';
import type { Step } from './step.ts';
import type { OperationState, OperationView } from './views.ts';

export interface OperationRequest {
  readonly endpoint: string;
  readonly operation: DeviceOperation;
  readonly account: string;
  readonly expiresMs: number;
}

export class Downlink {
  private readonly operations = new Map<number, Operation>();
  /** What is not final, by endpoint, in order. */
  private readonly open = new Map<string, Operation[]>();
  private readonly expiries = new Deadlines<Operation>();
  private lastId: number;
  private readonly registrations: Registrations;
  private readonly presence: Pick<Presence, 'reachable'>;
  private readonly model: ObjectModel;
  /** How many operations may wait for one device. */
  readonly queuedPerPeerMax: number;

  constructor(
    registrations: Registrations,
    presence: Pick<Presence, 'reachable'>,
    model: ObjectModel,
    queuedPerPeerMax: number = limits.operationsQueuedPerPeerMax,
  ) {
    this.queuedPerPeerMax = queuedPerPeerMax;
    this.registrations = registrations;
    this.presence = presence;
    this.model = model;
    this.lastId = 0;
  }

  /** Ids are not given again after a restart: each generation has a range of its own. */
  startAt(generation: number): void {
    this.lastId = generation * limits.operationsPerGeneration;
  }

  get(id: number): Operation | undefined {
    return this.operations.get(id);
  }

  /** All that are remembered, by id. */
  list(): readonly Operation[] {
    return [...this.operations.values()];
  }

  isOver(id: number): boolean {
    const operation = this.operations.get(id);
    return operation === undefined || isFinal(operation.state);
  }

  openOf(endpoint: string): readonly Operation[] {
    return this.open.get(endpoint) ?? [];
  }

  counts(): { readonly queued: number; readonly sent: number; readonly inDoubt: number } {
    let queued = 0;
    let sent = 0;
    for (const operations of this.open.values()) {
      for (const operation of operations) operation.state === 'queued' ? queued++ : sent++;
    }
    return { queued, sent, inDoubt: 0 };
  }

  /** Takes an operation: sent when the device can be reached, queued otherwise; or why it is not taken. */
  accept(request: OperationRequest, step: Step): OperationView | FormatError | 'queue-full' {
    const { endpoint, operation: asked, account, expiresMs } = request;
    if (this.openOf(endpoint).length >= this.queuedPerPeerMax) return 'queue-full';
    const registration = this.registrations.registered(endpoint);
    if (registration !== undefined) {
      const checked = requestFor(asked, dialectOf(registration), 0);
      if (checked !== undefined && isFormatError(checked)) return checked;
    }
    const operation = this.add({ endpoint, account, path: asked.path, asked }, expiresMs, step);
    this.deliver(endpoint, step);
    return operationView(operation, step.now);
  }

  /** An observation that was asked for: sent by the observations, followed here. `isNew`: the wish was not there before. */
  follow(
    fields: Pick<Operation, 'endpoint' | 'account' | 'path'> & { readonly isNew: boolean },
    step: Step,
  ): Operation {
    const { isNew, ...rest } = fields;
    const operation = this.add({ ...rest, asked: { verb: 'observe', isNew } }, limits.operationFollowedMs, step);
    operation.underWay = true;
    return operation;
  }

  /** Whether an operation is to be sent to the device. */
  waitsFor(endpoint: string): boolean {
    return this.openOf(endpoint).some(({ asked }) => asked.verb !== 'observe');
  }

  /** Sends the next operation of a device, if it can be reached and none is under way. */
  deliver(endpoint: string, step: Step): void {
    const registration = this.registrations.registered(endpoint);
    if (registration === undefined || !this.presence.reachable(registration, step.now.monotonic)) return;
    const open = this.openOf(endpoint).filter((operation) => operation.asked.verb !== 'observe');
    if (open.some((operation) => operation.underWay)) return;
    const next = open[0];
    if (next !== undefined) this.send(next, registration, step);
  }

  /** The request of an operation was handed to the CoAP layer. */
  started(id: number, request: RequestId): void {
    const operation = this.operations.get(id);
    if (operation !== undefined) operation.request = request;
  }

  /** Its request was taken back before it left, since the device sleeps: it waits again, as long as it was to wait. */
  held(id: number): void {
    const operation = this.operations.get(id);
    if (operation === undefined || isFinal(operation.state)) return;
    operation.underWay = false;
    operation.request = undefined;
    this.expiries.set(operation, operation.expiresAt);
  }

  refusedByLayer(id: number, step: Step): void {
    const operation = this.operations.get(id);
    if (operation !== undefined) this.finish(operation, 'failed', step, 'queue-full');
  }

  /** A message of its request left (the first time, or again): whoever waits is told how often. */
  sent(id: number, step: Step): void {
    const operation = this.operations.get(id);
    if (operation === undefined || isFinal(operation.state)) return;
    operation.state = 'sent';
    operation.sends++;
    step.tell({ kind: 'operation', operation: operationView(operation, step.now) });
  }

  answered(id: number, response: IncomingResponse, roundTripMs: number, step: Step): void {
    const operation = this.operations.get(id);
    if (operation === undefined || isFinal(operation.state)) return;
    operation.roundTripMs = Math.round(roundTripMs);
    const registration = this.registrations.registered(operation.endpoint);
    if (registration !== undefined && this.triesAnotherFormat(operation, response, registration, step)) return;
    takeAnswer(operation, response, registration, this.model, step.now);
    this.finish(operation, operation.failure === undefined ? 'done' : 'failed', step, operation.failure);
  }

  failed(id: number, reason: FailureReason, step: Step): void {
    const operation = this.operations.get(id);
    if (operation === undefined || isFinal(operation.state)) return;
    this.finish(operation, 'failed', step, reason);
  }

  /** Ends an operation with what somebody else found out. */
  conclude(operation: Operation, state: OperationState, step: Step, failure?: string): void {
    if (!isFinal(operation.state)) this.finish(operation, state, step, failure);
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
    if (request !== undefined) step.afterCommit(undefined, { kind: 'cancel-request', request });
    this.finish(operation, 'cancelled', step, 'withdrawn');
    return operation;
  }

  /** An operator has what is in doubt sent anew, with the same id. Returns it, or why it is not sent. */
  retry(id: number, step: Step): Operation | 'unknown' | 'not-in-doubt' | 'queue-full' {
    const operation = this.operations.get(id);
    if (operation === undefined) return 'unknown';
    if (operation.state !== 'in-doubt') return 'not-in-doubt';
    if (this.openOf(operation.endpoint).length >= this.queuedPerPeerMax) return 'queue-full';
    beginAnew(operation, step.now);
    this.waits(operation);
    step.tell({ kind: 'operation', operation: operationView(operation, step.now) });
    this.deliver(operation.endpoint, step);
    return operation;
  }

  /** The device is removed: nothing of it waits any longer. */
  cancelAll(endpoint: string, step: Step): void {
    for (const operation of [...this.openOf(endpoint)]) this.finish(operation, 'cancelled', step, 'removed');
  }

  advance(step: Step): void {
    for (const due of this.expiries.due(step.now.monotonic)) {
      if (isFinal(due.state)) continue;
      // What is told to have expired must not leave later, behind requests that nobody answers.
      const { request } = due;
      if (request !== undefined) step.afterCommit(undefined, { kind: 'cancel-request', request });
      if (due.sends === 0) this.finish(due, 'expired', step, 'expired');
      else this.finish(due, 'failed', step, 'timeout');
    }
  }

  nextDeadline(): { at: Monotonic; reason: string } | undefined {
    const next = this.expiries.next();
    return next && { at: next.at, reason: `operation ${next.key.id} expires` };
  }

  private add(
    fields: Pick<Operation, 'endpoint' | 'account' | 'path' | 'asked'>,
    expiresMs: number,
    step: Step,
  ): Operation {
    const operation = newOperation({ ...fields, id: ++this.lastId }, expiresMs, step.now);
    this.operations.set(operation.id, operation);
    this.waits(operation);
    this.forgetOldest();
    return operation;
  }

  /** Behind whatever waits for the same device. */
  private waits(operation: Operation): void {
    this.open.set(operation.endpoint, [...this.openOf(operation.endpoint), operation]);
    this.expiries.set(operation, operation.expiresAt);
  }

  private send(operation: Operation, registration: Registration, step: Step): void {
    if (operation.asked.verb === 'observe') return;
    const request = requestFor(operation.asked, dialectOf(registration), operation.formatIndex);
    if (request === undefined || isFormatError(request)) {
      this.finish(operation, 'failed', step, request === undefined ? 'no-format' : request.reason);
      return;
    }
    this.request(operation, request, registration, step);
  }

  private request(operation: Operation, request: CoapRequest, registration: Registration, step: Step): void {
    operation.underWay = true;
    // From here on it ends by its exchange, not by waiting too long for the device.
    this.expiries.set(operation, after(step.now.monotonic, limits.operationFollowedMs));
    const { peer } = registration;
    step.afterCommit(peer, { kind: 'request', peer, request, purpose: { kind: 'operation', operation: operation.id } });
  }

  /** A device that does not take a format of ours may take the next one (lwm2m 7.4). */
  private triesAnotherFormat(
    operation: Operation,
    response: IncomingResponse,
    registration: Registration,
    step: Step,
  ): boolean {
    if (operation.asked.verb !== 'write' || operation.asked.format !== undefined) return false;
    if (response.code !== '4.15' && response.code !== '4.06') return false;
    const next = requestFor(operation.asked, dialectOf(registration), operation.formatIndex + 1);
    if (next === undefined || isFormatError(next)) return false;
    operation.formatIndex++;
    this.request(operation, next, registration, step);
    return true;
  }

  private finish(operation: Operation, state: OperationState, step: Step, failure?: string): void {
    operation.state = state;
    operation.failure = failure;
    this.expiries.cancel(operation);
    const open = this.openOf(operation.endpoint).filter((other) => other !== operation);
    if (open.length > 0) this.open.set(operation.endpoint, open);
    else this.open.delete(operation.endpoint);
    step.tell({ kind: 'operation', operation: operationView(operation, step.now) });
    this.deliver(operation.endpoint, step);
  }

  private forgetOldest(): void {
    if (this.operations.size <= limits.operationsMax) return;
    for (const [id, operation] of this.operations) {
      if (!isFinal(operation.state)) continue;
      this.operations.delete(id);
      return;
    }
  }
}
