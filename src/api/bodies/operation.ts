/**
 * What became of one request to a device: the answer of every verb that reaches one, and of `/api/holdfast/operations` with what
 * is below it.
 */
import type { ErrorDetails } from '../error-codes.ts';
import type { DeviceState, OperationState } from '../state-words.ts';
import type { LinkBody, ValueBody } from './value.ts';

export const verbs = ['read', 'write', 'execute', 'discover', 'observe', 'unobserve'] as const;
export type Verb = (typeof verbs)[number];

export interface OperationBody {
  /** Null when nothing had to be sent: an observation of a device that is not there, a withdrawn wish, links of a registration. */
  readonly operation: number | null;
  readonly verb: Verb;
  readonly endpoint: string;
  readonly path: string;
  readonly state: OperationState;
  /** CoAP code of the device's answer, `2.05`. */
  readonly code: string | null;
  readonly values: readonly ValueBody[];
  /** What Discover found, else null. */
  readonly links: readonly LinkBody[] | null;
  /** Who asked for it, and when. Null when nothing had to be sent. */
  readonly account: string | null;
  readonly acceptedAt: string | null;
  readonly acceptedSecondsAgo: number | null;
  readonly expiresAt: string | null;
  readonly expiresInSeconds: number | null;
  readonly roundTripMs: number | null;
  /** How often it was sent. */
  readonly sends: number;
  /** What to say of the device while the operation waits; null when it is unknown. */
  readonly device: {
    readonly state: DeviceState;
    readonly heardSecondsAgo: number | null;
    /** Within how many seconds its next Update is due. */
    readonly nextUpdateInSeconds: number | null;
    /** False: what it is asked waits for a new handshake. Without DTLS always true. */
    readonly connected: boolean;
  } | null;
  /** For `observe`: whether the wish stood already. The wish itself is durable whatever `state` is. */
  readonly observation: { readonly already: boolean } | null;
  /** The name of the answer's content format, `senml-cbor`. */
  readonly format: string | null;
  /** The answer's payload as it came, in hex, if the request asked for it. */
  readonly payload: string | null;
  /** Set when `state` is failed, in-doubt, expired or cancelled, and NO_ANSWER when the waiting ended while it was sent. */
  readonly error: ErrorDetails | null;
}
