/**
 * The record of a message that a peer sent (RFC 7252 section 4.5): while it waits for a decision it is an open exchange, and
 * afterwards the duplicate record from which a repetition gets the same answer.
 *
 *   open ──1.5 s──► open-acknowledged ──► answered-separately
 *     ├──► answered | acknowledged | rejected
 *     └──► settled (nothing was owed)
 */
import { bytesOfText, textOfBytes } from '../base/bytes.ts';
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { ExchangeId, PeerId } from './output.ts';

export type ReceivedState =
  | 'open'
  | 'open-acknowledged'
  | 'answered'
  | 'answered-separately'
  | 'acknowledged'
  | 'rejected'
  | 'settled';

export interface ReceivedMessage {
  readonly kind: 'received-message';
  readonly exchange: ExchangeId;
  readonly peer: PeerId;
  readonly association: number;
  readonly messageId: number;
  /** Message ID and token: `nameOf`. As arrays of bytes tokens would take most of the memory. */
  readonly key: string;
  readonly digest: number;
  readonly confirmable: boolean;
  readonly isRequest: boolean;
  readonly arrivedAt: Monotonic;
  readonly expiresAt: Monotonic;
  state: ReceivedState;
  /** The datagram that answered it; of a separate response only until the peer has acknowledged it. */
  answer: Uint8Array | undefined;
  /** What the request layer keeps of it while it is open. */
  note: object | undefined;
}

/** For a token of each length: one text made at once is found faster than one of two parts. */
const names = Array.from({ length: limits.tokenBytes + 1 }, (_, length) => new Uint8Array(2 + length));

/** Message ID and token as one text, two characters and one for each byte of the token. */
export function nameOf(messageId: number, token: Uint8Array): string {
  const name = names[token.length] as Uint8Array;
  name[0] = messageId >> 8;
  name[1] = messageId;
  for (let i = 0; i < token.length; i++) name[2 + i] = token[i] as number;
  return textOfBytes(name);
}

export function hasToken({ key }: ReceivedMessage): boolean {
  return key.length > 2;
}

export function tokenOf({ key }: ReceivedMessage): Uint8Array {
  return bytesOfText(key, 2);
}

/** How long a repetition may come: EXCHANGE_LIFETIME or NON_LIFETIME (RFC 7252 section 4.8.2). */
export function lifetimeMs(confirmable: boolean): number {
  return confirmable ? limits.exchangeLifetimeMs : limits.nonLifetimeMs;
}
