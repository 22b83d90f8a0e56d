/**
 * The simulated twin of the store's disk: synchronous, without time of its own; a world says when a write is done.
 *
 * Crash model. `begin` hands one batch to the disk; it is durable when `complete` is called, not before. At a cut every
 * completed batch is there, whole. Of the batch in flight there is either nothing or all (a batch is one log record with a
 * checksum), whichever the world's seed says: that it was not acknowledged does not mean that it is not there. A write of
 * the generation goes to two places, the file first: a cut can leave the file ahead of the record, never behind. A batch
 * that is refused (`fault`) may be there or not as well (`faultKeeps`), and nothing is taken until `recover`. Opening writes
 * too: file, then records, then, the first time only, the marker; `openCutShort` ends it after any of these steps. What was
 * durable stays so until damaged on purpose. Torn batches, lost directory entries and reordered writes do not exist here:
 * the real store answers for them.
 */
import { assert } from '../../src/base/assert.ts';
import type { StoredRecord, Write } from '../../src/commit/commit.ts';
import { type GenerationPlace, nextGeneration } from '../../src/host/store/next-generation.ts';
import { type Opened, type StoreErrorKind, StoreOpenError, type StoreStatistics } from '../../src/host/store/store.ts';
import { cleanStopKey, decodeCleanStop, encodeCleanStop } from '../../src/records/clean-stop-record.ts';
import { decodeGeneration, encodeGeneration, generationKey } from '../../src/records/generation-record.ts';

export interface SimulatedOpening extends Opened {
  /** Every record but the store's own, in key order. */
  readonly records: readonly StoredRecord[];
}

export class SimulatedDisk {
  /** While set, every batch that completes is refused, and `recover` is too. */
  fault: StoreErrorKind | undefined;
  /** Whether a refused batch is there all the same. */
  faultKeeps = false;
  /** The second place of the generation; a test may damage it. */
  file: GenerationPlace = 'absent';
  /** The records as they are on the disk; a test may damage them. */
  readonly records = new Map<string, Uint8Array>();
  readonly quarantine: { readonly record: StoredRecord; readonly why: string }[] = [];
  private initialised = false;
  private isOpen = false;
  private refusing = false;
  private generation = 0;
  private flight: readonly Write[] | undefined;
  private closing = false;
  private readonly counted = { commits: 0, writes: 0, bytes: 0, rejected: 0, recovered: 0 };

  get isInFlight(): boolean {
    return this.flight !== undefined;
  }

  get statistics(): StoreStatistics {
    return { ...this.counted };
  }

  /** Opens and raises the generation. Throws a `StoreOpenError` when both places of the generation are lost. */
  open(): SimulatedOpening {
    const { opened, lastStop, notes } = this.prepareOpen();
    this.applyOpen(opened, 'marker');
    this.generation = opened;
    this.isOpen = true;
    return { generation: opened, lastStop, notes, records: this.kept() };
  }

  /** An open during which the power went after the named step. */
  openCutShort(after: 'nothing' | 'file' | 'records' | 'marker'): void {
    this.applyOpen(this.prepareOpen().opened, after);
  }

  /** Hands a batch to the disk. At most one is in flight, and none is taken after a refused one until `recover`. */
  begin(writes: readonly Write[]): void {
    assert(this.isOpen && !this.refusing, 'the store takes batches');
    assert(this.flight === undefined, 'one batch is in flight at most');
    this.flight = writes.map(({ key, value }) => ({ key, value: value?.slice() }));
  }

  /** Hands over the last batch of a clean stop, the clean marker with it; when it completes the store is closed. */
  beginStop(writes: readonly Write[]): void {
    const last = this.generationIn(writes) ?? this.generation;
    this.begin([...writes, { key: cleanStopKey, value: encodeCleanStop(last) }]);
    this.closing = true;
  }

  /** The batch in flight has ended: durable when this returns undefined, else refused for the reason returned. */
  complete(): StoreErrorKind | undefined {
    const writes = this.takeFlight();
    if (this.fault === undefined || this.faultKeeps) this.apply(writes);
    if (this.closing) [this.isOpen, this.closing] = [false, false];
    if (this.fault !== undefined) {
      this.refusing = true;
      this.counted.rejected++;
      return this.fault;
    }
    this.counted.commits++;
    this.counted.writes += writes.length;
    for (const { key, value } of writes) this.counted.bytes += key.length + (value?.length ?? 0);
    return undefined;
  }

  /** Closes and opens after a refused batch; undefined when batches are taken again, else why not. */
  recover(): StoreErrorKind | undefined {
    assert(this.isOpen && this.flight === undefined, 'an open store without a batch in flight is recovered');
    if (this.fault !== undefined) return this.fault;
    this.refusing = false;
    this.counted.recovered++;
    return undefined;
  }

  /** The power goes, or the process dies. `keepFile`: a generation in flight reached the file even if the batch did not. */
  cut(keepInFlight: boolean, keepFile = keepInFlight): void {
    const writes = this.flight;
    if (writes !== undefined && keepInFlight) this.apply(writes);
    if (writes !== undefined && keepFile) this.applyFile(writes);
    this.flight = undefined;
    [this.isOpen, this.refusing, this.closing] = [false, false, false];
  }

  /** Quarantine, in one durable step. */
  setAside(record: StoredRecord, why: string): void {
    this.quarantine.push({ record, why });
    this.records.delete(record.key);
  }

  /** Every record but the store's own, in key order. */
  kept(): StoredRecord[] {
    const keys = [...this.records.keys()].filter((key) => !key.startsWith('m/')).sort();
    return keys.map((key) => ({ key, value: (this.records.get(key) as Uint8Array).slice() }));
  }

  private prepareOpen(): { opened: number; lastStop: Opened['lastStop']; notes: readonly string[] } {
    assert(!this.isOpen, 'a store is opened once');
    const record = this.generationRecord();
    const choice = nextGeneration({ record, file: this.file, initialised: this.initialised });
    if ('damaged' in choice) throw new StoreOpenError('damaged', choice.damaged);
    const marker = this.records.get(cleanStopKey);
    const clean = marker !== undefined && decodeCleanStop(marker) === choice.largest && record === choice.largest;
    const lastStop = this.initialised ? (clean ? 'clean' : 'unclean') : 'first';
    return { opened: choice.generation, lastStop, notes: choice.notes };
  }

  private applyOpen(generation: number, upTo: 'nothing' | 'file' | 'records' | 'marker'): void {
    const steps = ['nothing', 'file', 'records', 'marker'].indexOf(upTo);
    if (steps >= 1) this.file = generation;
    if (steps >= 2) this.records.set(generationKey, encodeGeneration(generation));
    if (steps >= 2) this.records.delete(cleanStopKey);
    if (steps >= 3) this.initialised = true;
  }

  private generationRecord(): GenerationPlace {
    const value = this.records.get(generationKey);
    return value === undefined ? 'absent' : (decodeGeneration(value) ?? 'unreadable');
  }

  private takeFlight(): readonly Write[] {
    const writes = this.flight;
    assert(writes !== undefined, 'a batch is in flight');
    this.flight = undefined;
    return writes;
  }

  private apply(writes: readonly Write[]): void {
    this.applyFile(writes);
    for (const { key, value } of writes) {
      if (value === undefined) this.records.delete(key);
      else this.records.set(key, value);
    }
  }

  private applyFile(writes: readonly Write[]): void {
    const generation = this.generationIn(writes);
    if (generation === undefined) return;
    assert(generation >= this.generation, 'the generation never falls');
    this.generation = generation;
    this.file = generation;
  }

  private generationIn(writes: readonly Write[]): number | undefined {
    const value = writes.findLast(({ key }) => key === generationKey)?.value;
    return value && decodeGeneration(value);
  }
}
