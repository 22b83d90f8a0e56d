/** One operation that somebody asked for: what, for how long it may wait, and how it ended. */

import { after, type Monotonic, type Now, trustedWall } from '../base/instants.ts';
import type { RequestId } from '../coap/output.ts';
import type { ContentFormatName } from '../lwm2m/content-format.ts';
import type { Link } from '../lwm2m/formats/link-format.ts';
import type { ResourcePath } from '../lwm2m/path.ts';
import type { Entry } from '../lwm2m/value.ts';
import type { DeviceOperation } from './operator.ts';
import { secondsSince } from './seconds.ts';
import type { OperationState, OperationView } from './views.ts';

export interface Operation {
  readonly id: number;
  readonly endpoint: string;
  readonly account: string;
  readonly path: ResourcePath;
  readonly asked:
    | DeviceOperation
    | { readonly verb: 'observe' /** The wish was not there before. */; readonly isNew: boolean };
  readonly acceptedAt: Monotonic;
  readonly acceptedAtWall: number | undefined;
  /** How long it may wait for the device. */
  readonly expiresMs: number;
  expiresAt: Monotonic;
  expiresAtWall: number | undefined;
  state: OperationState;
  /** Handed over to be sent: it is `sent` once a message of it has left, which may have to wait for its turn. */
  underWay: boolean;
  request: RequestId | undefined;
  /** Which of the formats that a Write may use is tried. */
  formatIndex: number;
  sends: number;
  code: string | undefined;
  entries: readonly Entry[];
  links: readonly Link[];
  format: ContentFormatName | undefined;
  payload: Uint8Array | undefined;
  failure: string | undefined;
  roundTripMs: number | undefined;
}

/** Of an operation that waits for its turn: nothing has become of it. */
const unsent = {
  state: 'queued',
  underWay: false,
  request: undefined,
  formatIndex: 0,
  code: undefined,
  entries: [],
  links: [],
  format: undefined,
  payload: undefined,
  failure: undefined,
  roundTripMs: undefined,
} as const satisfies Partial<Operation>;

export function newOperation(
  fields: Pick<Operation, 'id' | 'endpoint' | 'account' | 'path' | 'asked'>,
  expiresMs: number,
  now: Now,
): Operation {
  const acceptedAt = now.monotonic;
  return {
    ...fields,
    ...unsent,
    acceptedAt,
    acceptedAtWall: trustedWall(now),
    expiresMs,
    ...expiryFrom(now, expiresMs),
    sends: 0,
  };
}

/** It waits for its turn once more, and for as long as at first. How often it was sent is not forgotten. */
export function beginAnew(operation: Operation, now: Now): void {
  Object.assign(operation, unsent, expiryFrom(now, operation.expiresMs));
}

function expiryFrom(now: Now, expiresMs: number): Pick<Operation, 'expiresAt' | 'expiresAtWall'> {
  const wall = trustedWall(now);
  return {
    expiresAt: after(now.monotonic, expiresMs),
    expiresAtWall: wall === undefined ? undefined : wall + expiresMs,
  };
}

export function isFinal(state: OperationState): boolean {
  return state !== 'queued' && state !== 'sent';
}

export function operationView(operation: Operation, now: Now): OperationView {
  const { id, endpoint, path, state, code, entries, links, format, payload, failure, account, sends } = operation;
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
    acceptedSecondsAgo: secondsSince(operation.acceptedAt, now.monotonic),
    sends,
    roundTripMs: operation.roundTripMs,
    expiresAtWall: operation.expiresAtWall,
    // Once it is under way it ends by its exchange.
    expiresInMs:
      state === 'queued' && !operation.underWay ? Math.max(0, operation.expiresAt - now.monotonic) : undefined,
  };
}
