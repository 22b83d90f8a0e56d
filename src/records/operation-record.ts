/**
 * What somebody asked of a device, from the moment it was accepted until it is forgotten: what was asked, how far it has come,
 * the message that is on its way, and how it ended. Owns the keys `op/<id, 15 digits>`. Sealed: it holds what an operator writes.
 *
 * A request that may change the device is kept with its message before that leaves: after a cut the very same message can be
 * sent again, or, when it is too late for that, it is known that it may have been carried out.
 */
import {
  asMap,
  bigInteger,
  boolean,
  bytes,
  float,
  isAbsent,
  listOf,
  map,
  type RecordMap,
  text,
  unsigned,
} from './reader.ts';
import type { RecordKind } from './record-kind.ts';

const operationStates = ['queued', 'sent', 'done', 'failed', 'in-doubt', 'expired', 'cancelled'] as const;
type OperationStateKept = (typeof operationStates)[number];

const operationVerbs = ['read', 'write', 'execute', 'discover'] as const;
type OperationVerbKept = (typeof operationVerbs)[number];

/** A value to be written. An object link is text (`66:0`). */
export interface ValueKept {
  readonly path: string;
  readonly type: string;
  readonly value: string | number | bigint | boolean | Uint8Array | undefined;
}

export interface OperationAsked {
  readonly verb: OperationVerbKept;
  readonly path: string;
  readonly format: string | undefined;
  /** Of a Write. */
  readonly entries: readonly ValueKept[] | undefined;
  readonly replace: boolean;
  /** Of an Execute. */
  readonly arguments: string | undefined;
}

/** The newest message of an operation. */
export interface SentMessage {
  readonly peer: string;
  readonly token: Uint8Array;
  readonly messageId: number;
  /** The serial of the association that it went over; 0 without DTLS. */
  readonly association: number;
  readonly atUptimeMs: number;
  readonly atWall: number | undefined;
  /** All of it; undefined when the request takes several messages: then it cannot be sent again as it was. */
  readonly bytes: Uint8Array | undefined;
}

export interface OperationEnd {
  readonly atUptimeMs: number;
  readonly code: string | undefined;
  readonly failure: string | undefined;
  readonly roundTripMs: number | undefined;
  /** The event that told it; the answer's payload is there. */
  readonly eventId: number | undefined;
}

export interface OperationRecord {
  readonly endpoint: string;
  readonly account: string;
  readonly asked: OperationAsked;
  readonly acceptedAtUptimeMs: number;
  readonly acceptedAtWall: number | undefined;
  /** How long it may wait for the device. */
  readonly expiresMs: number;
  readonly expiresAtUptimeMs: number;
  readonly expiresAtWall: number | undefined;
  readonly state: OperationStateKept;
  /** Which of the formats that a Write may use is tried. */
  readonly formatIndex: number;
  readonly sends: number;
  /** With which a Read or Discover leaves: a late answer is known by it, though its step to `sent` is not kept. */
  readonly token: Uint8Array | undefined;
  readonly message: SentMessage | undefined;
  readonly end: OperationEnd | undefined;
}

const idDigits = 15;

export function operationName(id: number): string {
  return String(id).padStart(idDigits, '0');
}

export const operationRecord: RecordKind<OperationRecord> = {
  prefix: 'op/',
  version: 1,
  sealed: true,
  toBody: ({ asked, message, end, ...rest }) => ({
    ...rest,
    asked: { ...asked, entries: asked.entries?.map((entry) => ({ ...entry })) },
    message: message && { ...message },
    end: end && { ...end },
  }),
  fromBody: (body) => {
    const endpoint = text(body, 'endpoint');
    const account = text(body, 'account');
    const asked = askedFrom(map(body, 'asked'));
    const acceptedAtUptimeMs = float(body, 'acceptedAtUptimeMs');
    const expiresMs = float(body, 'expiresMs');
    const expiresAtUptimeMs = float(body, 'expiresAtUptimeMs');
    const state = operationStates.find((one) => one === text(body, 'state'));
    const formatIndex = unsigned(body, 'formatIndex');
    const sends = unsigned(body, 'sends');
    const message = optional(body, 'message', messageFrom);
    const end = optional(body, 'end', endFrom);
    if (endpoint === undefined || account === undefined || asked === undefined || state === undefined) return undefined;
    if (acceptedAtUptimeMs === undefined || expiresMs === undefined || expiresAtUptimeMs === undefined)
      return undefined;
    if (formatIndex === undefined || sends === undefined || message === 'malformed' || end === 'malformed')
      return undefined;
    const acceptedAtWall = float(body, 'acceptedAtWall');
    const expiresAtWall = float(body, 'expiresAtWall');
    const accepted = { endpoint, account, asked, acceptedAtUptimeMs, acceptedAtWall, expiresMs };
    const token = bytes(body, 'token');
    return { ...accepted, expiresAtUptimeMs, expiresAtWall, state, formatIndex, sends, token, message, end };
  },
};

function optional<T>(
  body: RecordMap,
  key: string,
  read: (inner: RecordMap) => T | undefined,
): T | undefined | 'malformed' {
  if (isAbsent(body, key)) return undefined;
  const inner = map(body, key);
  return (inner && read(inner)) ?? 'malformed';
}

function askedFrom(body: RecordMap | undefined): OperationAsked | undefined {
  if (body === undefined) return undefined;
  const verb = operationVerbs.find((one) => one === text(body, 'verb'));
  const path = text(body, 'path');
  const replace = boolean(body, 'replace');
  const entries = listOf(body, 'entries', entryFrom);
  if (verb === undefined || path === undefined || replace === undefined) return undefined;
  if (entries === undefined && !isAbsent(body, 'entries')) return undefined;
  return { verb, path, format: text(body, 'format'), entries, replace, arguments: text(body, 'arguments') };
}

const valueReaders: Readonly<Record<string, (body: RecordMap, key: string) => ValueKept['value']>> = {
  string: text,
  corelnk: text,
  objlnk: text,
  integer: bigInteger,
  unsigned: bigInteger,
  time: bigInteger,
  float,
  boolean,
  opaque: bytes,
  untyped: bytes,
};

function entryFrom(item: unknown): ValueKept | undefined {
  const body = asMap(item);
  const path = body && text(body, 'path');
  const type = body && text(body, 'type');
  if (body === undefined || path === undefined || type === undefined) return undefined;
  if (type === 'none') return { path, type, value: undefined };
  const value = valueReaders[type]?.(body, 'value');
  return value === undefined ? undefined : { path, type, value };
}

function messageFrom(body: RecordMap): SentMessage | undefined {
  const peer = text(body, 'peer');
  const token = bytes(body, 'token');
  const messageId = unsigned(body, 'messageId');
  const association = unsigned(body, 'association');
  const atUptimeMs = float(body, 'atUptimeMs');
  if (peer === undefined || token === undefined || messageId === undefined) return undefined;
  if (association === undefined || atUptimeMs === undefined) return undefined;
  return {
    peer,
    token,
    messageId,
    association,
    atUptimeMs,
    atWall: float(body, 'atWall'),
    bytes: bytes(body, 'bytes'),
  };
}

function endFrom(body: RecordMap): OperationEnd | undefined {
  const atUptimeMs = float(body, 'atUptimeMs');
  if (atUptimeMs === undefined) return undefined;
  return {
    atUptimeMs,
    code: text(body, 'code'),
    failure: text(body, 'failure'),
    roundTripMs: float(body, 'roundTripMs'),
    eventId: unsigned(body, 'eventId'),
  };
}
