/**
 * What the gateway asks of its devices: begins requests, holds and cancels them, and brings each answer to the part that wanted
 * it. A request's purpose says which part that is.
 */
import type { PeerId } from '../base/address.ts';
import type { Coap } from '../coap/coap.ts';
import type { CoapEvent, CoapOutput, RequestId } from '../coap/output.ts';
import type { ObjectModel } from '../lwm2m/objects/model.ts';
import { readAnswer } from '../lwm2m/operations/answer.ts';
import type { ResourcePath } from '../lwm2m/path.ts';
import type { Action, RequestPurpose } from './action.ts';
import type { Counters } from './counters.ts';
import { decodeOptions } from './device-operation.ts';
import type { Downlink } from './downlink.ts';
import type { Observations } from './observations.ts';
import type { Operators } from './operators.ts';
import type { Presence } from './presence.ts';
import type { Recovery } from './recovery.ts';
import type { Registrations } from './registrations.ts';
import type { Step } from './step.ts';

export interface RequestParts {
  readonly registrations: Registrations;
  readonly observations: Observations;
  readonly presence: Presence;
  readonly downlink: Downlink;
  readonly operators: Operators;
  readonly counters: Counters;
  readonly recovery: Recovery;
  readonly model: ObjectModel;
}

export class Requests {
  private readonly purposes = new Map<RequestId, RequestPurpose>();
  private readonly parts: RequestParts;
  private readonly coap: Coap;
  private readonly take: (output: CoapOutput, step: Step) => void;

  /** `take` carries out what the CoAP layer returns. */
  constructor(parts: RequestParts, coap: Coap, take: (output: CoapOutput, step: Step) => void) {
    this.parts = parts;
    this.coap = coap;
    this.take = take;
  }

  /** A message of a request is about to leave. False when it may not, any more. */
  leaves(request: RequestId, isRepeated: boolean, step: Step): boolean {
    const purpose = this.purposes.get(request);
    if (purpose === undefined) return true;
    // It may have the turn only now that the device sleeps: then it leaves as a repetition, if it wakes in time.
    if (isRepeated ? !this.mayRepeat(purpose, step) : this.isAsleep(purpose, step)) return false;
    if (purpose.kind === 'operation') this.parts.downlink.sent(purpose.operation, step);
    if (purpose.kind === 'observe') this.parts.operators.observeSent(purpose, step);
    return true;
  }

  /** Whoever wants that knows how the operation goes on. */
  cancel(request: RequestId, step: Step): void {
    this.purposes.delete(request);
    this.take(this.coap.cancelRequest(request, step.now.monotonic), step);
  }

  start(action: Extract<Action, { kind: 'request' }>, step: Step): void {
    const { peer, request, token, held = false, purpose } = action;
    // It waited for a commit, and nobody waited for it any longer.
    if (purpose.kind === 'operation' && this.parts.downlink.isOver(purpose.operation)) return;
    if (this.isAsleep(purpose, step)) return this.notNow(purpose, peer, step);
    const keepsAnswer = purpose.kind === 'operation';
    const options = { held, keepsAnswer, ...(token === undefined ? {} : { token }) };
    const result = this.coap.request(peer, request, options, step.now.monotonic);
    if ('refused' in result) return this.notStarted(purpose, peer, step);
    this.purposes.set(result.id, purpose);
    if (purpose.kind === 'operation') this.parts.downlink.started(purpose.operation, result.id);
    this.take(result.output, step);
  }

  /** The message of an operation is kept, and leaves; unless the device has fallen asleep over it. */
  release(request: RequestId, step: Step): void {
    const purpose = this.purposes.get(request);
    if (purpose?.kind !== 'operation' || !this.isAsleep(purpose, step)) {
      return this.take(this.coap.release(request, step.now.monotonic), step);
    }
    this.cancel(request, step);
    this.parts.downlink.interrupted.held(purpose.operation, false, step);
  }

  resume(action: Extract<Action, { kind: 'resume-request' }>, step: Step): void {
    const { downlink } = this.parts;
    const { peer, operation } = action;
    const result = this.coap.resumeRequest(peer, action, step.now.monotonic);
    if ('refused' in result) return downlink.refusedByLayer(operation, step);
    this.purposes.set(result.id, { kind: 'operation', operation });
    downlink.started(operation, result.id);
    this.take(result.output, step);
  }

  cancelAll({ endpoint, path }: { endpoint: string; path?: ResourcePath }, step: Step): void {
    const isMeant = (purpose: RequestPurpose): boolean =>
      purpose.kind === 'operation' ? path === undefined : (path ?? purpose.path) === purpose.path;
    for (const [id, purpose] of [...this.purposes]) {
      if (this.endpointOf(purpose) !== endpoint || !isMeant(purpose)) continue;
      this.take(this.coap.cancelRequest(id, step.now.monotonic), step);
    }
  }

  /** Takes back what waits for its turn, and repeats no operation: they wait for the device to wake; wishes are asked for again. */
  hold(endpoint: string, step: Step): void {
    const ofDevice = [...this.purposes].filter(([, purpose]) => this.endpointOf(purpose) === endpoint);
    // The operation last: whoever waits behind it would have the turn, and leave.
    for (const [id, { kind }] of ofDevice) {
      if (kind !== 'operation' && !this.coap.hasLeft(id)) {
        this.take(this.coap.cancelRequest(id, step.now.monotonic), step);
      }
    }
    for (const [id, purpose] of ofDevice) {
      if (purpose.kind !== 'operation') continue;
      const hasLeft = this.coap.hasLeft(id);
      this.purposes.delete(id);
      this.parts.downlink.interrupted.held(purpose.operation, hasLeft, step);
      this.take(this.coap.cancelRequest(id, step.now.monotonic), step);
    }
  }

  /** The device has fallen asleep while what is asked of it waited for a commit. */
  private notNow(purpose: RequestPurpose, peer: PeerId, step: Step): void {
    if (purpose.kind === 'operation') this.parts.downlink.interrupted.held(purpose.operation, false, step);
    if (purpose.kind === 'observe') this.observeFailed(purpose, peer, undefined, 'cancelled', step);
  }

  /** The device is in queue mode, and outside its window: nothing may leave for it. */
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

  answered(event: Extract<CoapEvent, { kind: 'response' }>, step: Step): void {
    const purpose = this.purposes.get(event.id);
    this.purposes.delete(event.id);
    if (purpose?.kind === 'operation') {
      this.parts.downlink.answered(purpose.operation, event, step);
    } else if (purpose?.kind === 'observe') {
      this.observeAnswered(purpose, event, step);
    }
  }

  ready(event: Extract<CoapEvent, { kind: 'ready' }>, step: Step): void {
    const purpose = this.purposes.get(event.id);
    if (purpose?.kind === 'operation') this.parts.downlink.ready(purpose.operation, event, step);
  }

  failed(event: Extract<CoapEvent, { kind: 'failed' }>, step: Step): void {
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
    const relation = observations.relation(peer, purpose.token);
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
    if (wish !== undefined) wish.newest = { entries };
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
    const relation = observations.relation(peer, purpose.token);
    const wish = observations.wish(purpose.endpoint, purpose.path);
    const isLast = wish?.relation === undefined || wish.relation === relation;
    if (relation !== undefined) observations.over(relation, code, step);
    // A younger request for the same path is under way: its answer counts.
    if (!isLast) return;
    const isUnwanted = operators.observeFailed(purpose, code, failure, step);
    if (isUnwanted && wish !== undefined) observations.withdraw(wish, step);
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
}
