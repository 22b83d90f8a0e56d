/** What a step of the CoAP layer asks of its caller: datagrams to send, events to act on, drops to count. */
import type { PeerId } from '../base/address.ts';
import type { DropReason } from '../base/drop-reason.ts';
import type { ResponseCode } from './code.ts';
import type { IncomingRequest } from './request.ts';
import type { IncomingResponse } from './response.ts';

export type { PeerId } from '../base/address.ts';

declare const exchangeBrand: unique symbol;
declare const requestBrand: unique symbol;

/** A message of a peer that waits for a decision of the caller. Never given twice. */
export type ExchangeId = number & { readonly [exchangeBrand]: true };

/** A request of ours under way. Never given twice. */
export type RequestId = number & { readonly [requestBrand]: true };

export interface CoapSend {
  readonly peer: PeerId;
  readonly bytes: Uint8Array;
  readonly kind: 'request' | 'response' | 'acknowledgement' | 'reset' | 'retransmission';
  /** The message ID on the wire. */
  readonly messageId: number;
  /** Of which of our requests this is a message (each block of a body is one). */
  readonly request?: RequestId;
  /** Which message of the peer this answers. */
  readonly exchange?: ExchangeId;
}

export interface CoapDrop {
  readonly peer: PeerId;
  readonly reason: DropReason;
}

/** Why a request of ours ended without a response. */
export type FailureReason =
  /** Nobody answered in time; `sent` tells whether the request may have been carried out. */
  | 'timeout'
  /** The peer answered with RST. */
  | 'reset'
  | 'cancelled'
  /** The body of the response is longer than we take. */
  | 'body-too-large'
  /** The peer's blocks do not make a body. */
  | 'block-error'
  /** The response carries a critical option that we do not know (RFC 7252 section 5.4.1). */
  | 'bad-option';

export type CoapEvent =
  /** Answer with `respond`, or forget it with `ignore`. */
  | {
      readonly kind: 'request';
      readonly peer: PeerId;
      readonly exchange: ExchangeId;
      readonly association: number;
      readonly request: IncomingRequest;
    }
  | {
      readonly kind: 'response';
      readonly peer: PeerId;
      readonly id: RequestId;
      readonly token: Uint8Array;
      readonly association: number;
      readonly response: IncomingResponse;
      /** From the first transmission of the request to its (last) response. */
      readonly roundTripMs: number;
      /** The token was drawn in this start: nobody could have recorded the answer before. */
      readonly fresh: boolean;
      /** The exchange whose acknowledgement the caller owes, having asked for that (`RequestOptions.keepsAnswer`). */
      readonly owed: ExchangeId | undefined;
    }
  /** A held request has its turn. Nothing of it leaves before `release`; then it is these bytes. */
  | {
      readonly kind: 'ready';
      readonly peer: PeerId;
      readonly id: RequestId;
      readonly token: Uint8Array;
      readonly messageId: number;
      readonly bytes: Uint8Array;
      /** They are the whole request, not the first of several messages. */
      readonly isWhole: boolean;
    }
  /** The answer to a request that has ended here, or to one of an earlier start, for which `awaitLate` was called. */
  | {
      readonly kind: 'late-response';
      readonly peer: PeerId;
      readonly token: Uint8Array;
      readonly association: number;
      readonly response: IncomingResponse;
      /** As in `response`. */
      readonly owed: ExchangeId | undefined;
    }
  | {
      readonly kind: 'failed';
      readonly peer: PeerId;
      readonly id: RequestId;
      readonly token: Uint8Array;
      readonly reason: FailureReason;
      /** False when no message of the request was ever sent. */
      readonly sent: boolean;
    }
  /** Confirmable: nothing has been acknowledged. Call `acknowledge`, `reject` or `ignore`. */
  | {
      readonly kind: 'notification';
      readonly peer: PeerId;
      readonly exchange: ExchangeId;
      readonly association: number;
      readonly token: Uint8Array;
      readonly messageId: number;
      readonly digest: number;
      readonly confirmable: boolean;
      /** False when a younger one was here before (RFC 7641 section 3.4). */
      readonly fresh: boolean;
      readonly response: IncomingResponse;
    }
  /** The peer no longer counts us as observer: an error notification, or a response without Observe. As `notification`. */
  | {
      readonly kind: 'observation-ended';
      readonly peer: PeerId;
      readonly exchange: ExchangeId;
      readonly association: number;
      readonly token: Uint8Array;
      readonly messageId: number;
      readonly digest: number;
      readonly confirmable: boolean;
      readonly code: ResponseCode;
      /** With a code of success it is a value, the last one of the observation. */
      readonly response: IncomingResponse;
    }
  /** A response to nothing that we know. Call `reject` or `ignore`. */
  | {
      readonly kind: 'unknown-token';
      readonly peer: PeerId;
      readonly exchange: ExchangeId;
      readonly association: number;
      readonly token: Uint8Array;
      readonly messageId: number;
      readonly confirmable: boolean;
      readonly response: IncomingResponse;
    };

/** The result of every verb. The three lists are in the order in which things happened. */
export interface CoapOutput {
  readonly send: CoapSend[];
  readonly events: CoapEvent[];
  readonly drops: CoapDrop[];
}

export function emptyOutput(): CoapOutput {
  return { send: [], events: [], drops: [] };
}
