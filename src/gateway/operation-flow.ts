/**
 * What an operation can come to, whoever finds it out: it waits, is under way, has ended. Each end is one commit with its event in
 * the log; whoever waits is told after it.
 */
import type { PeerId } from '../base/address.ts';
import { Deadlines } from '../base/deadlines.ts';
import { after, type Monotonic, type Now, trustedWall } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { ObjectModel } from '../lwm2m/objects/model.ts';
import type { EventLog } from './event-log.ts';
import { beginAnew, isOwn, newOperation, type Operation, type OwnOperation, operationView } from './operation.ts';
import { answeredView, endEvent, releaseAnswer } from './operation-end.ts';
import { OperationList } from './operation-list.ts';
import type { Foundations } from './part.ts';
import type { Registrations } from './registrations.ts';
import type { Step } from './step.ts';
import type { OperationState, OperationView } from './views.ts';

export interface OperationFlowParts {
  readonly registrations: Registrations;
  readonly eventLog: EventLog;
  readonly model: ObjectModel;
}

export class OperationFlow {
  readonly list: OperationList;
  /** When an operation stops waiting for whatever it waits for. */
  readonly expiries = new Deadlines<Operation>();
  /** Records are being put together: nothing is sent yet. */
  isRestoring = false;
  lastId = 0;
  private readonly foundations: Foundations;
  private readonly parts: OperationFlowParts;

  constructor(foundations: Foundations, parts: OperationFlowParts) {
    this.foundations = foundations;
    this.parts = parts;
    this.list = new OperationList(foundations);
  }

  /** With the answer, as long as the event log has it. */
  view(operation: Operation, now: Now): OperationView {
    const { registrations, eventLog, model } = this.parts;
    const view = this.plainView(operation, now);
    const event = operation.eventId === undefined ? undefined : eventLog.get(operation.eventId);
    const rootPath = registrations.known(operation.endpoint)?.request.rootPath ?? '/';
    return event === undefined ? view : answeredView(view, event, rootPath, model);
  }

  add(
    fields: Pick<Operation, 'endpoint' | 'account' | 'path' | 'asked' | 'isDurable'>,
    expiresMs: number,
    { now }: Step,
  ): Operation {
    const acceptedAtUptimeMs = this.foundations.uptime.at(now);
    const acceptedAtWall = trustedWall(now);
    const expiresAtUptimeMs = acceptedAtUptimeMs + expiresMs;
    const expiresAtWall = acceptedAtWall === undefined ? undefined : acceptedAtWall + expiresMs;
    const times = { acceptedAtUptimeMs, acceptedAtWall, expiresMs, expiresAtUptimeMs, expiresAtWall };
    const operation = newOperation({ ...fields, ...times, id: ++this.lastId });
    this.list.add(operation);
    this.waitFrom(operation);
    return operation;
  }

  begin(operation: Operation, peer: PeerId, step: Step): void {
    operation.underWay = true;
    operation.peer = peer;
    if (operation.leftAt !== undefined) return this.followFrom(operation, step);
    // Behind requests that nobody answers it may wait for as long as it was to wait.
    const ownEnd = this.foundations.uptime.monotonicOf(operation.expiresAtUptimeMs);
    const followedUntil = after(step.now.monotonic, limits.operationFollowedMs);
    this.expiries.set(operation, Math.max(ownEnd, followedUntil) as Monotonic);
  }

  /** Its message has left: it ends by its exchange, not by waiting too long for the device. */
  followFrom(operation: Operation, step: Step): void {
    this.expiries.set(operation, after(step.now.monotonic, limits.operationFollowedMs));
  }

  /** Somebody wants it done after all: it waits once more, and for as long as at first. */
  beginAnew(operation: Operation, step: Step): void {
    const wall = trustedWall(step.now);
    const { expiresMs } = operation;
    beginAnew(operation);
    operation.expiresAtUptimeMs = this.foundations.uptime.at(step.now) + expiresMs;
    operation.expiresAtWall = wall === undefined ? undefined : wall + expiresMs;
    this.waitFrom(operation);
    this.list.moved(operation, step);
    this.list.write(operation, 'before-ack', step);
    const told = this.view(operation, step.now);
    step.afterCommit(undefined, { kind: 'event', event: { kind: 'operation', operation: told } });
  }

  queueAgain(operation: Operation): void {
    operation.state = 'queued';
    operation.message = undefined;
    operation.leftAt = undefined;
    this.waitFrom(operation);
  }

  /** It waits for the device until it expires. */
  waitFrom(operation: Operation): void {
    this.expiries.set(operation, this.foundations.uptime.monotonicOf(operation.expiresAtUptimeMs));
  }

  awaitLate(operation: Operation, peer: PeerId, token: Uint8Array, step: Step): void {
    this.list.awaitLate(operation, peer, token);
    step.beforeCommit({ kind: 'await-late', peer, token });
  }

  finish(operation: Operation, state: OperationState, step: Step, failure?: string): void {
    Object.assign(operation, { state, failure, underWay: false, request: undefined, interruption: undefined });
    this.expiries.cancel(operation);
    if (state !== 'in-doubt') {
      operation.message = undefined;
      this.list.awaitNoMore(operation);
    }
    if (isOwn(operation) && operation.isDurable) this.keepEnd(operation, step);
    else step.tell({ kind: 'operation', operation: this.view(operation, step.now) });
    this.list.moved(operation, step);
    this.deliverSoon(operation, step);
  }

  private plainView(operation: Operation, now: Now): OperationView {
    const expiresAt = this.expiries.at(operation);
    const expiresInMs = expiresAt === undefined ? undefined : expiresAt - now.monotonic;
    return operationView(operation, this.foundations.uptime.at(now), expiresInMs);
  }

  /** The end and the event that tells it are one commit; whoever waits is told after it. */
  private keepEnd(operation: OwnOperation, step: Step): void {
    const atUptimeMs = this.foundations.uptime.at(step.now);
    operation.endedAtUptimeMs = atUptimeMs;
    const event = endEvent(operation, atUptimeMs, step.now);
    const id = this.parts.eventLog.append(event, step);
    operation.eventId = id;
    this.list.write(operation, 'before-ack', step);
    const told = this.plainView(operation, step.now);
    step.afterCommit(undefined, { kind: 'event', event: { kind: 'operation', operation: told } });
    if (id === undefined) return;
    const { endpoint, atWall } = event;
    const logged = { kind: 'response', id, endpoint, atWall, operation: told } as const;
    step.afterCommit(undefined, { kind: 'event', event: { kind: 'logged', event: logged } });
    releaseAnswer(operation);
  }

  /** The device may be asked for something else now. */
  deliverSoon({ endpoint }: Operation, step: Step): void {
    if (!this.isRestoring) step.beforeCommit({ kind: 'deliver', endpoint });
  }
}
