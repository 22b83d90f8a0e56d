/**
 * Which queue-mode devices are awake: for 93 s after any message of theirs (LwM2M 1.2 transport 6.5, MAX_TRANSMIT_WAIT). After
 * a restart every window counts as closed until the device speaks.
 */
import { Deadlines } from '../base/deadlines.ts';
import { after, type Monotonic } from '../base/instants.ts';
import type { Registration } from './registration.ts';
import type { Step } from './step.ts';

export class Presence {
  private readonly windows = new Deadlines<Registration>();
  private readonly awakeMs: number;

  constructor(awakeMs: number) {
    this.awakeMs = awakeMs;
  }

  /** Whether a request may be sent to the device now. */
  reachable(registration: Registration, now: Monotonic): boolean {
    if (registration.ended !== undefined) return false;
    if (!registration.request.queueMode) return true;
    return registration.awakeUntil !== undefined && registration.awakeUntil > now;
  }

  /** A message of the device came. */
  heard(registration: Registration, step: Step): void {
    if (!registration.request.queueMode) return;
    const wasAwake = this.reachable(registration, step.now.monotonic);
    const until = after(step.now.monotonic, this.awakeMs);
    registration.awakeUntil = until;
    this.windows.set(registration, until);
    if (wasAwake) return;
    const { endpoint, peer } = registration;
    step.tell({ kind: 'awake', endpoint, forMs: this.awakeMs });
    step.afterCommit(peer, { kind: 'fulfil-wishes', endpoint });
    step.afterCommit(peer, { kind: 'deliver', endpoint });
  }

  forget(registration: Registration): void {
    this.windows.cancel(registration);
  }

  advance(step: Step): void {
    for (const due of this.windows.due(step.now.monotonic)) {
      due.awakeUntil = undefined;
      if (due.ended !== undefined) continue;
      const { endpoint } = due;
      step.tell({ kind: 'sleeping', endpoint });
      // At once: a request that waits for its commit must not leave after it.
      step.beforeCommit({ kind: 'hold-requests', endpoint });
    }
  }

  nextDeadline(): { at: Monotonic; reason: string } | undefined {
    const next = this.windows.next();
    return next && { at: next.at, reason: `the awake window of ${next.key.endpoint} ends` };
  }
}
