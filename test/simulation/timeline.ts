/** Virtual time: what is to happen, in order. Equal instants happen in the order in which they were planned. */
import { Deadlines } from '../../src/base/deadlines.ts';
import type { Monotonic } from '../../src/base/instants.ts';

export interface Planned {
  readonly run: () => void;
}

const stepsPerMs = 1_024;

export class Timeline {
  /** Milliseconds since the beginning of the world. */
  nowMs = 0;
  private readonly plans = new Deadlines<Planned>();

  plan(afterMs: number, run: () => void): Planned {
    const planned = { run };
    // On a grid that doubles hold exactly: else a deadline may stay ahead by less than time can advance, for ever.
    const steps = Math.ceil(Math.max(0, afterMs) * stepsPerMs);
    this.plans.set(planned, (this.nowMs + steps / stepsPerMs) as Monotonic);
    return planned;
  }

  cancel(planned: Planned | undefined): void {
    if (planned !== undefined) this.plans.cancel(planned);
  }

  /** Lets time pass until `untilMs`, or until nothing is planned or `stop` says so. */
  runUntil(untilMs: number, stop: () => boolean = () => false): void {
    for (;;) {
      if (stop()) return;
      const next = this.plans.next();
      if (next === undefined || next.at > untilMs) break;
      this.nowMs = Math.max(this.nowMs, next.at);
      this.plans.takeDue(next.at)?.run();
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }
}
