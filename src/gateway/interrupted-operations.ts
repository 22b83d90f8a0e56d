/**
 * Operations whose message has left, and that a restart, sleep, another connection or a new registration of the device keeps from
 * going on as they were. Within MAX_TRANSMIT_SPAN of its first sending and over the same connection the very same message is sent
 * again: the device knows it for a repetition (RFC 7252 section 4.5). Later, or over another connection, what may be done twice is
 * asked anew, with another token; all else is in doubt. Late answers count, as long as they may come.
 */
import type { PeerId } from '../base/address.ts';
import { after } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { changesNothing, mayBeRepeated } from './idempotence.ts';
import { type Interruption, isFinal, isOwn, type OwnOperation } from './operation.ts';
import type { OperationFlow } from './operation-flow.ts';
import { countOutage, leftBefore } from './operation-times.ts';
import type { Registration } from './registration.ts';
import type { Registrations } from './registrations.ts';
import type { Step } from './step.ts';
import type { Uptime } from './uptime.ts';

export interface InterruptedParts {
  readonly registrations: Registrations;
  /** The serial of the association over which a peer is reached; 0 when there is none. */
  readonly associationOf: (peer: PeerId) => number;
}

export class InterruptedOperations {
  private readonly flow: OperationFlow;
  private readonly parts: InterruptedParts;
  private readonly uptime: Uptime;
  private sawTrustedClock = false;

  constructor(flow: OperationFlow, uptime: Uptime, parts: InterruptedParts) {
    this.flow = flow;
    this.uptime = uptime;
    this.parts = parts;
  }

  /** Every record was handed over. */
  restored(step: Step): void {
    this.flow.list.restored();
    this.flow.isRestoring = true;
    for (const operation of [...this.flow.list].filter(isOwn)) this.restoreOne(operation, step);
    this.flow.isRestoring = false;
    this.sawTrustedClock = step.now.wallTrusted;
  }

  /** Time has passed: a trusted clock may be there that was not. */
  advance(step: Step): void {
    if (step.now.wallTrusted && !this.sawTrustedClock) this.clockCame(step);
  }

  /**
   * Its request was taken back, since the device sleeps: it waits again, as long as it was to wait. `hasLeft`: a message of it
   * left before; then that very message is sent again, should the device wake in time.
   */
  held(id: number, hasLeft: boolean, step: Step): void {
    const operation = this.flow.list.get(id);
    if (operation === undefined || isFinal(operation.state) || !isOwn(operation)) return;
    const { peer, token, message, leftAt } = operation;
    operation.underWay = false;
    operation.request = undefined;
    operation.interruption = hasLeft ? 'asleep' : undefined;
    if (hasLeft && message !== undefined && leftAt !== undefined) {
      this.flow.awaitLate(operation, message.peer as PeerId, message.token, step);
      this.flow.expiries.set(operation, after(leftAt, limits.maxTransmitSpanMs));
      return;
    }
    if (!hasLeft) return this.takeBack(operation, step);
    if (peer !== undefined && token !== undefined) this.flow.awaitLate(operation, peer, token, step);
    this.flow.queueAgain(operation);
  }

  /** Whether its message may be repeated: what may not be done twice goes over the connection that it left over, or not at all. */
  mayRepeat(id: number): boolean {
    const operation = this.flow.list.get(id);
    if (operation === undefined || !isOwn(operation) || mayBeRepeated(operation.asked)) return true;
    const { message } = operation;
    return message === undefined || message.association === this.parts.associationOf(message.peer as PeerId);
  }

  /** The device came over another connection before it answered what may not be done twice. */
  connectionChanged(id: number, step: Step): void {
    const operation = this.flow.list.get(id);
    if (operation !== undefined && isOwn(operation) && !isFinal(operation.state)) {
      this.interrupt(operation, 'new-connection', step);
    }
  }

  /** The device has registered anew: it may have forgotten what it was asked, and what it answered. */
  registeredAnew(registration: Registration, step: Step): void {
    for (const operation of this.flow.list.openOf(registration.endpoint).filter(isOwn)) {
      const { underWay, peer, leftAt, state, asked } = operation;
      const isElsewhere = underWay && peer !== registration.peer;
      const isLost = leftAt !== undefined && !mayBeRepeated(asked);
      if (isElsewhere || (state === 'sent' && (isLost || !underWay)))
        this.interrupt(operation, 'new-registration', step);
    }
  }

  /** Its message has left already: the very same once more, while the device still knows it. */
  resume(operation: OwnOperation, { peer }: Registration, step: Step): void {
    const { message, leftAt, id } = operation;
    const ageMs = leftAt === undefined ? Number.POSITIVE_INFINITY : step.now.monotonic - leftAt;
    const isSame = message?.peer === peer && message.association === this.parts.associationOf(peer);
    const bytes = message?.bytes;
    if (!isSame || bytes === undefined || ageMs > limits.maxTransmitSpanMs) {
      return this.settle(operation, step);
    }
    this.flow.begin(operation, peer, step);
    step.beforeCommit({ kind: 'resume-request', peer, bytes, ageMs, operation: id });
  }

  /** Nobody answered, and it is not repeated any more: what may not be done twice may have been done. */
  unanswered(operation: OwnOperation, step: Step): void {
    const { asked, leftAt, interruption } = operation;
    const mayBeDone = leftAt !== undefined || interruption !== undefined;
    if (!mayBeDone || mayBeRepeated(asked)) return this.flow.finish(operation, 'failed', step, 'timeout');
    operation.interruption ??= 'no-answer';
    this.settle(operation, step);
  }

  /** Its request must not be repeated as it was. */
  private interrupt(operation: OwnOperation, why: Interruption, step: Step): void {
    const { request, peer, token } = operation;
    if (request !== undefined) step.beforeCommit({ kind: 'cancel-request', request });
    operation.request = undefined;
    operation.underWay = false;
    if (peer !== undefined && token !== undefined) this.flow.awaitLate(operation, peer, token, step);
    operation.interruption = why;
    if (operation.leftAt !== undefined) return this.settle(operation, step);
    this.takeBack(operation, step);
    this.flow.deliverSoon(operation, step);
  }

  /** Nothing of it has left: it waits as before. */
  private takeBack(operation: OwnOperation, step: Step): void {
    const { message } = operation;
    operation.interruption = undefined;
    this.flow.queueAgain(operation);
    if (message !== undefined) this.flow.list.write(operation, 'before-ack', step);
  }

  /** A message of it left, and it is not known what became of it: asked anew where that does no harm. */
  settle(operation: OwnOperation, step: Step): void {
    const { message, asked, interruption = 'restarted' } = operation;
    if (message !== undefined) this.flow.awaitLate(operation, message.peer as PeerId, message.token, step);
    // Its answer may still come; else somebody has to look at the device.
    if (!mayBeRepeated(asked)) return this.flow.finish(operation, 'in-doubt', step, interruption);
    this.flow.queueAgain(operation);
    this.flow.deliverSoon(operation, step);
  }

  private restoreOne(operation: OwnOperation, step: Step): void {
    const { uptime } = this;
    const { message, token, state, asked } = operation;
    const isRecent = uptime.at(step.now) - (message?.atUptimeMs ?? 0) < limits.exchangeLifetimeMs;
    if (isFinal(state)) {
      if (state === 'in-doubt' && message !== undefined && isRecent)
        this.flow.awaitLate(operation, message.peer as PeerId, message.token, step);
      return;
    }
    countOutage(operation, uptime, step.now);
    this.flow.waitFrom(operation);
    const peer = this.parts.registrations.known(operation.endpoint)?.peer;
    if (changesNothing(asked) && token !== undefined && peer !== undefined) {
      operation.interruption = 'restarted';
      this.flow.awaitLate(operation, peer, token, step);
    }
    if (state !== 'sent' || message === undefined) return;
    operation.leftAt = leftBefore(message, uptime, step.now);
    const spanEndsAt = operation.leftAt === undefined ? undefined : after(operation.leftAt, limits.maxTransmitSpanMs);
    if (spanEndsAt === undefined || spanEndsAt <= step.now.monotonic) return this.settle(operation, step);
    this.flow.awaitLate(operation, message.peer as PeerId, message.token, step);
    this.flow.expiries.set(operation, spanEndsAt);
  }

  /** The first trusted time since the start: what passed before it counts from now on. */
  private clockCame({ now }: Step): void {
    this.sawTrustedClock = true;
    for (const operation of this.flow.list) {
      if (isFinal(operation.state) || operation.underWay || operation.state === 'sent') continue;
      countOutage(operation, this.uptime, now);
      this.flow.waitFrom(operation);
    }
  }
}
