/**
 * The seam between messages and requests. Below it is whatever carries contents from peer to peer: the message layer over
 * datagrams, and later a reliable stream (RFC 8323), which has neither message IDs nor acknowledgements nor duplicates. Above it is
 * the request layer, which knows tokens, blocks and observations, and reads neither type nor ID. What changes contents on
 * their way, as OSCORE does, is below and above at once: it offers this and uses it.
 *
 *   request layer     │ contents ▲ Received
 *   ── Messaging ─────┼──────────┼─────────
 *   message layer     ▼ messages │
 */
import type { Monotonic } from '../base/instants.ts';
import type { CoapMessage, Content } from './message.ts';
import type { Outgoing, Purpose } from './outgoing.ts';
import type { CoapOutput, PeerId } from './output.ts';
import type { TransmissionParameters } from './parameters.ts';
import type { ResumedMessage } from './pending-request.ts';
import type { ReceivedMessage } from './received-message.ts';

/** What came of a peer, once. Without message IDs below, those in it are 0. */
export type Received =
  | { readonly kind: 'request'; readonly message: CoapMessage; readonly received: ReceivedMessage }
  /** A new request, for whose record there is no room. */
  | { readonly kind: 'refused'; readonly message: CoapMessage; readonly peer: PeerId }
  | ReceivedResponse
  | { readonly kind: 'acknowledged' | 'reset'; readonly outgoing: Outgoing }
  /** A response with the acknowledgement of a message that is not under way here (any more). */
  | Unmatched;

export interface Unmatched {
  readonly kind: 'unmatched';
  readonly peer: PeerId;
  readonly association: number;
  readonly message: CoapMessage;
}

/** `outgoing` when the response came with the acknowledgement of our message, else `received` if there is room. */
export interface ReceivedResponse {
  readonly kind: 'response';
  readonly peer: PeerId;
  readonly association: number;
  readonly message: CoapMessage;
  readonly outgoing: Outgoing | undefined;
  readonly received: ReceivedMessage | undefined;
}

export interface Messaging {
  /** Sends a message of a request, reliably. A held one is ready to leave, and waits for its release. */
  send(
    peer: PeerId,
    content: Content,
    purpose: Purpose,
    parameters: TransmissionParameters,
    now: Monotonic,
    output: CoapOutput,
    held: boolean,
  ): Outgoing;
  release(outgoing: Outgoing, now: Monotonic, output: CoapOutput): void;
  /** Goes on with a message that left before. */
  resume(
    resumed: ResumedMessage,
    addressed: Pick<Outgoing, 'peer' | 'purpose' | 'parameters'>,
    now: Monotonic,
    output: CoapOutput,
  ): Outgoing;
  /** Nobody wants it to arrive any more. */
  stop(outgoing: Outgoing): void;

  /** Answers a request. */
  respond(
    received: ReceivedMessage,
    content: Content,
    parameters: TransmissionParameters,
    now: Monotonic,
    output: CoapOutput,
  ): void;
  /** Answers a request that has no record. */
  respondOnce(peer: PeerId, message: CoapMessage, content: Content, output: CoapOutput): void;
  /** Tells the peer that its message has come, where it waits for that. */
  acknowledge(received: ReceivedMessage, output: CoapOutput): void;
  /** The same for a message that has no record. */
  acknowledgeOnce(peer: PeerId, message: CoapMessage, output: CoapOutput): void;
  /** Tells the peer that its message means nothing here. */
  reject(received: ReceivedMessage, output: CoapOutput): void;
  /** The message needs no answer; repetitions get none either. */
  settle(received: ReceivedMessage): void;
  /** As if the message had never come. */
  forget(received: ReceivedMessage): void;
  /** Its answer has left, and will not be needed again. */
  forgetAnswered(received: ReceivedMessage): void;
}
