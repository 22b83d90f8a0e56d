/** A confirmable message of ours that the peer has not acknowledged yet (RFC 7252 section 4.2). */
import type { Monotonic } from '../base/instants.ts';
import type { Content } from './message.ts';
import type { ExchangeId, PeerId, RequestId } from './output.ts';
import type { TransmissionParameters } from './parameters.ts';
import type { ReceivedMessage } from './received-message.ts';

/** On whose behalf a message leaves. */
export interface Purpose {
  readonly request?: RequestId;
  readonly answers?: ReceivedMessage;
  readonly exchange?: ExchangeId;
}

export interface Outgoing {
  readonly kind: 'outgoing';
  readonly peer: PeerId;
  readonly content: Content;
  readonly purpose: Purpose;
  readonly parameters: TransmissionParameters;
  /** It has its message ID, and may not leave yet. */
  held: boolean;
  /** Undefined while the peer is out of message IDs. */
  messageId: number | undefined;
  bytes: Uint8Array | undefined;
  sentAt: Monotonic | undefined;
  timeoutMs: number;
  transmissions: number;
}
