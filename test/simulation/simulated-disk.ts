/**
 * The simulated twin of the store's disk: a ring of frames and a database, synchronous, without time of its own; a world says
 * when a write is done. What is written when, and what follows from a failure, is said by the same `JournaledStore` that drives
 * the real files.
 *
 * Crash model. What was completed is there, whole. Of what is in flight at a cut:
 *   frames     each frame by itself is old, new, or torn at one of its sectors of 512 bytes; any of them may have got further
 *              than the ones before it
 *   a batch    nothing or all of it (a batch is one log record with a checksum)
 *   a new ring the old one or the new one, whole (another name, sync, rename)
 * That something was not acknowledged does not mean that it is not there. A batch that raises the generation writes it to the
 * file first: a cut can leave the file ahead of the rest, never behind. What is refused (`faults`) may be there or not in the
 * same ways (`faultKeeps`). Opening writes too: file, then the batch with what the ring holds, then the ring if it has to be
 * made, then, the first time only, the marker; `openCutShort` ends it after any of these steps. What was durable stays so until
 * damaged on purpose. Torn batches, lost directory entries and reordered files do not exist here: the real store answers for them.
 */
import { assert } from '../../src/base/assert.ts';
import type { Monotonic } from '../../src/base/instants.ts';
import { bytesOfWrites, type StoredRecord, type Write } from '../../src/commit/commit.ts';
import { frameBytes } from '../../src/commit/journal/frame.ts';
import { Journal } from '../../src/commit/journal/journal.ts';
import {
  type FailureKind,
  JournaledStore,
  type Lane,
  type Settled,
  type Submitted,
  type Work,
} from '../../src/commit/journal/journaled-store.ts';
import { firstMark, type JournalMark } from '../../src/commit/journal/mark.ts';
import { markAfter, scanJournal } from '../../src/commit/journal/scan.ts';
import { type GenerationPlace, lastStopOf, nextGeneration, recordPlace } from '../../src/host/store/next-generation.ts';
import { type Opened, StoreOpenError, type StoreStatistics, zeroStatistics } from '../../src/host/store/store.ts';
import { cleanStopKey, decodeCleanStop, encodeCleanStop } from '../../src/records/clean-stop-record.ts';
import { decodeGeneration, encodeGeneration, generationKey } from '../../src/records/generation-record.ts';
import { decodeJournalMark, encodeJournalMark, journalMarkKey } from '../../src/records/journal-mark-record.ts';

export interface SimulatedOpening extends Opened {
  /** Every record but the store's own, in key order. */
  readonly records: readonly StoredRecord[];
}

/** What a cut leaves of what is in flight is chance. */
export interface Fate {
  chance(probability: number): boolean;
  between(min: number, max: number): number;
}

/** Loses all that it may. */
export const worstFate: Fate = { chance: () => false, between: (min) => min };

const storeId = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
const sectorBytes = 512;

export class SimulatedDisk {
  /** While set, whatever completes there is refused. */
  readonly faults: Record<Lane, FailureKind | undefined> = { ring: undefined, database: undefined };
  /** Whether what is refused is there all the same. */
  faultKeeps = false;
  /** The second place of the generation; a test may damage it. */
  file: GenerationPlace = 'absent';
  /** The database as it is on the disk; a test may damage it. */
  readonly records = new Map<string, Uint8Array>();
  /** The ring as it is on the disk; a test may damage it. */
  ring: Uint8Array<ArrayBuffer>;
  readonly quarantine: { readonly record: StoredRecord; readonly why: string }[] = [];
  private readonly slots: number;
  private readonly batches = new Map<number, Submitted>();
  private initialised = false;
  private ringIsMade = false;
  private engine: JournaledStore | undefined;
  private generation = 0;
  /** The batch that was refused last is in the database all the same. */
  private refusedIsThere = false;
  private flights: Partial<Record<Lane, Work>> = {};
  private readonly counted = { ...zeroStatistics };

  /** `slots`: of the ring, 4,096 bytes each. */
  constructor(slots = 32) {
    this.slots = slots;
    this.ring = new Uint8Array(slots * frameBytes);
  }

  get isOpen(): boolean {
    return this.engine !== undefined;
  }

  get isBusy(): boolean {
    return this.flights.ring !== undefined || this.flights.database !== undefined;
  }

  isUnderWay(lane: Lane): boolean {
    return this.flights[lane] !== undefined;
  }

  /** What is under way on the lane. */
  doing(lane: Lane): Work['do'] | undefined {
    return this.flights[lane]?.do;
  }

  get store(): JournaledStore {
    assert(this.engine !== undefined, 'the disk is open');
    return this.engine;
  }

  get statistics(): StoreStatistics {
    return { ...this.counted };
  }

  /** Opens and raises the generation. Throws a `StoreOpenError` when both places of the generation are lost. */
  open(): SimulatedOpening {
    const { writes, mark, ...opened } = this.prepareOpen();
    this.applyOpen(opened.generation, writes, 'marker');
    this.generation = opened.generation;
    const journal = new Journal({ slots: this.slots, storeId, generation: this.generation, mark });
    this.engine = new JournaledStore(journal, this.generation);
    return { ...opened, records: this.kept() };
  }

  /** An open during which the power went after the named step. */
  openCutShort(after: 'nothing' | 'file' | 'records' | 'ring' | 'marker'): void {
    const { generation, writes } = this.prepareOpen();
    this.applyOpen(generation, writes, after);
  }

  /** From now on whatever completes is refused; undefined: no longer. */
  refuse(kind: FailureKind | undefined): void {
    [this.faults.ring, this.faults.database] = [kind, kind];
  }

  submit(batch: Submitted): void {
    const writes = batch.writes.map((write) => ({ ...write, value: write.value?.slice() }));
    const last: Write[] = [];
    if (batch.isLast === true) {
      last.push({ key: cleanStopKey, value: encodeCleanStop(generationIn(writes) ?? this.generation) });
    }
    const submitted = { ...batch, writes: [...writes, ...last], generation: generationIn(writes) };
    this.batches.set(batch.id, { ...batch, writes });
    this.store.submit(submitted);
  }

  /** Begins what can begin; each of these lanes has to be completed, or cut. */
  begin(now: number): readonly Lane[] {
    const begun: Lane[] = [];
    for (let work = this.store.next(now as Monotonic); work !== undefined; work = this.store.next(now as Monotonic)) {
      assert(this.flights[work.lane] === undefined, 'a lane carries one thing at a time');
      this.flights[work.lane] = work;
      begun.push(work.lane);
    }
    return begun;
  }

  /** What is in flight on the lane has ended: it is durable, or was refused. */
  complete(lane: Lane): void {
    const work = this.flights[lane];
    assert(work !== undefined, 'something is in flight');
    delete this.flights[lane];
    const fault = this.faults[lane];
    if (fault === undefined || this.faultKeeps) this.apply(work);
    if (fault === undefined) this.count(work);
    if (work.do === 'batch') this.refusedIsThere = fault !== undefined && this.faultKeeps;
    const failure = fault === undefined ? undefined : { kind: fault, cause: new Error(`simulated: ${fault}`) };
    this.store.ended(lane, failure, this.refusedIsThere);
  }

  /** Batches that have settled since the last call. */
  takeSettled(): readonly Settled[] {
    const settled = this.store.takeSettled();
    for (const { id, failure } of settled) this.countBatch(id, failure === undefined);
    return settled;
  }

  /** The power goes, or the process dies. */
  cut(fate: Fate): void {
    for (const work of Object.values(this.flights)) this.applyInPart(work, fate);
    this.flights = {};
    this.engine = undefined;
    this.batches.clear();
  }

  /** Quarantine, in one durable step; while nothing is in flight. */
  setAside(record: StoredRecord, why: string): void {
    this.quarantine.push({ record, why });
    this.records.delete(record.key);
  }

  /** Every record but the store's own (of those with such keys), in key order, as an open would find them. */
  kept(prefix = ''): StoredRecord[] {
    const records = new Map(this.records);
    for (const { key, value } of this.tail().writes) {
      if (value === undefined) records.delete(key);
      else records.set(key, value);
    }
    const keys = [...records.keys()].filter((key) => key.startsWith(prefix) && !key.startsWith('m/')).sort();
    return keys.map((key) => ({ key, value: (records.get(key) as Uint8Array).slice() }));
  }

  /** As a start would: what the ring holds is in the database too, where a test can damage it. While nothing is open. */
  moveToDatabase(): void {
    assert(!this.isOpen, 'nobody uses the disk');
    const { writes, mark } = this.tail();
    this.applyWrites([...writes, { key: journalMarkKey, value: encodeJournalMark(mark) }]);
  }

  /** Spoils the first record with such a key. False when there is none. While nothing is open. */
  damage(prefix: string): boolean {
    this.moveToDatabase();
    const [found] = this.kept(prefix);
    if (found === undefined) return false;
    const value = found.value.slice();
    value[value.length - 1] = (value.at(-1) as number) ^ 0xff;
    this.records.set(found.key, value);
    return true;
  }

  private tail(): { writes: readonly Write[]; mark: JournalMark; generation: number; notes: string[] } {
    const value = this.records.get(journalMarkKey);
    const said = value === undefined ? firstMark : decodeJournalMark(value);
    const scan = scanJournal(this.ringIsMade ? this.ring : new Uint8Array(0), storeId, said);
    const notes = scan.damaged > 0 || scan.missing ? ['the ring is damaged'] : [];
    const writes = scan.tail.flatMap((group) => group.writes);
    return { writes, mark: markAfter(scan), generation: scan.generation, notes };
  }

  private prepareOpen(): Opened & { writes: readonly Write[]; mark: JournalMark } {
    assert(!this.isOpen, 'a store is opened once');
    const tail = this.tail();
    const { initialised } = this;
    const record = recordPlace(this.generationRecord(), tail.generation);
    const choice = nextGeneration({ record, file: this.file, initialised });
    if ('damaged' in choice) throw new StoreOpenError('damaged', choice.damaged);
    const marker = this.records.get(cleanStopKey);
    const { largest } = choice;
    const lastStop = lastStopOf(marker && decodeCleanStop(marker), { record, largest, initialised });
    const own = [{ key: journalMarkKey, value: encodeJournalMark(tail.mark) }];
    const notes = [...choice.notes, ...tail.notes];
    return { generation: choice.generation, lastStop, notes, writes: [...tail.writes, ...own], mark: tail.mark };
  }

  private applyOpen(
    generation: number,
    writes: readonly Write[],
    upTo: Parameters<SimulatedDisk['openCutShort']>[0],
  ): void {
    const steps = ['nothing', 'file', 'records', 'ring', 'marker'].indexOf(upTo);
    if (steps >= 1) this.file = generation;
    if (steps >= 2) {
      this.applyWrites(writes);
      this.records.set(generationKey, encodeGeneration(generation));
      this.records.delete(cleanStopKey);
    }
    if (steps >= 3) this.ringIsMade = true;
    if (steps >= 4) this.initialised = true;
  }

  private generationRecord(): GenerationPlace {
    const value = this.records.get(generationKey);
    return value === undefined ? 'absent' : (decodeGeneration(value) ?? 'unreadable');
  }

  private apply(work: Work): void {
    if ('generation' in work && work.generation !== undefined) this.raise(work.generation);
    if (work.do === 'frames') for (const { offset, bytes } of work.frames) this.ring.set(bytes, offset);
    if (work.do === 'make-anew') this.ring = new Uint8Array(this.slots * frameBytes);
    if (work.do === 'batch') this.applyBatch(work);
  }

  private applyBatch({ handOver: { writes, mark } }: Extract<Work, { do: 'batch' }>): void {
    this.applyWrites([...writes, { key: journalMarkKey, value: encodeJournalMark(mark) }]);
  }

  private applyWrites(writes: readonly Write[]): void {
    for (const { key, value } of writes) {
      if (value === undefined) this.records.delete(key);
      else this.records.set(key, value.slice());
    }
  }

  private applyInPart(work: Work, fate: Fate): void {
    const raises = 'generation' in work && work.generation !== undefined;
    const fileIsWritten = !raises || fate.chance(0.5);
    if (raises && fileIsWritten) this.raise(work.generation as number);
    if (!fileIsWritten) return;
    if (work.do === 'frames') for (const frame of work.frames) this.tear(frame.offset, frame.bytes, fate);
    else if (fate.chance(0.5)) this.apply(work);
  }

  private tear(offset: number, bytes: Uint8Array, fate: Fate): void {
    if (fate.chance(0.4)) this.ring.set(bytes, offset);
    else if (fate.chance(0.5)) {
      const at = fate.between(0, frameBytes / sectorBytes - 1) * sectorBytes;
      this.ring.set(bytes.subarray(0, at), offset);
    }
  }

  private raise(generation: number): void {
    assert(generation >= this.generation, 'the generation never falls');
    [this.generation, this.file] = [generation, generation];
  }

  private count(work: Work): void {
    if (work.do === 'frames') this.counted.journalGroups++;
    if (work.do === 'frames') this.counted.journalBytes += work.frames.length * frameBytes;
    if (work.do === 'make-anew') this.counted.journalsMade++;
    if (work.do === 'batch') this.counted.databaseBatches++;
    if (work.do === 'batch') this.counted.databaseBytes += bytesOfWrites(work.handOver.writes);
  }

  private countBatch(id: number, durable: boolean): void {
    const batch = this.batches.get(id);
    this.batches.delete(id);
    if (!durable) this.counted.rejected++;
    else if (batch === undefined) this.counted.recovered++;
    else {
      this.counted.commits++;
      this.counted.writes += batch.writes.length;
      this.counted.bytes += bytesOfWrites(batch.writes);
    }
  }
}

function generationIn(writes: readonly Write[]): number | undefined {
  const value = writes.findLast(({ key }) => key === generationKey)?.value;
  return value && decodeGeneration(value);
}
