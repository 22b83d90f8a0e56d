/** One operation that somebody asked for: what, for how long it may wait, how far it has come, and how it ended. */

import type { PeerId } from '../base/address.ts';
import type { Monotonic } from '../base/instants.ts';
import type { RequestId } from '../coap/output.ts';
import type { ContentFormatName } from '../lwm2m/content-format.ts';
import type { Link } from '../lwm2m/formats/link-format.ts';
import type { ResourcePath } from '../lwm2m/path.ts';
import type { Entry } from '../lwm2m/value.ts';
import type { SentMessage } from '../records/operation-record.ts';
import type { DeviceOperation } from './operator.ts';
import { secondsSince } from './seconds.ts';
import type { OperationState, OperationView } from './views.ts';

/** What keeps an operation from going on as it was; if it cannot be asked anew, why it is in doubt. */
export type Interruption = 'no-answer' | 'restarted' | 'asleep' | 'new-connection' | 'new-registration';

export interface Operation {
  readonly id: number;
  readonly endpoint: string;
  readonly account: string;
  readonly path: ResourcePath;
  readonly asked:
    | DeviceOperation
    /** The wish is what is kept. */
    | { readonly verb: 'observe' /** The wish was not there before. */; readonly isNew: boolean };
  /** It is in the store: all but what only follows a wish, and what only reads and was asked for while the store takes nothing. */
  readonly isDurable: boolean;
  readonly acceptedAtUptimeMs: number;
  readonly acceptedAtWall: number | undefined;
  /** How long it may wait for the device. */
  readonly expiresMs: number;
  expiresAtUptimeMs: number;
  expiresAtWall: number | undefined;
  state: OperationState;
  /** Handed over to be sent: it is `sent` once a message of it has left, which may have to wait for its turn. */
  underWay: boolean;
  peer: PeerId | undefined;
  request: RequestId | undefined;
  /** Which of the formats that a Write may use is tried. */
  formatIndex: number;
  sends: number;
  /** With which a Read or Discover leaves. */
  token: Uint8Array | undefined;
  /** The message of what may change the device: kept before it leaves. */
  message: SentMessage | undefined;
  /** When a message of it left for the first time, since it was last queued; it may be before this start. */
  leftAt: Monotonic | undefined;
  /** A message of it may have left before its repetitions were stopped: what stopped them. */
  interruption: Interruption | undefined;
  /** Under which an answer to an earlier request of it would come. */
  readonly awaited: string[];
  endedAtUptimeMs: number | undefined;
  /** The event that told its end, if the log took it: the answer is there from then on. */
  eventId: number | undefined;
  code: string | undefined;
  entries: readonly Entry[];
  links: readonly Link[];
  format: ContentFormatName | undefined;
  contentFormat: number | undefined;
  payload: Uint8Array | undefined;
  failure: string | undefined;
  roundTripMs: number | undefined;
}

/** An operation of its own, not one that only follows a wish. */
export type OwnOperation = Operation & { readonly asked: DeviceOperation };

export type OperationFields = Pick<
  Operation,
  | 'id'
  | 'endpoint'
  | 'account'
  | 'path'
  | 'asked'
  | 'isDurable'
  | 'acceptedAtUptimeMs'
  | 'acceptedAtWall'
  | 'expiresMs'
  | 'expiresAtUptimeMs'
  | 'expiresAtWall'
>;

/** Of an operation that waits for its turn: nothing has become of it. */
const unsent = {
  state: 'queued',
  underWay: false,
  peer: undefined,
  request: undefined,
  formatIndex: 0,
  message: undefined,
  leftAt: undefined,
  interruption: undefined,
  endedAtUptimeMs: undefined,
  eventId: undefined,
  code: undefined,
  entries: [],
  links: [],
  format: undefined,
  contentFormat: undefined,
  payload: undefined,
  failure: undefined,
  roundTripMs: undefined,
} as const satisfies Partial<Operation>;

export function newOperation(fields: OperationFields): Operation {
  return { ...fields, ...unsent, sends: 0, token: undefined, awaited: [] };
}

/** As if nothing had become of it. How often it was sent is not forgotten, and an answer to that still counts. */
export function beginAnew(operation: Operation): void {
  Object.assign(operation, unsent);
}

export function isOwn(operation: Operation): operation is OwnOperation {
  return operation.asked.verb !== 'observe';
}

/** Also one in doubt: it goes on only when somebody says so, or a late answer comes. */
export function isFinal(state: OperationState): boolean {
  return state !== 'queued' && state !== 'sent';
}

/** `uptimeMs`: now. `expiresInMs`: when it stops waiting for the device. */
export function operationView(operation: Operation, uptimeMs: number, expiresInMs: number | undefined): OperationView {
  const { id, endpoint, path, state, code, entries, links, format, payload, failure, account, sends } = operation;
  const waits = state === 'queued' && !operation.underWay && expiresInMs !== undefined;
  return {
    id,
    verb: operation.asked.verb,
    endpoint,
    path,
    state,
    code,
    entries,
    links,
    format,
    payload,
    failure,
    account,
    acceptedAtWall: operation.acceptedAtWall,
    acceptedSecondsAgo: secondsSince(operation.acceptedAtUptimeMs, uptimeMs),
    sends,
    roundTripMs: operation.roundTripMs,
    expiresAtWall: operation.expiresAtWall,
    // Once it is under way it ends by its exchange.
    expiresInMs: waits ? Math.max(0, expiresInMs) : undefined,
    eventId: operation.eventId,
  };
}
