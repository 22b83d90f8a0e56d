/**
 * How many devices a second the gateway turns to of its own accord: a token bucket over all, and one for each listener, since a
 * line is slower than a network. Jitter keeps the gateways of one site from turning to their devices in step.
 */
import type { ListenerName } from '../base/address.ts';
import { type Entropy, randomFraction } from '../base/entropy.ts';
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { TokenBucket } from '../base/token-bucket.ts';
import type { GatewayConfiguration } from './gateway-options.ts';

export interface PaceRate {
  readonly perSecond: number;
  readonly burst: number;
}

export class Pace {
  private readonly entropy: Entropy;
  private readonly rate: PaceRate;
  /** A listener that is not named has the rate of all together. */
  private readonly perSecondOf: ReadonlyMap<ListenerName, number>;
  private readonly listeners = new Map<ListenerName, TokenBucket>();
  private all: TokenBucket | undefined;

  constructor(entropy: Entropy, rate: PaceRate, perSecondOf: ReadonlyMap<ListenerName, number> = new Map()) {
    this.entropy = entropy;
    this.rate = rate;
    this.perSecondOf = perSecondOf;
  }

  get perSecond(): number {
    return this.rate.perSecond;
  }

  /** Takes a token for one device of this listener; false when it has to wait. */
  take(listener: ListenerName, now: Monotonic): boolean {
    if (!this.has(listener, now)) return false;
    return this.overall(now).take(now) && this.bucket(listener, now).take(now);
  }

  /** Whether a token could be taken. */
  has(listener: ListenerName, now: Monotonic): boolean {
    return this.waitMs(listener, now) === 0;
  }

  /** When to ask again, with jitter of up to one place in the row. */
  nextAt(listener: ListenerName, now: Monotonic): Monotonic {
    const perSecond = Math.min(this.rate.perSecond, this.perSecondOf.get(listener) ?? this.rate.perSecond);
    return after(now, Math.ceil(this.waitMs(listener, now) + (randomFraction(this.entropy) * 1_000) / perSecond));
  }

  private waitMs(listener: ListenerName, now: Monotonic): number {
    return Math.max(this.overall(now).waitMs(now), this.bucket(listener, now).waitMs(now));
  }

  private overall(now: Monotonic): TokenBucket {
    this.all ??= new TokenBucket(this.rate.perSecond, this.rate.burst, now);
    return this.all;
  }

  private bucket(listener: ListenerName, now: Monotonic): TokenBucket {
    const found = this.listeners.get(listener);
    if (found !== undefined) return found;
    const perSecond = this.perSecondOf.get(listener) ?? this.rate.perSecond;
    const burst = Math.max(1, (this.rate.burst * perSecond) / this.rate.perSecond);
    const made = new TokenBucket(perSecond, burst, now);
    this.listeners.set(listener, made);
    return made;
  }
}

/** Devices that are asked after a restart. */
export function recoveryPace(entropy: Entropy, { listeners, limits: set }: GatewayConfiguration): Pace {
  const perSecond = set?.recoveryDevicesPerSecond ?? limits.recoveryDevicesPerSecond;
  const own = listeners.flatMap(({ name, recoveryDevicesPerSecond: rate }) =>
    rate === undefined ? [] : [[name, rate] as const],
  );
  // A fifth of a second's devices at once: smooth, also for a line.
  return new Pace(entropy, { perSecond, burst: Math.max(1, perSecond / 5) }, new Map(own));
}

/** Devices that are asked for what is wished of them. */
export function wishPace(entropy: Entropy): Pace {
  return new Pace(entropy, { perSecond: limits.wishesDevicesPerSecond, burst: limits.wishesDevicesBurst });
}
