/**
 * Tells the operator why a device does not come in, in words: the newcomer's likeliest trouble. The same of the same host at
 * most once a minute, and 30 a minute in all; the drop is counted in any case. A port does not count, since every try comes from
 * another one; the text does, so that two devices behind one address translator are both seen.
 */
import { type Address, hostAndPort, type ListenerName } from '../base/address.ts';
import type { DropReason } from '../base/drop-reason.ts';
import { type Monotonic, minute } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import { TokenBucket } from '../base/token-bucket.ts';
import { offeredSuites } from '../dtls/offered-suites.ts';
import type { RefusedChain } from '../dtls/peer-chains.ts';
import type { Step } from './step.ts';

const suitesNamedMax = 3;

export class Refusals {
  /** By host and text, the oldest first. */
  private readonly told = new Map<string, Monotonic>();
  private bucket: TokenBucket | undefined;

  tell(listener: ListenerName, from: Address, text: string, step: Step): void {
    const now = step.now.monotonic;
    this.bucket ??= new TokenBucket(limits.refusalsPerMinute / 60, limits.refusalsPerMinute, now);
    const key = `${hostAndPort(from).host} ${text}`;
    const last = this.told.get(key);
    if (last !== undefined && now - last < minute) return;
    if (!this.bucket.take(now)) return;
    this.told.delete(key);
    this.told.set(key, now);
    const [oldest] = this.told.keys();
    if (oldest !== undefined && this.told.size > limits.refusalsPerMinute * 2) this.told.delete(oldest);
    step.tell({ kind: 'refused', listener, from, text });
  }
}

/**
 * The sentence for a handshake that was refused, or undefined for a reason that says nothing to a person. `datagram` is the one
 * that was refused.
 */
export function refusalText(
  reason: DropReason,
  identity: string | undefined,
  datagram?: Uint8Array,
  refused?: RefusedChain['why'],
): string | undefined {
  const named = identity === undefined ? '' : ` "${identity}"`;
  switch (reason) {
    case 'unknown-identity':
      return `unknown identity${named}`;
    case 'wrong-key':
      return `wrong key for identity${named}`;
    case 'no-common-cipher-suite':
      return `no common cipher suite${offers(datagram)}`;
    case 'certificate-refused':
      return `certificate${identity === undefined ? '' : ` of${named}`} refused: ${chainText(refused)}`;
    case 'too-many-handshakes':
      return 'too many handshakes at once';
    default:
      return undefined;
  }
}

function chainText(refused: RefusedChain['why'] | undefined): string {
  switch (refused) {
    case 'not-trusted':
      return 'it leads to none of the trust anchors';
    case 'not-valid-now':
      return 'it is not valid now';
    case 'not-allowed':
      return 'no device of this name was added with --x509';
    case 'wrong-name':
      return 'it does not name one endpoint, or another one than was meant';
    case undefined:
      return 'there is none, or its key was not proved';
    default:
      return 'it is of a kind that is not taken';
  }
}

/** ` (it offers only …)`, the first few. */
function offers(datagram: Uint8Array | undefined): string {
  const offered = datagram && offeredSuites(datagram);
  if (offered === undefined || offered.length === 0) return '';
  const more = offered.length - suitesNamedMax;
  return ` (it offers only ${offered.slice(0, suitesNamedMax).join(', ')}${more > 0 ? ` and ${more} more` : ''})`;
}
