/**
 * After a start the gateway turns to its devices by itself, so that a device which cannot be reached is known before somebody
 * needs it: the most urgent first, at a bounded pace, over the highest rung that may serve (`ladder.ts`). What waits for a device
 * is what it is asked; where nothing waits, one small Read. Whoever speaks by itself meanwhile is not asked. A device in queue
 * mode is never contacted: it comes by itself.
 *
 * Limits: `recoveryUnderWayMax` devices at a time, and the rates of `Pace`. It writes nothing: the next start begins anew.
 */
import type { ListenerName } from '../base/address.ts';
import { Deadlines } from '../base/deadlines.ts';
import { after, type Monotonic, type Now } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { Downlink } from './downlink.ts';
import type { Observations } from './observations.ts';
import type { Pace } from './pace.ts';
import type { RecoveryView, Rung, RungView } from './recovery-view.ts';
import type { Registration } from './registration.ts';
import type { Registrations } from './registrations.ts';
import { toSeconds } from './seconds.ts';
import type { Step } from './step.ts';
import type { Uptime } from './uptime.ts';

/** Which way to a device may serve next. */
export interface Rungs {
  /** The next rung for a device of which these have failed since the start. */
  next(registration: Registration, failed: ReadonlySet<Rung>, now: Now): Rung;
  /** Begins to climb it: the device is asked, or a handshake is begun. False when there is no room for that now. */
  climb(registration: Registration, rung: Rung, step: Step): boolean;
}

export interface RecoveryParts {
  readonly registrations: Registrations;
  readonly observations: Observations;
  readonly downlink: Downlink;
  readonly uptime: Uptime;
  readonly rungs: Rungs;
  readonly pace: Pace;
}

interface Candidate {
  readonly endpoint: string;
  readonly listener: ListenerName;
  rung: Rung;
  /** The lower, the sooner. */
  rank: number;
  readonly failed: Set<Rung>;
  isUnderWay: boolean;
  /** It waits until another handshake may be begun. */
  hasNoRoom: boolean;
}

const waiting = { isUnderWay: false, hasNoRoom: false } as const;
const climbed = ['restored', 'abbreviated', 'full'] as const;
/** Progress is told at every tenth of the way. */
const tenths = 10;

export class Recovery {
  private readonly parts: RecoveryParts;
  /** Whoever is still to be asked, or has been and has not answered yet. */
  private readonly candidates = new Map<string, Candidate>();
  private readonly asleep = new Set<string>();
  private readonly unreachable = new Set<string>();
  /** Of each listener, in the order of urgency; some of it may be settled meanwhile. */
  private readonly rows = new Map<ListenerName, Candidate[]>();
  private nextTurnAt: Monotonic | undefined;
  private ranks = 0;
  private readonly answersDue = new Deadlines<string>();
  private readonly succeeded = new Map<Rung, number>();
  private readonly failures = new Map<Rung, number>();
  private total = 0;
  private heardByThemselves = 0;
  private underWay = 0;
  private tenthsTold = 0;
  private endedAt: Monotonic | undefined;

  constructor(parts: RecoveryParts) {
    this.parts = parts;
  }

  /** Every record was restored: looks whom to turn to. */
  begin(step: Step): void {
    const { registrations, rungs } = this.parts;
    const urgencies = new Map<string, number>();
    for (const registration of registrations) {
      const { endpoint, listener } = registration;
      this.total++;
      // A start serves before it turns to anybody.
      if (registration.heardSinceStart) {
        this.heardByThemselves++;
        continue;
      }
      if (registration.request.queueMode) {
        this.asleep.add(endpoint);
        continue;
      }
      const rung = rungs.next(registration, new Set(), step.now);
      if (rung === 'wait') {
        this.unreachable.add(endpoint);
        continue;
      }
      urgencies.set(endpoint, this.urgency(registration, step.now));
      this.candidates.set(endpoint, { endpoint, listener, rung, rank: 0, failed: new Set(), ...waiting });
    }
    const row = [...this.candidates.values()];
    row.sort((a, b) => (urgencies.get(a.endpoint) ?? 0) - (urgencies.get(b.endpoint) ?? 0));
    for (const candidate of row) this.queue(candidate, step.now.monotonic);
    if (this.total > 0) this.tellProgress(step);
    this.lookForEnd(step);
  }

  /** A message of the device came: it is there, whoever began. */
  heard(endpoint: string, step: Step): void {
    if (this.total === 0) return;
    if (this.unreachable.delete(endpoint) || this.asleep.delete(endpoint)) {
      this.heardByThemselves++;
      return this.tellTenth(step);
    }
    const candidate = this.candidates.get(endpoint);
    if (candidate === undefined) return;
    const { isUnderWay, rung } = candidate;
    this.leave(candidate);
    if (isUnderWay) increase(this.succeeded, rung);
    else this.heardByThemselves++;
    step.tell({ kind: 'recovered', endpoint, rung: isUnderWay ? rung : undefined });
    this.tellTenth(step);
    this.lookForEnd(step);
  }

  /** A handshake succeeded: what was to be abbreviated may have become a full one. */
  climbed(endpoint: string, rung: Rung): void {
    const candidate = this.candidates.get(endpoint);
    if (candidate?.isUnderWay === true) candidate.rung = rung;
  }

  /** The registration of the device has ended. */
  gone(endpoint: string, step: Step): void {
    const candidate = this.candidates.get(endpoint);
    const wasCounted = this.unreachable.delete(endpoint) || this.asleep.delete(endpoint) || candidate !== undefined;
    if (!wasCounted) return;
    this.total--;
    if (candidate === undefined) return;
    this.leave(candidate);
    this.lookForEnd(step);
  }

  private unanswered(endpoint: string, step: Step): void {
    const candidate = this.candidates.get(endpoint);
    if (candidate?.hasNoRoom === true) this.queueAgain(candidate, candidate.rung, step);
    else this.failed(endpoint, step);
  }

  /** What was asked of the device had no answer, or its handshake did not come about. */
  failed(endpoint: string, step: Step): void {
    const candidate = this.candidates.get(endpoint);
    if (candidate?.isUnderWay !== true || candidate.hasNoRoom) return;
    const { rung, failed } = candidate;
    increase(this.failures, rung);
    failed.add(rung);
    const registration = this.parts.registrations.registered(endpoint);
    if (registration === undefined) return this.gone(endpoint, step);
    const next = this.parts.rungs.next(registration, failed, step.now);
    if (next === 'wait') {
      this.leave(candidate);
      this.unreachable.add(endpoint);
      step.tell({ kind: 'unreachable', endpoint });
      return this.lookForEnd(step);
    }
    this.queueAgain(candidate, next, step);
  }

  advance(step: Step): void {
    const now = step.now.monotonic;
    for (const endpoint of this.answersDue.due(now)) this.unanswered(endpoint, step);
    if (this.nextTurnAt !== undefined && this.nextTurnAt <= now) this.turn(step);
  }

  nextDeadline(): { at: Monotonic; reason: string } | undefined {
    const answer = this.answersDue.next();
    const { nextTurnAt } = this;
    if (nextTurnAt === undefined || (answer !== undefined && answer.at < nextTurnAt)) {
      return answer && { at: answer.at, reason: `${answer.key} has to have answered after the restart` };
    }
    return { at: nextTurnAt, reason: 'the next device is asked after the restart' };
  }

  view(now: Now): RecoveryView {
    const { asleep, unreachable, underWay, total, endedAt } = this;
    const sinceStartMs = this.parts.uptime.sinceStartMs(now);
    const lastedMs = endedAt === undefined ? undefined : sinceStartMs - (now.monotonic - endedAt);
    return {
      running: this.candidates.size > 0,
      total,
      heard: total - this.candidates.size - asleep.size - unreachable.size,
      heardByThemselves: this.heardByThemselves,
      toDo: this.candidates.size - underWay,
      underWay,
      asleep: asleep.size,
      unreachable: unreachable.size,
      rungs: this.rungViews(),
      devicesPerSecond: this.parts.pace.perSecond,
      servingSeconds: toSeconds(sinceStartMs),
      lastedSeconds: lastedMs === undefined ? undefined : toSeconds(lastedMs),
    };
  }

  /** The lower, the sooner. Whom somebody waits for comes first, then whose time runs out first. */
  private urgency(registration: Registration, now: Now): number {
    const { downlink, observations, registrations, uptime } = this.parts;
    const { endpoint } = registration;
    if (downlink.openOf(endpoint).length > 0) return Number.NEGATIVE_INFINITY;
    const expiresAt = registrations.expiresAt(endpoint) ?? Number.POSITIVE_INFINITY;
    // Uptime stands still while the board is off: only a trusted clock tells how much longer nothing came.
    const sinceCutMs = uptime.outageMs(now);
    const uptimeMs = uptime.at(now) + sinceCutMs;
    const overdue = observations.hastened(endpoint).map(({ relation, pmaxSeconds }) => {
      const last = relation?.sequenceAtUptimeMs;
      if (pmaxSeconds === undefined || last === undefined) return Number.POSITIVE_INFINITY;
      const lateMs = uptimeMs - last - pmaxSeconds * 1_000;
      return lateMs > 0 ? now.monotonic - lateMs : Number.POSITIVE_INFINITY;
    });
    return Math.min(expiresAt, ...overdue);
  }

  private queueAgain(candidate: Candidate, rung: Rung, step: Step): void {
    this.leave(candidate);
    const again = { ...candidate, rung, ...waiting };
    this.candidates.set(candidate.endpoint, again);
    this.queue(again, step.now.monotonic);
  }

  private queue(candidate: Candidate, now: Monotonic): void {
    const row = this.rows.get(candidate.listener) ?? [];
    this.rows.set(candidate.listener, row);
    candidate.rank = this.ranks++;
    row.push(candidate);
    if (this.nextTurnAt === undefined) this.planTurn(now);
  }

  /** One device: the most urgent one of those whose listener may carry one more. */
  private turn(step: Step): void {
    const now = step.now.monotonic;
    const heads = [...this.rows.keys()].map((listener) => this.headOf(listener)).filter((head) => head !== undefined);
    const able = heads.filter(({ listener }) => this.parts.pace.has(listener, now));
    const [first] = able.sort((a, b) => a.rank - b.rank);
    if (
      first !== undefined &&
      this.underWay < limits.recoveryUnderWayMax &&
      this.parts.pace.take(first.listener, now)
    ) {
      this.rows.get(first.listener)?.shift();
      this.ask(first, step);
    }
    this.planTurn(now);
  }

  /** The first of a listener's row that is still to be asked; what was settled meanwhile leaves the row. */
  private headOf(listener: ListenerName): Candidate | undefined {
    const row = this.rows.get(listener) ?? [];
    const isSettled = (candidate: Candidate): boolean => this.candidates.get(candidate.endpoint) !== candidate;
    let settled = 0;
    for (const candidate of row) {
      if (!isSettled(candidate)) break;
      settled++;
    }
    row.splice(0, settled);
    if (row.length === 0) this.rows.delete(listener);
    return row[0];
  }

  private planTurn(now: Monotonic): void {
    const turns = [...this.rows.keys()].map((listener) => this.parts.pace.nextAt(listener, now));
    this.nextTurnAt = turns.length === 0 ? undefined : (Math.min(...turns) as Monotonic);
  }

  private ask(candidate: Candidate, step: Step): void {
    const { registrations, rungs } = this.parts;
    const registration = registrations.registered(candidate.endpoint);
    if (registration === undefined) return this.gone(candidate.endpoint, step);
    candidate.isUnderWay = true;
    this.underWay++;
    this.answersDue.set(candidate.endpoint, after(step.now.monotonic, limits.recoveryAnswerMs));
    if (rungs.climb(registration, candidate.rung, step)) return;
    // Nothing has failed yet: its turn comes again.
    candidate.hasNoRoom = true;
    this.answersDue.set(candidate.endpoint, after(step.now.monotonic, limits.recoveryRoomMs));
  }

  private leave(candidate: Candidate): void {
    this.candidates.delete(candidate.endpoint);
    if (!candidate.isUnderWay) return;
    this.underWay--;
    this.answersDue.cancel(candidate.endpoint);
  }

  private lookForEnd(step: Step): void {
    if (this.candidates.size > 0 || this.endedAt !== undefined) return;
    this.endedAt = step.now.monotonic;
    if (this.total > 0) this.tellProgress(step);
  }

  private tellTenth(step: Step): void {
    const reached = Math.floor(((this.total - this.candidates.size) * tenths) / this.total);
    if (reached <= this.tenthsTold || this.candidates.size === 0) return;
    this.tenthsTold = reached;
    this.tellProgress(step);
  }

  private tellProgress(step: Step): void {
    step.tell({ kind: 'recovery', recovery: this.view(step.now) });
  }

  private rungViews(): readonly RungView[] {
    return climbed.map((rung) => {
      let toDo = 0;
      let underWay = 0;
      for (const candidate of this.candidates.values()) {
        if (candidate.rung !== rung) continue;
        if (candidate.isUnderWay) underWay++;
        else toDo++;
      }
      return { rung, toDo, underWay, succeeded: this.succeeded.get(rung) ?? 0, failed: this.failures.get(rung) ?? 0 };
    });
  }
}

function increase(counts: Map<Rung, number>, rung: Rung): void {
  counts.set(rung, (counts.get(rung) ?? 0) + 1);
}
