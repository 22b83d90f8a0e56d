/**
 * The two clocks of this machine, and whether the wall clock may be believed. Nothing here asks the kernel whether NTP steers it
 * (`adjtimex` is out of reach), so traces that time services leave behind are read instead, once a minute.
 */
import { existsSync } from 'node:fs';
import { type Monotonic, minute, type Now, type Wall } from '../base/instants.ts';

export type BatteryClock = 'good' | 'none';

export type ClockSource = 'NTP' | 'battery clock';

export interface ClockTrust {
  readonly trusted: boolean;
  readonly source: ClockSource | undefined;
}

export interface Clock {
  now(): Now;
  trust(): ClockTrust;
}

/**
 * Files that exist only while the clock has been set in this boot: systemd-timesyncd makes the first; the second is for every
 * other time service or person, whose hook touches it (for chrony, an `ExecStartPost=` of chrony-wait.service). `/run` is a
 * tmpfs, so no earlier boot speaks.
 */
export const synchronizedMarks = ['/run/systemd/timesync/synchronized', '/run/holdfast/clock-synchronized'] as const;

/** No clock that shows less than this is right: the year in which this program was first written. */
const earliestPlausible = Date.UTC(2026, 0, 1);

/**
 * Whether the wall clock counts as trusted. `marks` tells whether any time service left its mark in this boot, `wallMs` is what
 * the clock shows.
 */
export function judgeClock(battery: BatteryClock, marks: boolean, wallMs: number): ClockTrust {
  if (wallMs < earliestPlausible) return { trusted: false, source: undefined };
  if (marks) return { trusted: true, source: 'NTP' };
  if (battery === 'good') return { trusted: true, source: 'battery clock' };
  return { trusted: false, source: undefined };
}

/** The clocks of the machine. `battery` is what the configuration declares about the clock's battery. */
export class SystemClock implements Clock {
  private readonly battery: BatteryClock;
  private readonly marks: readonly string[];
  private judged: ClockTrust;
  private judgeAgainAt: number;

  constructor(battery: BatteryClock, marks: readonly string[] = synchronizedMarks) {
    this.battery = battery;
    this.marks = marks;
    this.judged = this.judge();
    this.judgeAgainAt = performance.now() + minute;
  }

  now(): Now {
    const monotonic = performance.now();
    if (monotonic >= this.judgeAgainAt) {
      this.judged = this.judge();
      this.judgeAgainAt = monotonic + minute;
    }
    return { monotonic: monotonic as Monotonic, wall: Date.now() as Wall, wallTrusted: this.judged.trusted };
  }

  trust(): ClockTrust {
    return this.judged;
  }

  private judge(): ClockTrust {
    return judgeClock(
      this.battery,
      this.marks.some((mark) => existsSync(mark)),
      Date.now(),
    );
  }
}
