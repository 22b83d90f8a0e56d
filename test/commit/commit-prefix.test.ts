/**
 * Prefix durability under any interleaving: whatever is on the disk after a cut is what some prefix of each class leaves,
 * applied in the order of the ids, and never less than what was reported durable.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Monotonic } from '../../src/base/instants.ts';
import type { Commit, CommitClass, CommitId } from '../../src/commit/commit.ts';
import { type Batch, CommitScheduler } from '../../src/commit/commit-scheduler.ts';

type Step =
  | { readonly do: 'before-ack' | 'soon'; readonly keys: readonly string[] }
  | { readonly do: 'land'; readonly class: CommitClass; readonly refused: boolean; readonly kept: boolean }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'resume' | 'hasten' };

const keys = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 });
const landing = fc.record({
  do: fc.constant('land'),
  class: fc.constantFrom('before-ack', 'soon'),
  refused: fc.boolean(),
  kept: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('before-ack', 'soon'), keys }) },
  { weight: 3, arbitrary: landing },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 0, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('resume', 'hasten') }) },
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
    else if (each.do === 'land') scene.land(each.class, each.refused, each.kept);
    else if (each.do === 'wait') scene.now += each.ms;
    else if (each.do === 'resume') scene.scheduler.resume();
    else scene.scheduler.hasten();
    scene.startIfDue();
  }
  return scene;
}

interface Flight {
  readonly batch: Batch;
  /** How many batches had begun before, and how many commits there were then. */
  readonly turn: number;
  readonly commits: number;
}

class Scene {
  readonly scheduler = new CommitScheduler({ spacingMs, latestMs, soonWindowMs });
  now = 0;
  private readonly history: (Commit & { readonly at: number })[] = [];
  private readonly disk = new Map<string, { readonly id: number; readonly turn: number }>();
  private readonly flights = new Map<CommitClass, Flight>();
  private turns = 0;
  private reported = 0;
  private reportedSoon = 0;

  add(commitClass: CommitClass, names: readonly string[]): void {
    const id = (this.history.length + 1) as CommitId;
    const writes = names.map((key) => ({ key, value: new Uint8Array([id]) }));
    const commit: Commit = { id, class: commitClass, writes };
    this.history.push({ ...commit, at: this.now });
    this.scheduler.add(commit, this.now as Monotonic);
  }

  startIfDue(): void {
    for (;;) {
      const batch = this.scheduler.next(this.now as Monotonic);
      if (batch === undefined) return;
      assert.ok(!this.flights.has(batch.class), 'one batch of a class is in flight at most');
      assert.equal(new Set(batch.writes.map(({ key }) => key)).size, batch.writes.length, 'one write a key');
      this.flights.set(batch.class, { batch, turn: this.turns++, commits: this.history.length });
    }
  }

  land(commitClass: CommitClass, refused: boolean, kept: boolean): void {
    const flight = this.flights.get(commitClass);
    if (flight === undefined || this.isBehind(flight)) return;
    if (!refused || kept) this.write(flight);
    this.flights.delete(commitClass);
    if (refused) return this.refused(commitClass, flight);
    const upTo = this.scheduler.written(commitClass);
    assert.ok(upTo === undefined || upTo > this.reported);
    this.reported = upTo ?? this.reported;
    if (commitClass === 'soon') this.reportedSoon = flight.commits;
  }

  /** Lets time pass with a store that writes at once, and checks that each commit is on its way in time. */
  passTime(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = this.scheduler.nextDeadline();
      if (due === undefined || due.at > end) break;
      this.now = Math.max(this.now, due.at);
      this.startIfDue();
      assert.ok(this.flights.size > 0, `${due.reason} is kept`);
      this.checkInTime();
      this.land('before-ack', false, false);
      this.land('soon', false, false);
    }
    this.now = end;
  }

  /** After a cut: is there a prefix of each class that explains what is on the disk? */
  checkAfterCut(keepInFlight: boolean): void {
    const inOrder = [...this.flights.values()].sort((a, b) => a.turn - b.turn);
    for (const flight of keepInFlight ? inOrder : []) this.write(flight);
    const found = new Map(Array.from(this.disk, ([key, { id }]) => [key, id]));
    const ends = [0, ...this.history.map(({ id }) => id)];
    const explained = ends
      .filter((acknowledged) => acknowledged >= this.reported)
      .some((acknowledged) =>
        ends
          .filter((soon) => soon >= this.reportedSoon)
          .some((soon) => sameEntries(found, this.prefix(acknowledged, soon))),
      );
    assert.ok(explained, `${JSON.stringify([...found])} is no prefix`);
  }

  /** As the store has it: a `soon` batch waits for the batch of the other class that began before it. */
  private isBehind({ batch, turn }: Flight): boolean {
    const group = this.flights.get('before-ack');
    return batch.class === 'soon' && group !== undefined && group.turn < turn;
  }

  /** What waits behind it is refused too. */
  private refused(commitClass: CommitClass, { turn }: Flight): void {
    this.scheduler.rejected(commitClass, this.now as Monotonic);
    const soon = this.flights.get('soon');
    if (commitClass === 'soon' || soon === undefined || soon.turn < turn) return;
    this.flights.delete('soon');
    this.scheduler.rejected('soon', this.now as Monotonic);
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

  /** Of two values of a key that one stands which was handed over later. */
  private write({ batch: { writes }, turn }: Flight): void {
    for (const { key, value } of writes) {
      if ((this.disk.get(key)?.turn ?? -1) <= turn) this.disk.set(key, { id: value?.[0] ?? 0, turn });
    }
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
