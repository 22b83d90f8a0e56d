/**
 * Looks once a minute at what has been written, lets the wear governor say how far apart commits are to be, and keeps the
 * account of a day for `status` and metrics.
 *
 * The governor is told what the store's own writing costs (`flash-cost.ts`), since that is what a governor can change: the device
 * is also written to by others.
 */
import type { WearBudget } from '../../api/configuration/configuration.ts';
import { hour, type Monotonic, minute } from '../../base/instants.ts';
import { limits } from '../../base/limits.ts';
import type { CommitScheduler } from '../../commit/commit-scheduler.ts';
import { flashBytes } from '../../commit/flash-cost.ts';
import { WearGovernor } from '../../commit/wear-governor.ts';
import type { WearCounts, WearInformation } from '../../management/information.ts';
import type { StoreStatistics } from '../store/store.ts';
import { deviceCounter } from './kernel-counts.ts';
import { LastDay } from './last-day.ts';

/** What a store tells of its writing since it was opened. */
export interface WearSource {
  statistics(): Pick<StoreStatistics, 'commits' | 'bytes' | 'journalBytes' | 'databaseBatches' | 'databaseBytes'>;
}

export interface WearKeeperOptions {
  readonly source: WearSource;
  readonly scheduler: Pick<CommitScheduler, 'setSpacing'>;
  readonly budget: WearBudget;
  readonly spacingMs: number;
  readonly stateDirectory: string;
  readonly now: () => Monotonic;
  /** For tests: what the kernel counts. */
  readonly deviceBytes?: () => number | null;
}

export class WearKeeper {
  private readonly options: WearKeeperOptions;
  private readonly governor: WearGovernor;
  private readonly lastDay: LastDay<keyof WearCounts>;

  constructor(options: WearKeeperOptions) {
    const { budget, spacingMs, source, stateDirectory, now } = options;
    this.options = options;
    const spacingWidestMs = Math.max(limits.commitLatestMs, spacingMs);
    this.governor = new WearGovernor({ bytesPerDay: budget.bytesPerDay, spacingMs, spacingWidestMs }, now());
    const deviceBytes = options.deviceBytes ?? deviceCounter(stateDirectory);
    const read = (): WearCounts => countsOf(source, deviceBytes());
    const nothingYet = { writtenBytes: 0, logicalBytes: 0, commits: 0, journalBytes: 0, databaseBytes: 0 };
    this.lastDay = new LastDay(read, {
      ...nothingYet,
      deviceBytes: deviceBytes(),
    });
    this.governor.note(0, now());
  }

  /** Begins to look, until the process ends. */
  start(): void {
    setInterval(() => this.govern(), minute).unref();
    setInterval(() => this.lastDay.sample(this.options.now()), hour).unref();
  }

  /** To be called once a minute. */
  govern(): void {
    const now = this.options.now();
    this.governor.note(this.lastDay.totals().writtenBytes ?? 0, now);
    this.options.scheduler.setSpacing(this.governor.spacingMs(now));
  }

  information(): WearInformation {
    const now = this.options.now();
    const { bytesPerDay, enduranceBytes } = this.options.budget;
    return {
      last24Hours: this.lastDay.sums(now),
      totals: this.lastDay.totals(),
      budgetBytesPerDay: bytesPerDay ?? null,
      enduranceBytes: enduranceBytes ?? null,
      spacingMs: this.governor.spacingMs(now),
      state: this.governor.state(now),
    };
  }
}

function countsOf(source: WearSource, deviceBytes: number | null): WearCounts {
  const written = source.statistics();
  const { commits, bytes, journalBytes, databaseBytes } = written;
  const writtenBytes = flashBytes(written);
  return { writtenBytes, logicalBytes: bytes, commits, journalBytes, databaseBytes, deviceBytes };
}
