/**
 * What a part asks the gateway to do once everything it depends on is durable. Plain data: it waits inside the gateway, and
 * `gateway.ts` carries it out in one place, so parts never call upward.
 */
import type { PeerId } from '../base/address.ts';
import type { ExchangeId, RequestId } from '../coap/output.ts';
import type { CoapRequest } from '../coap/request.ts';
import type { CoapResponse } from '../coap/response.ts';
import type { ConnectFailure } from '../dtls/dtls-output.ts';
import type { ResourcePath } from '../lwm2m/path.ts';
import type { GatewayEvent } from './events.ts';
import type { Connected } from './learned.ts';

/** Which part gets the answer to a request of ours. */
export type RequestPurpose =
  | { readonly kind: 'operation'; readonly operation: number }
  | { readonly kind: 'observe'; readonly endpoint: string; readonly path: ResourcePath; readonly token: Uint8Array }
  /** `probe`: it only shows that the device answers. */
  | { readonly kind: 'cancel' | 'attributes' | 'probe'; readonly endpoint: string; readonly path: ResourcePath };

export type Action =
  | {
      readonly kind: 'respond';
      readonly peer: PeerId;
      readonly exchange: ExchangeId;
      readonly response: CoapResponse;
    }
  | { readonly kind: 'acknowledge' | 'reject' | 'ignore'; readonly peer: PeerId; readonly exchange: ExchangeId }
  | {
      readonly kind: 'request';
      readonly peer: PeerId;
      readonly request: CoapRequest;
      readonly token?: Uint8Array;
      /** It does not leave before `release-request`: its message is to be kept first. */
      readonly held?: boolean;
      readonly purpose: RequestPurpose;
    }
  | { readonly kind: 'release-request'; readonly request: RequestId }
  /** The message of an operation is sent once more, as it was. */
  | {
      readonly kind: 'resume-request';
      readonly peer: PeerId;
      readonly bytes: Uint8Array;
      readonly ageMs: number;
      readonly operation: number;
    }
  /** The answer to a request that has ended still counts. */
  | { readonly kind: 'await-late'; readonly peer: PeerId; readonly token: Uint8Array }
  | { readonly kind: 'event'; readonly event: GatewayEvent }
  /** The device need not be known with this token any longer. */
  | { readonly kind: 'forget-token'; readonly peer: PeerId; readonly token: Uint8Array }
  /** Ask the device for what is wished of it. */
  | { readonly kind: 'fulfil-wishes'; readonly endpoint: string }
  | { readonly kind: 'deliver'; readonly endpoint: string }
  /** What waits for the device, or something small: it shows whether the device can be reached. */
  | { readonly kind: 'ask-device'; readonly endpoint: string }
  /** What was asked of the device is not repeated any more: all of it, or the wish for a path. */
  | { readonly kind: 'cancel-requests'; readonly endpoint: string; readonly path?: ResourcePath }
  | { readonly kind: 'cancel-request'; readonly request: RequestId }
  /** The device sleeps: what has not left for it waits until it wakes. */
  | { readonly kind: 'hold-requests'; readonly endpoint: string }
  /** A handshake has succeeded, whoever began it. `wasOther`: the peer had a connection before. */
  | ({
      readonly kind: 'connected';
      readonly peer: PeerId;
      readonly identity: string;
      readonly wasOther: boolean;
    } & Connected)
  /** A handshake that the gateway began has come to nothing. */
  | { readonly kind: 'connect-failed'; readonly identity: string; readonly why: ConnectFailure }
  | { readonly kind: 'association-durable'; readonly association: string }
  | { readonly kind: 'generation-durable'; readonly generation: number };
