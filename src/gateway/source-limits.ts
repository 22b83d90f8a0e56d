/** How many datagrams a host may send us: a token bucket each, for a bounded number of hosts. */
import { type Address, hostAndPort } from '../base/address.ts';
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { TokenBucket } from '../base/token-bucket.ts';

export interface SourceRate {
  readonly sourceDatagramsPerSecond: number;
  readonly sourceDatagramsBurst: number;
}

export class SourceLimits {
  private readonly buckets = new Map<string, TokenBucket>();
  private readonly rate: SourceRate;

  constructor(rate: SourceRate = limits) {
    this.rate = rate;
  }

  /** False when this host exceeds its rate. */
  take(from: Address, now: Monotonic): boolean {
    const { host } = hostAndPort(from);
    let bucket = this.buckets.get(host);
    if (bucket === undefined) {
      if (this.buckets.size >= limits.sourcesTrackedMax) this.forgetIdle(now);
      bucket = new TokenBucket(this.rate.sourceDatagramsPerSecond, this.rate.sourceDatagramsBurst, now);
      this.buckets.set(host, bucket);
    }
    return bucket.take(now);
  }

  /** Room for a new host: those that lost nothing by it go, and the oldest in any case. */
  private forgetIdle(now: Monotonic): void {
    for (const [host, bucket] of this.buckets) if (bucket.isFull(now)) this.buckets.delete(host);
    const oldest = this.buckets.keys().next().value;
    if (this.buckets.size >= limits.sourcesTrackedMax && oldest !== undefined) this.buckets.delete(oldest);
  }
}
