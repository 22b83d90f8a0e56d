/**
 * Writes that were recorded, once more, by another keeper. They begin when they began in the recording, or when the ones before
 * them have ended: a keeper that is slower lets more wait.
 */
import { limits } from '../../../src/base/limits.ts';
import type { WearDisk } from './disk.ts';
import { type Measured, percentile } from './figures.ts';
import type { OpenKeeper } from './keepers.ts';
import type { RecordedWrites, Recording } from './run.ts';

/** `what`: the scheduler's batches, or every commit of the gateway by itself. At most `spanMsMax` of virtual time. */
export async function replay(
  recording: Recording,
  what: 'batches' | 'commits',
  spanMsMax: number,
  openKeeper: OpenKeeper,
  disk: WearDisk,
): Promise<Measured> {
  const { sinceMs, kept } = recording;
  const untilMs = Math.min(recording.untilMs, sinceMs + spanMsMax);
  const keeper = await openKeeper(disk.directory);
  try {
    for (let at = 0; at < kept.length; at += limits.restoreChunkRecords) {
      await keeper.write(kept.slice(at, at + limits.restoreChunkRecords));
    }
    const before = disk.bytesWritten(keeper.pid);
    const delaysMs: number[] = [];
    let freeAtMs = sinceMs;
    const all = recording[what].filter(({ atMs }) => atMs <= untilMs);
    for (const { atMs, writes, waitedSinceMs } of all) {
      freeAtMs = Math.max(atMs, freeAtMs) + (await keeper.write(writes));
      delaysMs.push(...delaysOf(waitedSinceMs, freeAtMs));
    }
    return {
      bytes: disk.bytesWritten(keeper.pid) - before,
      commits: all.length,
      spanMs: untilMs - sinceMs,
      ackDelayMsP50: percentile(delaysMs, 0.5),
      ackDelayMsP99: percentile(delaysMs, 0.99),
    };
  } finally {
    await keeper.close();
  }
}

function delaysOf(sinceMs: RecordedWrites['waitedSinceMs'], endedMs: number): readonly number[] {
  return sinceMs.map((each) => endedMs - each);
}
