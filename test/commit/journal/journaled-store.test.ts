/**
 * Scheduler, ring and database together, over any run of commits, ends of writes, failures, recoveries and power cuts: what a
 * start finds is what some prefix of each class leaves, and never less than what was reported durable.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Monotonic } from '../../../src/base/instants.ts';
import type { Commit, CommitClass, CommitId, Write } from '../../../src/commit/commit.ts';
import { CommitScheduler } from '../../../src/commit/commit-scheduler.ts';
import type { Failure, Lane } from '../../../src/commit/journal/journaled-store.ts';
import { type Fate, SimulatedDisk } from '../../simulation/simulated-disk.ts';

describe('failures', () => {
  it('of the ring: the group goes to the database, the ring is made anew, and the next group goes there', () => {
    const scene = new Scene();
    scene.disk.faults.ring = 'failed';
    scene.commit('before-ack', ['a']);
    assert.deepEqual(scene.completed('ring'), { ring: [], database: ['batch'] });
    scene.disk.faults.ring = undefined;
    assert.deepEqual(scene.completed('database'), { ring: ['make-anew'], database: [] });
    assert.equal(scene.reported, 1);
    assert.deepEqual(scene.completed('ring'), { ring: [], database: [] });
    scene.now += 1_000;
    scene.commit('before-ack', ['a']);
    assert.deepEqual(scene.completed('ring'), { ring: [], database: [] });
    assert.equal(scene.reported, 2);
  });

  it('of a new ring: groups go to the database, and a ring is tried again once a window', () => {
    const scene = new Scene();
    scene.disk.faults.ring = 'full';
    scene.commit('before-ack', ['a']);
    scene.completed('ring');
    scene.completed('database');
    assert.deepEqual(scene.completed('ring'), { ring: [], database: [] }, 'no new ring yet');
    for (let i = 0; i < 3; i++) {
      scene.now += 1_000;
      scene.commit('before-ack', ['a']);
      assert.deepEqual(scene.completed('database'), { ring: [], database: [] });
    }
    assert.equal(scene.reported, 4);
    scene.disk.faults.ring = undefined;
    scene.now += 60_000;
    scene.pump();
    assert.deepEqual(scene.completed('database'), { ring: ['make-anew'], database: [] });
  });

  it('of a new ring that can be made and not written: it is made again only once a window', () => {
    const scene = new Scene();
    scene.disk.faults.ring = 'failed';
    scene.commit('before-ack', ['a']);
    scene.completed('ring');
    scene.disk.faults.ring = undefined;
    scene.completed('database');
    scene.completed('ring');
    for (let i = 0; i < 3; i++) {
      scene.disk.faults.ring = 'failed';
      scene.now += 1_000;
      scene.commit('before-ack', ['a']);
      scene.completed('ring');
      assert.deepEqual(scene.completed('database'), { ring: [], database: [] });
    }
    assert.equal(scene.reported, 4);
    scene.disk.faults.ring = undefined;
    scene.now += 60_000;
    scene.pump();
    assert.deepEqual(scene.completed('database'), { ring: ['make-anew'], database: [] });
  });

  it('of both: the group is refused; after the recovery it is there', () => {
    const scene = new Scene();
    scene.commit('before-ack', ['a']);
    scene.completed('ring');
    scene.now += 1_000;
    scene.disk.refuse('readonly');
    scene.commit('before-ack', ['b']);
    scene.completed('ring');
    scene.completed('database');
    assert.deepEqual([scene.reported, scene.refused], [1, ['before-ack readonly']]);
    scene.disk.refuse(undefined);
    scene.recover();
    assert.deepEqual(scene.completed('database'), { ring: [], database: ['batch'] }, 'what the ring held goes first');
    assert.deepEqual(scene.completed('database'), { ring: ['make-anew'], database: [] });
    scene.now += 1_000;
    scene.pump();
    assert.deepEqual(scene.completed('ring'), { ring: [], database: [] }, 'the group has gone to the database');
    scene.completed('database');
    assert.equal(scene.reported, 2);
  });
});

it('any run leaves a prefix of each class, at least the reported one', () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 40, maxLength: 150 }),
      fc.array(fc.nat(99), { minLength: 20, maxLength: 20 }),
      (steps, dice) => {
        const scene = new Scene(dice);
        for (const each of steps) scene.take(each);
        scene.cut(scene.fate);
      },
    ),
    { seed: 31, numRuns: 2_000 },
  );
});

type Step =
  | { readonly do: 'commit'; readonly class: CommitClass; readonly keys: readonly string[]; readonly brief: boolean }
  | { readonly do: 'complete'; readonly lane: Lane }
  | { readonly do: 'fault'; readonly lane: Lane; readonly keeps: boolean }
  | { readonly do: 'mend' | 'recover' | 'wait' | 'long-wait' | 'cut' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('commit'),
      class: fc.constantFrom<CommitClass>('before-ack', 'before-ack', 'soon'),
      keys: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 }),
      brief: fc.boolean(),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('complete'), lane: fc.constantFrom<Lane>('ring', 'database') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fault'),
      lane: fc.constantFrom<Lane>('ring', 'database'),
      keeps: fc.boolean(),
    }),
  },
  { weight: 6, arbitrary: fc.constantFrom<Step>({ do: 'wait' }, { do: 'wait' }, { do: 'mend' }, { do: 'recover' }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'long-wait' }, { do: 'cut' }) },
);

class Scene {
  readonly disk = new SimulatedDisk(8);
  readonly refused: string[] = [];
  now = 0;
  /** Of each class: up to which commit everything was told to be durable. */
  reported = 0;
  private reportedSoon = 0;
  private scheduler = new CommitScheduler();
  private history: Commit[] = [];
  private found = new Map<string, number>();
  private submitted = new Map<number, { readonly class: CommitClass; readonly commits: number }>();
  private batches = 0;
  private commits = 0;
  private briefs = 0;
  private lasting: string[] = [];
  private readonly dice: readonly number[];
  private rolls = 0;

  constructor(dice: readonly number[] = [0]) {
    this.dice = dice;
    this.disk.open();
  }

  get fate(): Fate {
    const roll = (): number => this.dice[this.rolls++ % this.dice.length] ?? 0;
    return {
      chance: (probability) => roll() < probability * 100,
      between: (min, max) => min + (roll() % (max - min + 1)),
    };
  }

  take(each: Step): void {
    if (each.do === 'commit') this.commit(each.class, each.keys, each.brief);
    else if (each.do === 'complete') this.completed(each.lane);
    else if (each.do === 'fault') {
      this.disk.faults[each.lane] = 'failed';
      this.disk.faultKeeps = each.keeps;
    } else if (each.do === 'mend') this.disk.refuse(undefined);
    else if (each.do === 'recover') this.recover();
    else if (each.do === 'cut') this.cut(this.fate);
    else this.now += each.do === 'wait' ? 400 : 61_000;
    this.pump();
  }

  /** A commit of these keys; with `brief` one more that is new, while an older one of them is removed `soon`. */
  commit(commitClass: CommitClass, keys: readonly string[], brief = false): void {
    const id = ++this.commits as CommitId;
    const value = new Uint8Array([id % 250, id]);
    const writes: Write[] = keys.map((key) => ({ key, value }));
    if (brief && commitClass === 'before-ack') {
      const key = `e${++this.briefs}`;
      this.lasting.push(key);
      writes.push({ key, value, brief: true });
    }
    const gone = brief && commitClass === 'soon' ? this.lasting.shift() : undefined;
    if (gone !== undefined) writes.push({ key: gone, value: undefined });
    const commit: Commit = { id, class: commitClass, writes };
    this.history.push(commit);
    this.scheduler.add(commit, this.now as Monotonic);
    this.pump();
  }

  pump(): void {
    if (this.disk.store.wantsSoon) this.scheduler.hasten();
    const now = this.now as Monotonic;
    for (let batch = this.scheduler.next(now); batch !== undefined; batch = this.scheduler.next(now)) {
      const id = ++this.batches;
      this.submitted.set(id, { class: batch.class, commits: this.commits });
      this.disk.submit({ id, class: batch.class, writes: batch.writes });
    }
    this.begin();
  }

  /** Ends what is done on a lane, if anything is; what began upon it. */
  completed(lane: Lane): Record<Lane, string[]> {
    if (!this.disk.isUnderWay(lane)) return { ring: [], database: [] };
    this.disk.complete(lane);
    return this.begin();
  }

  recover(): void {
    if (this.disk.store.failure === undefined) return;
    const id = ++this.batches;
    this.disk.store.recover(id);
    this.begin();
  }

  /** The power goes, and a start looks at what there is. */
  cut(fate: Fate): void {
    this.disk.cut(fate);
    this.disk.refuse(undefined);
    const { records, notes } = this.disk.open();
    assert.deepEqual(notes, [], 'nothing looks like damage');
    const found = new Map(records.map(({ key, value }) => [key, value[0] ?? 0]));
    assert.ok(this.isExplained(found), `${JSON.stringify([...found])} is no prefix`);
    this.found = found;
    this.lasting = [...found.keys()].filter((key) => key.startsWith('e'));
    this.history = [];
    this.submitted = new Map();
    this.scheduler = new CommitScheduler();
    [this.reported, this.reportedSoon] = [0, 0];
  }

  private begin(): Record<Lane, string[]> {
    const begun: Record<Lane, string[]> = { ring: [], database: [] };
    for (const lane of this.disk.begin(this.now)) begun[lane].push(this.disk.doing(lane) ?? '');
    for (const { id, failure } of this.disk.takeSettled()) this.settled(id, failure);
    return begun;
  }

  private settled(id: number, failure: Failure | undefined): void {
    const batch = this.submitted.get(id);
    if (batch === undefined) {
      if (failure === undefined) this.scheduler.resume();
      return;
    }
    if (failure !== undefined) {
      this.refused.push(`${batch.class} ${failure.kind}`);
      return this.scheduler.rejected(batch.class, this.now as Monotonic);
    }
    this.reported = this.scheduler.written(batch.class) ?? this.reported;
    if (batch.class === 'soon') this.reportedSoon = batch.commits;
  }

  private isExplained(found: ReadonlyMap<string, number>): boolean {
    const ends = [0, ...this.history.map(({ id }) => id)];
    return ends
      .filter((end) => end >= this.reported)
      .some((end) =>
        ends.filter((soon) => soon >= this.reportedSoon).some((soon) => sameEntries(found, this.prefix(end, soon))),
      );
  }

  private prefix(acknowledged: number, soon: number): Map<string, number> {
    const entries = new Map(this.found);
    for (const { id, class: commitClass, writes } of this.history) {
      if (id > (commitClass === 'before-ack' ? acknowledged : soon)) continue;
      for (const { key, value } of writes) {
        if (value === undefined) entries.delete(key);
        else entries.set(key, value[0] ?? 0);
      }
    }
    return entries;
  }
}

function sameEntries(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}
