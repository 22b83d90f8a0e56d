/** Transmission parameters (RFC 7252 section 4.8), of which every peer may have its own: a satellite link is not a cable. */
import { type Entropy, randomFraction } from '../base/entropy.ts';
import { limits } from '../base/limits.ts';

export interface TransmissionParameters {
  readonly ackTimeoutMs: number;
  /** At least 1: the first timeout lies between `ackTimeoutMs` and this many times as long. */
  readonly ackRandomFactor: number;
  readonly retransmitsMax: number;
  /** NSTART: how many requests may wait for their first answer at once. */
  readonly outstandingRequestsMax: number;
  /** The largest block we send or ask for: 16, 32, 64, 128, 256, 512 or 1024 bytes. */
  readonly blockBytes: number;
  /** The longest body that we take in blocks; of those that a peer sends at once, all together. */
  readonly bodyBytes: number;
}

export const defaultParameters: TransmissionParameters = {
  ackTimeoutMs: limits.ackTimeoutMs,
  ackRandomFactor: limits.ackRandomFactor,
  retransmitsMax: limits.retransmitsMax,
  outstandingRequestsMax: 1,
  blockBytes: limits.blockBytesMax,
  bodyBytes: limits.bodyBytesPerPeerMax,
};

/** How long a message may take to its acknowledgement (MAX_TRANSMIT_WAIT, RFC 7252 section 4.8.2), 93 s at least. */
export function transmitWaitMs({ ackTimeoutMs, ackRandomFactor, retransmitsMax }: TransmissionParameters): number {
  const wait = ackTimeoutMs * (2 ** (retransmitsMax + 1) - 1) * ackRandomFactor;
  return Math.max(wait, limits.maxTransmitWaitMs);
}

/** The timeout of a first transmission, in milliseconds; it doubles with each retransmission (RFC 7252 section 4.2). */
export function initialTimeoutMs(parameters: TransmissionParameters, entropy: Entropy): number {
  const { ackTimeoutMs, ackRandomFactor } = parameters;
  return Math.round(ackTimeoutMs * (1 + (ackRandomFactor - 1) * randomFraction(entropy)));
}
