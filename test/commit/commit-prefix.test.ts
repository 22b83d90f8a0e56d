/**
 * Prefix durability under any interleaving: whatever is on the disk after a cut is what some prefix of each class leaves,
 * applied in the order of the ids, and never less than what was reported durable.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Monotonic } from '../../src/base/instants.ts';
import type { Commit, CommitId } from '../../src/commit/commit.ts';
import { type Batch, CommitScheduler } from '../../src/commit/commit-scheduler.ts';

type Step =
  | { readonly do: 'before-ack' | 'soon'; readonly keys: readonly string[] }
  | { readonly do: 'land'; readonly refused: boolean; readonly kept: boolean }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'resume' | 'drain' };

const keys = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('before-ack', 'soon'), keys }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('land'), refused: fc.boolean(), kept: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 0, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('resume', 'drain') }) },
);

it('what is on the disk is a prefix of each class, at least the reported one', () => {
  const runs = fc.array(step, { maxLength: 60 });
  fc.assert(
    fc.property(runs, fc.boolean(), (steps, keepInFlight) => run(steps).checkAfterCut(keepInFlight)),
    { seed: 11, numRuns: 2_000 },
  );
});

it('with a store that keeps up nobody waits longer than his class allows', () => {
  const arrivals = fc.array(fc.tuple(step, fc.integer({ min: 0, max: 30 })), { maxLength: 60 });
  fc.assert(
    fc.property(arrivals, (steps) => {
      const scene = new Scene();
      for (const [each, pauseMs] of steps) {
        if (each.do === 'before-ack' || each.do === 'soon') scene.add(each.do, each.keys);
        scene.passTime(pauseMs);
      }
      scene.passTime(soonWindowMs);
      assert.equal(scene.scheduler.pending, 0);
      assert.equal(scene.scheduler.nextDeadline(), undefined);
    }),
    { seed: 12, numRuns: 500 },
  );
});

const spacingMs = 20;
const latestMs = 25;
const soonWindowMs = 100;

function run(steps: readonly Step[]): Scene {
  const scene = new Scene();
  for (const each of steps) {
    if (each.do === 'before-ack' || each.do === 'soon') scene.add(each.do, each.keys);
    else if (each.do === 'land') scene.land(each.refused, each.kept);
    else if (each.do === 'wait') scene.now += each.ms;
    else if (each.do === 'resume') scene.scheduler.resume(scene.now as Monotonic);
    else scene.drain();
    scene.startIfDue();
  }
  return scene;
}

class Scene {
  readonly scheduler = new CommitScheduler({ spacingMs, latestMs, soonWindowMs });
  now = 0;
  private readonly history: (Commit & { readonly at: number })[] = [];
  private readonly disk = new Map<string, number>();
  private flight: Batch | undefined;
  private flightSoon = 0;
  private reported = 0;
  private reportedSoon = 0;

  add(commitClass: 'before-ack' | 'soon', names: readonly string[]): void {
    const id = (this.history.length + 1) as CommitId;
    const writes = names.map((key) => ({ key, value: new Uint8Array([id]) }));
    const commit: Commit = { id, class: commitClass, writes };
    this.history.push({ ...commit, at: this.now });
    this.scheduler.add(commit, this.now as Monotonic);
  }

  startIfDue(): void {
    const batch = this.scheduler.next(this.now as Monotonic);
    if (batch !== undefined) this.begin(batch);
  }

  drain(): void {
    const batch = this.flight === undefined ? this.scheduler.drain(this.now as Monotonic) : undefined;
    if (batch !== undefined) this.begin(batch);
  }

  land(refused: boolean, kept: boolean): void {
    const { flight } = this;
    if (flight === undefined) return;
    if (!refused || kept) this.write(flight);
    this.flight = undefined;
    if (refused) return this.scheduler.rejected(this.now as Monotonic);
    const upTo = this.scheduler.written(this.now as Monotonic);
    assert.ok(upTo === undefined || upTo > this.reported);
    this.reported = upTo ?? this.reported;
    if (flight.soonIncluded) this.reportedSoon = this.flightSoon;
  }

  /** Lets time pass with a store that writes at once, and checks that each commit is on its way in time. */
  passTime(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = this.scheduler.nextDeadline();
      if (due === undefined || due.at > end) break;
      this.now = Math.max(this.now, due.at);
      this.startIfDue();
      assert.ok(this.flight !== undefined, `${due.reason} is kept`);
      this.checkInTime();
      this.land(false, false);
    }
    this.now = end;
  }

  /** After a cut: is there a prefix of each class that explains what is on the disk? */
  checkAfterCut(keepInFlight: boolean): void {
    if (this.flight !== undefined && keepInFlight) this.write(this.flight);
    const ends = [0, ...this.history.map(({ id }) => id)];
    const explained = ends
      .filter((acknowledged) => acknowledged >= this.reported)
      .some((acknowledged) =>
        ends
          .filter((soon) => soon >= this.reportedSoon)
          .some((soon) => sameEntries(this.disk, this.prefix(acknowledged, soon))),
      );
    assert.ok(explained, `${JSON.stringify([...this.disk])} is no prefix`);
  }

  private begin(batch: Batch): void {
    assert.equal(this.flight, undefined, 'one batch is in flight at most');
    assert.equal(new Set(batch.writes.map(({ key }) => key)).size, batch.writes.length, 'one write a key');
    this.flight = batch;
    this.flightSoon = this.history.length;
  }

  private checkInTime(): void {
    for (const commit of this.history) {
      const waited = this.now - commit.at;
      if (commit.class === 'before-ack') assert.ok(commit.id <= this.reported || waited <= latestMs);
      else assert.ok(commit.id <= this.reportedSoon || waited <= soonWindowMs || this.isReplaced(commit));
    }
  }

  /** A `soon` commit of which nothing is left to write: every key has a later `before-ack` value. */
  private isReplaced({ id, writes }: Commit): boolean {
    const later = this.history.filter((other) => other.class === 'before-ack' && other.id > id);
    const replaced = new Set(later.flatMap((other) => other.writes.map(({ key }) => key)));
    return writes.every(({ key }) => replaced.has(key));
  }

  private write({ writes }: Batch): void {
    for (const { key, value } of writes) this.disk.set(key, value?.[0] ?? 0);
  }

  private prefix(acknowledged: number, soon: number): Map<string, number> {
    const entries = new Map<string, number>();
    for (const { id, class: commitClass, writes } of this.history) {
      if (id > (commitClass === 'before-ack' ? acknowledged : soon)) continue;
      for (const { key } of writes) entries.set(key, id);
    }
    return entries;
  }
}

function sameEntries(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}
