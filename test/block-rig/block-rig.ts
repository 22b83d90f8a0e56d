/** The whole run: the seeds, the negative control, and what came of them in figures. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CleanUp } from './clean-up.ts';
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
const withinMs = 90_000;

export class BlockRig {
  private readonly say: (line: string) => void;
  private readonly violations: string[] = [];
  private current: CleanUp | undefined;

  /** `say` gets the lines for people. */
  constructor(say: (line: string) => void) {
    this.say = say;
  }

  async run(seeds: number, from: number): Promise<RigFigures> {
    const cuts: CutFigure[] = [];
    const blocks = { unflushed: 0, dropped: 0, kept: 0, torn: 0 };
    for (let seed = from; seed < from + seeds; seed++) {
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
    const total = (of: (cut: CutFigure) => number): number => cuts.reduce((sum, cut) => sum + of(cut), 0);
    const { violations } = this;
    return {
      powerCuts: cuts.length,
      violations,
      acknowledged: total(({ acknowledged }) => acknowledged),
      acknowledgedLost: total(({ lost }) => lost),
      blocks,
      lyingDisk,
      secondsPerCut: Math.round((total(({ seconds }) => seconds) * 10) / Math.max(1, cuts.length)) / 10,
      cuts,
    };
  }

  /** Undoes what is under way. */
  async cleanUp(): Promise<void> {
    for (const failure of (await this.current?.run()) ?? []) this.violate('clean-up', failure);
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
    const { acknowledged = 0, lost = [] } = done ?? {};
    this.say(`lying disk: of ${acknowledged} acknowledged ${lost.length} lost, as it must be`);
    if (lost.length === 0)
      this.violate('lying disk', 'it lost nothing that was acknowledged: this rig notices no loss');
    return { acknowledged, lost: lost.length };
  }

  /** One experiment in a directory of its own; whatever happens, nothing of it stays. Undefined when it could not be carried out. */
  private async guarded<T>(
    name: string,
    experiment: (place: Pick<PowerCutOptions, 'directory' | 'cleanUp'>) => Promise<T>,
  ): Promise<T | undefined> {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-block-rig-'));
    const cleanUp = new CleanUp();
    this.current = cleanUp;
    cleanUp.add(directory, () => rmSync(directory, { recursive: true, force: true }));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done within ${withinMs / 1_000}s`)), withinMs);
    });
    try {
      return await Promise.race([experiment({ directory, cleanUp }), late]);
    } catch (error) {
      this.violate(name, error instanceof Error ? error.message : String(error));
      return undefined;
    } finally {
      clearTimeout(timer);
      await this.cleanUp();
    }
  }

  private violate(where: string, sentence: string): void {
    this.violations.push(`${where}: ${sentence}`);
    if (this.violations.length <= shownMax) this.say(`WRONG  ${where}: ${sentence}`);
  }
}

function secondsSince(begun: number): number {
  return Math.round((performance.now() - begun) / 100) / 10;
}
