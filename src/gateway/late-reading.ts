/**
 * How far a start has read what it reads last, device by device, while it serves already (`late-kinds.ts`). That needs the uptime
 * of the newest of those records before they are read: it stands in a record of its own, written with them. Owns the record
 * `ut/late`; a store without it is read through before anybody is served.
 */
import type { CommitClass, StoredRecord } from '../commit/commit.ts';
import { deviceIn, deviceText, isLate } from '../records/late-kinds.ts';
import { lateUptimeName, lateUptimeRecord } from '../records/late-uptime-record.ts';
import { encodeKind, keyOf } from '../records/record-kind.ts';
import { type Foundations, type Restored, restoreKind } from './part.ts';
import type { Step } from './step.ts';

export class LateReading {
  /** Everything is read. */
  isThrough = false;
  private readonly foundations: Foundations;
  private uptimeIsKnown = false;
  /** The device whose record was read last. */
  private last = '';
  /** All devices that come before this one are read. */
  private before = '';

  constructor(foundations: Foundations) {
    this.foundations = foundations;
  }

  /** Whether a start may serve before it has read everything. */
  get mayServe(): boolean {
    return this.uptimeIsKnown;
  }

  isRead(endpoint: string): boolean {
    return this.isThrough || deviceText(endpoint) < this.before;
  }

  /** These were read; `readOn` makes that count. */
  saw(chunk: readonly StoredRecord[]): void {
    const key = chunk.at(-1)?.key ?? '';
    if (isLate(key)) this.last = deviceIn(key);
  }

  /** What was read so far may be used: that of every device but the last one, or all of it. */
  readOn(isAll: boolean): void {
    this.before = this.last;
    if (isAll) this.isThrough = true;
  }

  /** What the step writes is about to become a commit of this class: with what is read late goes its uptime. */
  addUptime(commitClass: CommitClass, step: Step): void {
    if (!step.writesAny(commitClass, isLate)) return;
    const { aead, uptime } = this.foundations;
    const key = keyOf(lateUptimeRecord, lateUptimeName);
    step.put(commitClass, key, encodeKind(lateUptimeRecord, aead, key, { atUptimeMs: uptime.at(step.now) }));
  }

  restore(record: StoredRecord): Restored {
    const { aead, uptime } = this.foundations;
    const taken = restoreKind(lateUptimeRecord, aead, record, (_names, { atUptimeMs }) => {
      uptime.sawRecordOf(atUptimeMs);
      this.uptimeIsKnown = true;
    });
    return taken ?? 'foreign';
  }
}
