/**
 * Cuts the power at places of a recording, rebuilds what may be left, opens it and judges it. Every eighth opening is recorded
 * itself, with a few batches committed after it, and cut again.
 *
 * Explored are places before which something changed on the disk: all that was acknowledged until then counts. The places of
 * one pass lie apart, so that a short run sees the whole recording; further passes see those between, and then all of them again
 * with other chance.
 */
import { appendFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommitClass } from '../../src/commit/commit.ts';
import { Random } from '../simulation/random.ts';
import { hash } from './content.ts';
import { DiskModel, type Rules, type Tree } from './disk-model.ts';
import { type History, knownBefore, readHistory } from './history.ts';
import { rebuild } from './rebuilding.ts';
import { markRecord, type Operation, readRecording } from './recording-log.ts';
import { reopen } from './reopening.ts';
import { signatureOf, survivors, variantCount } from './survivors.ts';
import { type Expectation, judge, type OwnBatch, ownPrefix, type Reopened, type Violation } from './verdict.ts';

export interface ExplorerOptions {
  readonly recording: string;
  /** An empty directory, in memory if there is one; `recordedRoot` below it is recorded into `recordedLog`. */
  readonly scratch: string;
  readonly rules: readonly Rules[];
  readonly seed: number;
  /** This one of so many takes its share of the places, some neighbours at a time. */
  readonly worker: number;
  readonly workers: number;
  /** The moment to end, in milliseconds of `performance.timeOrigin + performance.now()`. */
  readonly untilMs: number;
  /** Ends when something acknowledged was lost. */
  readonly stopAtLoss: boolean;
}

export interface FoundViolation extends Violation {
  /** What reproduces the state: rules, place, variant, round; behind a slash the same of the cut during its recovery. */
  readonly state: string;
  /** Where the directory is kept as it was before it was opened. */
  readonly kept: string | undefined;
}

export interface Tally {
  states: number;
  crashesDuringRecovery: number;
  readonly violations: Record<Violation['kind'], number>;
  /** The first few of each kind. */
  readonly found: FoundViolation[];
}

interface State {
  readonly name: string;
  readonly tree: Tree;
  readonly rules: Rules;
  readonly expected: Expectation;
  readonly isRecovery: boolean;
}

const stride = 16;
const recordedEvery = 8;
const recoveryCuts = 3;
const keptOfKindMax = 2;
const ownBatchWrites = 5;

export class Explorer {
  /** Of every state that was opened, and whether something had been acknowledged before the cut. */
  readonly signatures = new Map<string, boolean>();
  readonly tally: Tally = {
    states: 0,
    crashesDuringRecovery: 0,
    violations: { lost: 0, torn: 0, invented: 0, unopenable: 0 },
    found: [],
  };
  private readonly options: ExplorerOptions;
  private readonly operations: readonly Operation[];
  private readonly history: History;
  private readonly made: string;
  private opened = 0;

  constructor(options: ExplorerOptions) {
    this.options = options;
    this.operations = readRecording(readFileSync(options.recording));
    this.history = readHistory(this.operations);
    this.made = join(options.scratch, 'made');
  }

  /** Goes on until the time is over, or the first violation if that is wished. */
  async run(): Promise<void> {
    for (let pass = 0; !this.isOver; pass++) {
      for (const rules of this.options.rules) await this.pass(rules, pass);
    }
  }

  private get isOver(): boolean {
    const { untilMs, stopAtLoss } = this.options;
    const { lost, torn } = this.tally.violations;
    return performance.timeOrigin + performance.now() >= untilMs || (stopAtLoss && lost + torn > 0);
  }

  private async pass(rules: Rules, pass: number): Promise<void> {
    const { worker, workers } = this.options;
    const model = new DiskModel(rules);
    const round = Math.floor(pass / stride);
    let changes = 0;
    for (const [place, operation] of this.operations.entries()) {
      if (this.isOver) return;
      if (isChange(operation)) {
        const isOurs = Math.floor(changes / stride) % workers === worker;
        if (isOurs && spread(changes) === pass % stride) await this.cut(model, place, round);
        changes++;
      }
      model.apply(operation);
    }
  }

  /** All variants of what a cut before this place leaves. */
  private async cut(model: DiskModel, place: number, round: number): Promise<void> {
    const { rules } = model;
    for (let variant = 0; variant < variantCount && !this.isOver; variant++) {
      const random = new Random(mixed(this.options.seed, rules.length, place, variant, round));
      const tree = survivors(model, variant, random);
      const expected: Expectation = { history: this.history, place, generationAbove: 0, ownBatches: [] };
      const state = { name: `${rules}:${place}:${variant}:${round}`, tree, rules, expected, isRecovery: false };
      await this.explore(state, random);
    }
  }

  private async explore(state: State, random: Random): Promise<void> {
    if (!this.isNew(state)) return;
    rebuild(this.made, state.tree);
    if (this.opened++ % recordedEvery !== 0) return void (await this.check(state, () => reopen(this.made)));
    const recorded = await this.check(state, () => this.reopenRecorded(random));
    if (recorded !== undefined) await this.cutRecovery(state, recorded, random);
  }

  private isNew({ tree, expected }: State): boolean {
    const own = expected.ownBatches.map(({ batch, durable }) => `${batch.name} ${durable}`);
    const acknowledged = knownBefore(expected.history, expected.place);
    const known = [acknowledged, expected.generationAbove, ...own].join(' ');
    const signature = hash(new TextEncoder().encode(`${known}\n${signatureOf(tree)}`));
    if (this.signatures.has(signature)) return false;
    this.signatures.set(signature, acknowledged > 0);
    return true;
  }

  private async check<T extends Reopened>(state: State, open: () => Promise<T>): Promise<T | undefined> {
    this.tally.states++;
    if (state.isRecovery) this.tally.crashesDuringRecovery++;
    try {
      const reopened = await open();
      this.report(state, judge(state.expected, reopened));
      return reopened;
    } catch (error) {
      const what = error instanceof Error ? error.message.replaceAll(this.options.scratch, '') : String(error);
      this.report(state, [{ kind: 'unopenable', what }]);
      return undefined;
    }
  }

  private report(state: State, violations: readonly Violation[]): void {
    for (const kind of new Set(violations.map((violation) => violation.kind))) this.tally.violations[kind]++;
    const { found } = this.tally;
    const first = violations.find(({ kind }) => found.filter((each) => each.kind === kind).length < keptOfKindMax);
    if (first === undefined) return;
    const kept = join(this.options.scratch, `violation-${found.length + 1}`);
    rebuild(kept, state.tree);
    found.push({ ...first, state: state.name, kept });
  }

  /** Opens the rebuilt directory under the recorder, and commits to it what is then looked for. */
  private async reopenRecorded(random: Random): Promise<RecordedOpening> {
    const { scratch } = this.options;
    const [root, log] = [recordedRoot(scratch), recordedLog(scratch)];
    renameSync(this.made, root); // Into the recorded root: of that itself the recorder takes no notice.
    truncateSync(log);
    const batches = (['before-ack', 'soon', 'before-ack'] as const).map((each, at) => ownBatch(at + 1, each, random));
    const note = (mark: RecoveryMark): void => appendFileSync(log, markRecord(JSON.stringify(mark)));
    try {
      const reopened = await reopen(root, {
        opened: (generation) => note({ generation }),
        work: async (store) => {
          for (const [index, { writes, commitClass }] of batches.entries()) {
            note({ begun: index });
            await store.commit(writes, commitClass);
            note({ durable: index });
          }
        },
      });
      return { ...reopened, batches, operations: readRecording(readFileSync(log)) };
    } finally {
      renameSync(root, this.made);
    }
  }

  private async cutRecovery(state: State, recorded: RecordedOpening, random: Random): Promise<void> {
    const places = recorded.operations.flatMap((operation, place) => (isChange(operation) ? [place] : []));
    const chosen = Array.from({ length: recoveryCuts }, () => random.pick(places)).sort((a, b) => a - b);
    const model = new DiskModel(state.rules, state.tree);
    const progress = new RecoveryProgress(state.expected, recorded.batches);
    for (const [place, operation] of recorded.operations.entries()) {
      for (const each of chosen) {
        if (each !== place || this.isOver) continue;
        const variant = random.between(0, variantCount - 1);
        const tree = survivors(model, variant, random);
        const name = `${state.name}/${place}:${variant}`;
        const cut = { name, tree, rules: state.rules, expected: progress.expected, isRecovery: true };
        if (!this.isNew(cut)) continue;
        rebuild(this.made, tree);
        await this.check(cut, () => reopen(this.made));
      }
      model.apply(operation);
      if (operation.kind === 'mark') progress.take(JSON.parse(operation.text) as RecoveryMark);
    }
  }
}

export function recordedRoot(scratch: string): string {
  return join(scratch, 'recorded');
}

export function recordedLog(scratch: string): string {
  return join(scratch, 'recorded.log');
}

/** Makes what the recorder of an exploring process needs. */
export function prepareScratch(scratch: string): void {
  rmSync(recordedRoot(scratch), { recursive: true, force: true });
  writeFileSync(recordedLog(scratch), '');
}

interface RecordedOpening extends Reopened {
  readonly operations: readonly Operation[];
  readonly batches: readonly OwnBatch[];
}

type RecoveryMark = { readonly generation: number } | { readonly begun: number } | { readonly durable: number };

/** What is to be expected of a recovery that was cut, as it goes on. */
class RecoveryProgress {
  expected: Expectation;
  private readonly batches: readonly OwnBatch[];

  constructor(expected: Expectation, batches: readonly OwnBatch[]) {
    this.expected = expected;
    this.batches = batches;
  }

  take(mark: RecoveryMark): void {
    const { expected, batches } = this;
    if ('generation' in mark) this.expected = { ...expected, generationAbove: mark.generation };
    else if ('begun' in mark) {
      const added = batches.slice(mark.begun, mark.begun + 1).map((batch) => ({ batch, durable: false }));
      this.expected = { ...expected, ownBatches: [...expected.ownBatches, ...added] };
    } else {
      const ownBatches = expected.ownBatches.map((own) => ({ ...own, durable: true }));
      this.expected = { ...expected, ownBatches };
    }
  }
}

/** Several records that do not compress, longer than a page together. */
function ownBatch(number: number, commitClass: CommitClass, random: Random): OwnBatch {
  const writes = Array.from({ length: ownBatchWrites }, (_, index) => {
    const value = new Uint8Array(random.between(100, 3_000));
    random.fill(value);
    return { key: `${ownPrefix}${number}/${index}`, value };
  });
  return { name: `batch ${number} after the recovery`, commitClass, writes };
}

/** Whether something may be on the disk afterwards that was not before. */
function isChange({ kind }: Operation): boolean {
  return kind !== 'sent' && kind !== 'received' && kind !== 'mark' && kind !== 'sync-begin';
}

/** In which pass a place has its turn: neighbours are far apart, and of each share of the recording one is in every pass. */
function spread(index: number): number {
  return ((index % stride) * 7) % stride;
}

function mixed(...numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => Math.imul(sum ^ number, 0x01000193) + (sum >>> 13), 0x811c9dc5) >>> 0;
}
