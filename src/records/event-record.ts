/**
 * One entry of the durable event log: a confirmable notification or a Send, as it came; or how an operation ended, with the
 * device's answer as it came. Owns the keys `ev/<id, 15 digits>`. Of a message it is the duplicate record too: peer, message ID,
 * token and digest tell a repetition after a restart.
 */
import { boolean, bytes, float, isAbsent, map, type RecordMap, text, unsigned } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

interface EventCommon {
  readonly endpoint: string;
  readonly contentFormat: number | undefined;
  readonly payload: Uint8Array;
  readonly atUptimeMs: number;
  readonly atWall: number | undefined;
}

/** What a device reported. */
export interface ReportRecord extends EventCommon {
  readonly kind: 'notification' | 'send';
  readonly path: string | undefined;
  readonly unverified: boolean;
  readonly peer: string;
  readonly messageId: number;
  readonly token: Uint8Array;
  readonly association: number;
  readonly digest: number;
  /** Of a notification: its Observe value (RFC 7641 section 3.4), by which a start knows the newest one. */
  readonly observe?: number | undefined;
}

/** How an operation ended. */
export interface ResponseRecord extends EventCommon {
  readonly kind: 'response';
  readonly path: string;
  readonly operation: OperationOutcome;
}

export interface OperationOutcome {
  readonly id: number;
  readonly verb: string;
  readonly state: string;
  readonly account: string;
  readonly sends: number;
  readonly code: string | undefined;
  readonly failure: string | undefined;
  readonly roundTripMs: number | undefined;
}

export type EventRecord = ReportRecord | ResponseRecord;

/** What a start has to know of an event. */
export interface EventHead {
  readonly payload: Uint8Array;
  readonly atUptimeMs: number;
  readonly atWall: number | undefined;
  /** Of a report. */
  readonly peer?: string | undefined;
}

/** In the order in which they are written. */
export const eventHeadEntries: readonly string[] = ['b', 'n', 'u', 'w'];

export function eventHead(entries: RecordMap): EventHead | undefined {
  const payload = bytes(entries, 'b');
  const atUptimeMs = float(entries, 'u');
  if (payload === undefined || atUptimeMs === undefined) return undefined;
  return { payload, atUptimeMs, atWall: float(entries, 'w'), peer: text(entries, 'n') };
}

const kinds = ['notification', 'send', 'response'] as const;

const idDigits = 15;

export function eventName(id: number): string {
  return String(id).padStart(idDigits, '0');
}

export const eventRecord: RecordKind<EventRecord> = {
  prefix: 'ev/',
  version: 1,
  sealed: false,
  toBody: (value) => (value.kind === 'response' ? responseBody(value) : reportBody(value)),
  fromBody: (body) => {
    const kind = kinds[unsigned(body, 'k') ?? kinds.length];
    const endpoint = text(body, 'e');
    const payload = bytes(body, 'b');
    const atUptimeMs = float(body, 'u');
    if (kind === undefined || endpoint === undefined || payload === undefined || atUptimeMs === undefined)
      return undefined;
    const common = { endpoint, contentFormat: unsigned(body, 'f'), payload, atUptimeMs, atWall: float(body, 'w') };
    return kind === 'response' ? response(body, common) : report(body, kind, common);
  },
};

/** In the order in which it is written: then nothing has to be sorted. */
function reportBody(value: ReportRecord): Readonly<Record<string, unknown>> {
  return {
    a: value.association,
    b: value.payload,
    d: value.digest,
    e: value.endpoint,
    f: value.contentFormat,
    k: kinds.indexOf(value.kind),
    m: value.messageId,
    n: value.peer,
    o: value.observe,
    p: value.path,
    t: value.token,
    u: value.atUptimeMs,
    v: value.unverified ? true : undefined,
    w: value.atWall,
  };
}

function responseBody(value: ResponseRecord): Readonly<Record<string, unknown>> {
  return {
    b: value.payload,
    e: value.endpoint,
    f: value.contentFormat,
    k: kinds.indexOf(value.kind),
    p: value.path,
    q: { ...value.operation },
    u: value.atUptimeMs,
    w: value.atWall,
  };
}

function report(body: RecordMap, kind: ReportRecord['kind'], common: EventCommon): ReportRecord | undefined {
  const path = text(body, 'p');
  const peer = text(body, 'n');
  const messageId = unsigned(body, 'm');
  const token = bytes(body, 't');
  const association = unsigned(body, 'a');
  const digest = unsigned(body, 'd');
  if (peer === undefined || messageId === undefined || token === undefined) return undefined;
  if (association === undefined || digest === undefined) return undefined;
  if (path === undefined && !isAbsent(body, 'p')) return undefined;
  const unverified = boolean(body, 'v') ?? false;
  const message = { peer, messageId, token, association, digest };
  return { kind, ...common, path, unverified, ...message, observe: unsigned(body, 'o') };
}

function response(body: RecordMap, common: EventCommon): ResponseRecord | undefined {
  const path = text(body, 'p');
  const told = map(body, 'q');
  const id = told && unsigned(told, 'id');
  const verb = told && text(told, 'verb');
  const state = told && text(told, 'state');
  const account = told && text(told, 'account');
  const sends = told && unsigned(told, 'sends');
  if (told === undefined || path === undefined || id === undefined || verb === undefined) return undefined;
  if (state === undefined || account === undefined || sends === undefined) return undefined;
  const code = text(told, 'code');
  const failure = text(told, 'failure');
  const operation = { id, verb, state, account, sends, code, failure, roundTripMs: float(told, 'roundTripMs') };
  return { kind: 'response', ...common, path, operation };
}
