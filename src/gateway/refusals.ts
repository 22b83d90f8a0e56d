/**
 * Tells the operator why a device does not come in, in words: the newcomer's likeliest trouble. At most one a source and
 * minute, and 30 a minute in all; the drop is counted in any case.
 */
import type { Address, ListenerName } from '../base/address.ts';
import type { DropReason } from '../base/drop-reason.ts';
import { type Monotonic, minute } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { TokenBucket } from '../base/token-bucket.ts';
import type { Step } from './step.ts';

export class Refusals {
  private readonly told = new Map<string, Monotonic>();
  private bucket: TokenBucket | undefined;

  tell(listener: ListenerName, from: Address, text: string, step: Step): void {
    const now = step.now.monotonic;
    this.bucket ??= new TokenBucket(limits.refusalsPerMinute / 60, limits.refusalsPerMinute, now);
    const last = this.told.get(from);
    if (last !== undefined && now - last < minute) return;
    if (!this.bucket.take(now)) return;
    this.told.delete(from);
    this.told.set(from, now);
    if (this.told.size > limits.refusalsPerMinute * 2) this.told.delete(this.told.keys().next().value as Address);
    step.tell({ kind: 'refused', listener, from, text });
  }
}

/** The sentence for a handshake that was refused, or undefined for a reason that says nothing to a person. */
export function refusalText(reason: DropReason, identity: string | undefined): string | undefined {
  const named = identity === undefined ? '' : ` "${identity}"`;
  switch (reason) {
    case 'unknown-identity':
      return `unknown identity${named}`;
    case 'wrong-key':
      return `wrong key for identity${named}`;
    case 'no-common-cipher-suite':
      return 'no common cipher suite';
    case 'too-many-handshakes':
      return 'too many handshakes at once';
    default:
      return undefined;
  }
}
