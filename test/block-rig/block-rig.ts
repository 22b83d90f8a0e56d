/** The whole run: the seeds, the negative control, and what came of them in figures. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CleanUp } from './clean-up.ts';
import { type FaultFigures, faultStory } from './fault-story.ts';
import { type PowerCut, type PowerCutOptions, powerCut } from './power-cut.ts';
import type { CutPolicy } from './volatile-cache.ts';

export interface RigFigures {
  readonly powerCuts: number;
  /** Sentences; none when everything held. */
  readonly violations: readonly string[];
  readonly acknowledged: number;
  readonly acknowledgedLost: number;
  /** Blocks that were in the cache when the power went. */
  readonly blocks: {
    readonly unflushed: number;
    readonly dropped: number;
    readonly kept: number;
    readonly torn: number;
  };
  /** With a disk that lies: what has to be lost for the rig to be worth anything. */
  readonly lyingDisk: { readonly acknowledged: number; readonly lost: number };
  /** On a disk that is full, then read-only. */
  readonly faults: FaultFigures | undefined;
  readonly secondsPerCut: number;
  readonly cuts: readonly CutFigure[];
}

interface CutFigure {
  readonly seed: number;
  readonly policy: CutPolicy;
  readonly seconds: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly unflushed: number;
  readonly torn: number;
}

const shownMax = 5;
const withinMs = 120_000;
const settlesMs = 5_000;

export class BlockRig {
  private readonly say: (line: string) => void;
  private readonly violations: string[] = [];
  private interrupted = false;
  private underWay: AbortController | undefined;

  /** `say` gets the lines for people. */
  constructor(say: (line: string) => void) {
    this.say = say;
  }

  /** Ends what is under way, undone; `run` resolves soon. */
  interrupt(): void {
    this.interrupted = true;
    this.underWay?.abort();
  }

  async run(seeds: number, from: number): Promise<RigFigures> {
    const cuts: CutFigure[] = [];
    const blocks = { unflushed: 0, dropped: 0, kept: 0, torn: 0 };
    for (let seed = from; seed < from + seeds && !this.wasInterrupted; seed++) {
      const begun = performance.now();
      const done = await this.guarded(`seed ${seed}`, (place) => powerCut({ seed, ...place }));
      if (done === undefined) continue;
      const { policy, cut, acknowledged, lost } = done;
      for (const key of ['unflushed', 'dropped', 'kept', 'torn'] as const) blocks[key] += cut[key];
      const seconds = secondsSince(begun);
      cuts.push({ seed, policy, seconds, acknowledged, lost: lost.length, unflushed: cut.unflushed, torn: cut.torn });
      this.tell(done, seconds);
    }
    const lyingDisk = await this.negativeControl(from);
    const faults = await this.fullAndReadOnly(from);
    const total = (of: (cut: CutFigure) => number): number => cuts.reduce((sum, cut) => sum + of(cut), 0);
    const { violations } = this;
    return {
      powerCuts: cuts.length,
      violations,
      acknowledged: total(({ acknowledged }) => acknowledged),
      acknowledgedLost: total(({ lost }) => lost),
      blocks,
      lyingDisk,
      faults,
      secondsPerCut: Math.round((total(({ seconds }) => seconds) * 10) / Math.max(1, cuts.length)) / 10,
      cuts,
    };
  }

  get wasInterrupted(): boolean {
    return this.interrupted;
  }

  private tell({ seed, policy, cut, acknowledged, flushes, lost, wrong }: PowerCut, seconds: number): void {
    for (const sentence of [...lost, ...wrong]) this.violate(`seed ${seed}`, sentence);
    const { unflushed, dropped, kept, torn } = cut;
    const blocks = `${unflushed} blocks unflushed (${dropped} dropped, ${kept} kept, ${torn} torn)`;
    const verdict = lost.length === 0 ? 'nothing lost' : `${lost.length} LOST`;
    this.say(
      `seed ${seed}  ${policy.padEnd(6)}  ${acknowledged} acknowledged, ${flushes} flushes, ${blocks}: ${verdict} (${seconds}s)`,
    );
  }

  private async negativeControl(seed: number): Promise<RigFigures['lyingDisk']> {
    const done = await this.guarded('lying disk', (place) => powerCut({ seed, ...place, flushLies: true }));
    if (done === undefined) return { acknowledged: 0, lost: 0 };
    const { acknowledged, lost } = done;
    this.say(`lying disk: of ${acknowledged} acknowledged ${lost.length} lost, as it must be`);
    if (lost.length === 0)
      this.violate('lying disk', 'it lost nothing that was acknowledged: this rig notices no loss');
    return { acknowledged, lost: lost.length };
  }

  private async fullAndReadOnly(seed: number): Promise<FaultFigures | undefined> {
    const begun = performance.now();
    const done = await this.guarded('faults', (place) => faultStory({ seed, ...place }));
    if (done === undefined) return undefined;
    for (const sentence of done.wrong) this.violate('faults', sentence);
    for (const { name, states, acknowledged, recoveredSeconds } of done.figures.phases) {
      const back = recoveredSeconds === undefined ? 'not recovered' : `recovered after ${recoveredSeconds}s`;
      this.say(`${name}: said ${states.join(', ')}; ${acknowledged} acknowledged meanwhile; ${back}`);
    }
    const { acknowledged, lost } = done.figures;
    this.say(`faults: ${acknowledged} acknowledged, ${lost} lost (${secondsSince(begun)}s)`);
    return done.figures;
  }

  /** One experiment in a directory of its own; whatever happens, nothing of it stays. Undefined when it could not be carried out. */
  private async guarded<T>(
    name: string,
    experiment: (place: Pick<PowerCutOptions, 'directory' | 'cleanUp'>) => Promise<T>,
  ): Promise<T | undefined> {
    if (this.wasInterrupted) return undefined;
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-block-rig-'));
    const cleanUp = new CleanUp();
    cleanUp.add(directory, () => rmSync(directory, { recursive: true, force: true }));
    const underWay = experiment({ directory, cleanUp });
    const timer = new AbortController();
    this.underWay = timer;
    try {
      return await Promise.race([underWay, timeIsUp(timer.signal)]);
    } catch (error) {
      if (!this.wasInterrupted) this.violate(name, error instanceof Error ? error.message : String(error));
      return undefined;
    } finally {
      timer.abort();
      const failures = await cleanUp.run();
      // What is still under way meets that everything has gone, and may have made something anew before it did.
      const settled = new AbortController();
      const patience = wait(settlesMs, undefined, { signal: settled.signal }).catch(() => {});
      await Promise.race([underWay.catch(() => {}), patience]);
      settled.abort();
      for (const failure of [...failures, ...(await cleanUp.run())]) this.violate(name, failure);
    }
  }

  private violate(where: string, sentence: string): void {
    this.violations.push(`${where}: ${sentence}`);
    if (this.violations.filter((text) => text.startsWith(`${where}: `)).length <= shownMax)
      this.say(`WRONG  ${where}: ${sentence}`);
  }
}

/** Rejects when an experiment takes too long, or when the run is interrupted. */
async function timeIsUp(signal: AbortSignal): Promise<never> {
  await wait(withinMs, undefined, { signal });
  throw new Error(`not done within ${withinMs / 1_000}s`);
}

function secondsSince(begun: number): number {
  return Math.round((performance.now() - begun) / 100) / 10;
}
