/**
 * Wishes are asked of a device as soon as it has registered, or was heard for the first time: after an outage of the network that
 * is everybody at once. So they take turns; one device alone never waits. Whoever sleeps again when its turn comes is asked when
 * it wakes.
 *
 * Limits: the rates of `Pace`; a device stands in the row once.
 */
import type { ListenerName } from '../base/address.ts';
import { Deadlines } from '../base/deadlines.ts';
import type { Monotonic } from '../base/instants.ts';
import type { Pace } from './pace.ts';
import type { Registration } from './registration.ts';
import type { Registrations } from './registrations.ts';
import type { Step } from './step.ts';

export class WishTurns {
  private readonly rows = new Map<ListenerName, Set<string>>();
  private readonly turns = new Deadlines<ListenerName>();
  private readonly registrations: Registrations;
  private readonly pace: Pace;

  constructor(registrations: Registrations, pace: Pace) {
    this.registrations = registrations;
    this.pace = pace;
  }

  /** True when the device may be asked now; else it is told when its turn has come. */
  take({ endpoint, listener }: Registration, now: Monotonic): boolean {
    const row = this.rows.get(listener) ?? new Set();
    this.rows.set(listener, row);
    const isFirst = row.size === 0 || row.values().next().value === endpoint;
    if (isFirst && this.pace.take(listener, now)) {
      row.delete(endpoint);
      return true;
    }
    row.add(endpoint);
    if (this.turns.at(listener) === undefined) this.turns.set(listener, this.pace.nextAt(listener, now));
    return false;
  }

  /** Nothing is wished of the device any more, or it cannot be asked now: nobody waits for it. It comes back when it can. */
  leave(endpoint: string): void {
    for (const row of this.rows.values()) row.delete(endpoint);
  }

  advance(step: Step): void {
    const now = step.now.monotonic;
    for (const listener of this.turns.due(now)) {
      const row = this.rows.get(listener) ?? new Set();
      for (const endpoint of row) {
        const registration = this.registrations.registered(endpoint);
        if (registration !== undefined) {
          step.afterCommit(registration.peer, { kind: 'fulfil-wishes', endpoint });
          break;
        }
        row.delete(endpoint);
      }
      if (row.size > 0) this.turns.set(listener, this.pace.nextAt(listener, now));
    }
  }

  nextDeadline(): { at: Monotonic; reason: string } | undefined {
    const next = this.turns.next();
    return next && { at: next.at, reason: `the next device of ${next.key} is asked for what is wished of it` };
  }
}
