/**
 * A registration, or how the last one of a device ended. Owns the keys `rg/<endpoint>`. It holds what Register and Update said;
 * when the device was last heard is a record of its own (`seen-record.ts`), which changes far more often.
 */
import { decodeWithout } from './envelope.ts';
import { asMap, bytes, float, isAbsent, list, map, type RecordMap, text, unsigned } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

export interface RegistrationRecord {
  readonly listener: string;
  readonly peer: string;
  readonly registrationId: string;
  /** What the device said, in the words of `RegistrationRequest`; plain data. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly registeredAtWall: number | undefined;
  readonly registeredAtUptimeMs: number;
  readonly ended: EndedRecord | undefined;
  /** The message that made it: a repetition of a Register after a restart gets the same answer. */
  readonly origin: RegistrationOrigin | undefined;
}

export interface EndedRecord {
  readonly reason: string;
  readonly atUptimeMs: number;
  /** The De-register that ended it: its repetition after a restart gets the same answer. Stores before 0.2 have none. */
  readonly origin?: RegistrationOrigin | undefined;
}

export interface RegistrationOrigin {
  readonly messageId: number;
  readonly token: Uint8Array;
  readonly association: number;
  readonly digest: number;
}

const objectLinks = 'objectLinks';

/**
 * What a start has to know of a registration: all but the `objectLinks` of the request, which are most of it; or a word on why it
 * cannot be read.
 */
export function registrationHead(
  key: string,
  bytes: Uint8Array,
): { readonly head: RegistrationRecord } | { readonly why: string } {
  const decoded = decodeWithout(key, bytes, objectLinks);
  if ('error' in decoded) return { why: decoded.error };
  if (decoded.version !== registrationRecord.version) return { why: `version ${decoded.version} is not known` };
  const body = asMap(decoded.body);
  const head = body && registration(body, isRequestHead);
  return head === undefined ? { why: 'malformed' } : { head };
}

/** CBOR maps come back as Maps; what goes in and comes out here is plain objects. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([key, inner]) => [String(key), plain(inner)]));
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  const there = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(there.map(([key, inner]) => [key, withoutUndefined(inner)]));
}

export const registrationRecord: RecordKind<RegistrationRecord> = {
  prefix: 'rg/',
  version: 1,
  sealed: false,
  toBody: (value) => withoutUndefined(value) as Record<string, unknown>,
  fromBody: (body) => registration(body, isRequest),
};

function registration(
  body: RecordMap,
  isWhole: (request: ReadonlyMap<unknown, unknown>) => boolean,
): RegistrationRecord | undefined {
  const listener = text(body, 'listener');
  const peer = text(body, 'peer');
  const registrationId = text(body, 'registrationId');
  const request = map(body, 'request');
  const registeredAtWall = float(body, 'registeredAtWall');
  const registeredAtUptimeMs = float(body, 'registeredAtUptimeMs');
  const ended = endedOf(map(body, 'ended'));
  if (listener === undefined || peer === undefined || registrationId === undefined) return undefined;
  if (request === undefined || !isWhole(request) || registeredAtUptimeMs === undefined) return undefined;
  if (ended === undefined && !isAbsent(body, 'ended')) return undefined;
  const said = plain(request) as Record<string, unknown>;
  const origin = originOf(map(body, 'origin'));
  return { listener, peer, registrationId, request: said, registeredAtWall, registeredAtUptimeMs, ended, origin };
}

function endedOf(body: ReadonlyMap<unknown, unknown> | undefined): RegistrationRecord['ended'] {
  const reason = body && text(body, 'reason');
  const atUptimeMs = body && float(body, 'atUptimeMs');
  if (reason === undefined || atUptimeMs === undefined) return undefined;
  const origin = originOf(body && map(body, 'origin'));
  return origin === undefined ? { reason, atUptimeMs } : { reason, atUptimeMs, origin };
}

function originOf(body: ReadonlyMap<unknown, unknown> | undefined): RegistrationOrigin | undefined {
  const messageId = body && unsigned(body, 'messageId');
  const token = body && bytes(body, 'token');
  const association = body && unsigned(body, 'association');
  const digest = body && unsigned(body, 'digest');
  if (messageId === undefined || token === undefined || association === undefined) return undefined;
  return digest === undefined ? undefined : { messageId, token, association, digest };
}

/** The fields that every reader relies on, checked as far as a wrong type could do harm. */
function isRequest(body: ReadonlyMap<unknown, unknown>): boolean {
  const links = list(body, objectLinks)?.every((link) => {
    const inner = asMap(link);
    return inner !== undefined && text(inner, 'path') !== undefined && map(inner, 'attributes') !== undefined;
  });
  return links === true && isRequestHead(body);
}

function isRequestHead(body: ReadonlyMap<unknown, unknown>): boolean {
  const texts = ['endpoint', 'version', 'binding', 'rootPath'].every((name) => text(body, name) !== undefined);
  const lists = ['contentFormats', 'profileIds'].every((name) => list(body, name) !== undefined);
  return texts && lists && float(body, 'lifetimeSeconds') !== undefined;
}
