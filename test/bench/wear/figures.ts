/** The figures of the wear bench: scaled to a day, and set against the goals. */

/** What was counted over a span of virtual time. */
export interface Measured {
  readonly bytes: number;
  /** Batches that were made durable by themselves. */
  readonly commits: number;
  readonly spanMs: number;
  readonly ackDelayMsP50: number;
  readonly ackDelayMsP99: number;
}

export interface Figures {
  /** Million bytes. */
  readonly deviceMBPerDay: number;
  readonly commitsPerDay: number;
  /** From a device's message to its acknowledgement. */
  readonly ackDelayMsP50: number;
  readonly ackDelayMsP99: number;
  readonly simulatedSeconds: number;
}

const dayMs = 86_400_000;

export function perDay({ bytes, commits, spanMs, ackDelayMsP50, ackDelayMsP99 }: Measured): Figures {
  const days = spanMs / dayMs;
  return {
    deviceMBPerDay: tenths(bytes / 1e6 / days),
    commitsPerDay: Math.round(commits / days),
    ackDelayMsP50: tenths(ackDelayMsP50),
    ackDelayMsP99: tenths(ackDelayMsP99),
    simulatedSeconds: Math.round(spanMs / 1_000),
  };
}

/** The smallest value that so large a part of all do not exceed; 0 of none. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}

export function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
