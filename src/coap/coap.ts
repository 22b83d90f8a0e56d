/**
 * The door of the CoAP layer (being built; the signatures below are final, see `CoapDoor`).
 */
import type { Monotonic } from '../base/instants.ts';
import type { CoapOutput, ExchangeId, PeerId, RequestId } from './output.ts';
import type { TransmissionParameters } from './parameters.ts';
import type { CoapRequest, RequestHead } from './request.ts';
import type { CoapResponse } from './response.ts';

export interface CoapDoor {
  setMessageIdRange(range: number): void;
  setParameters(peer: PeerId, parameters: Partial<TransmissionParameters>): void;
  receive(peer: PeerId, association: number, bytes: Uint8Array, now: Monotonic): CoapOutput;
  advance(now: Monotonic): CoapOutput;
  nextDeadline(): Monotonic | undefined;
  /** Answers a request, after the caller's commit. Nothing is sent when the exchange is no longer known. */
  respond(peer: PeerId, exchange: ExchangeId, response: CoapResponse, now: Monotonic): CoapOutput;
  /** No answer to this request, notification or unknown token: a repetition counts as new. */
  ignore(peer: PeerId, exchange: ExchangeId): void;
  /** ACK of a confirmable notification, after the caller's commit. Nothing is sent for a non-confirmable one. */
  acknowledge(peer: PeerId, exchange: ExchangeId, now: Monotonic): CoapOutput;
  reject(peer: PeerId, exchange: ExchangeId, now: Monotonic): CoapOutput;
  request(peer: PeerId, request: CoapRequest, options: RequestOptions, now: Monotonic): RequestResult;
  cancelRequest(id: RequestId, now: Monotonic): CoapOutput;
  /** A notification with this token is from now on one with an unknown token. */
  forgetToken(peer: PeerId, token: Uint8Array): void;
  restoreObservation(peer: PeerId, observation: RestoredObservation, now: Monotonic): void;
  rememberMessage(peer: PeerId, message: RestoredMessage, now: Monotonic): void;
  forgetPeer(peer: PeerId, now: Monotonic): CoapOutput;
  statistics(): Readonly<Record<string, number>>;
}

export interface RequestOptions {
  /** 1 to 8 bytes; without it a fresh random one. */
  readonly token?: Uint8Array;
  /** From this call on. Without it each message has 93 s from its first transmission. */
  readonly deadlineMs?: number;
  readonly parameters?: Partial<TransmissionParameters>;
}

export type RequestResult =
  /** `messageId` is undefined while the request waits for its turn; then the `send` item of kind `request` tells it. */
  | {
      readonly id: RequestId;
      readonly token: Uint8Array;
      readonly messageId: number | undefined;
      readonly output: CoapOutput;
    }
  | { readonly refused: 'too-many-requests' | 'too-many-observations' | 'token-in-use' | 'body-too-large' };

export interface RestoredObservation {
  readonly token: Uint8Array;
  /** The request that registered it: blocks of a long notification are fetched with it. */
  readonly request: Omit<RequestHead, 'query'> & Pick<CoapRequest, 'query' | 'accept' | 'contentFormat' | 'payload'>;
  readonly lastSequence?: number;
  /** How long ago `lastSequence` came, as far as uptime tells. */
  readonly ageMs?: number;
}

export interface RestoredMessage {
  readonly messageId: number;
  readonly token: Uint8Array;
  readonly association: number;
  readonly digest: number;
  /** What a repetition gets. */
  readonly answer: 'acknowledgement' | CoapResponse;
  readonly ageMs: number;
}
