/** An operation as its record has it, and back: values of LwM2M as plain ones. */
import { contentFormats } from '../lwm2m/content-format.ts';
import type { ResourcePath } from '../lwm2m/path.ts';
import { type Entry, noValue, objectLinkText, parseObjectLink, type ResourceValue } from '../lwm2m/value.ts';
import type { OperationAsked, OperationRecord, ValueKept } from '../records/operation-record.ts';
import { newOperation, type OwnOperation } from './operation.ts';
import type { DeviceOperation } from './operator.ts';

export function recordOf(operation: OwnOperation): OperationRecord {
  const { endpoint, account, acceptedAtUptimeMs, acceptedAtWall, expiresMs, expiresAtUptimeMs, expiresAtWall } =
    operation;
  const { state, formatIndex, sends, token, message, endedAtUptimeMs, code, failure, roundTripMs, eventId } = operation;
  const isOver = endedAtUptimeMs !== undefined && state !== 'in-doubt';
  return {
    endpoint,
    account,
    // Nobody writes it once more: what was written need not stay.
    asked: { ...askedKept(operation.asked), ...(isOver ? { entries: undefined } : {}) },
    acceptedAtUptimeMs,
    acceptedAtWall,
    expiresMs,
    expiresAtUptimeMs,
    expiresAtWall,
    // A message that is about to leave may have left when this is read.
    state: state === 'queued' && message !== undefined ? 'sent' : state,
    formatIndex,
    sends: message === undefined ? sends : Math.max(sends, 1),
    token,
    message,
    end:
      endedAtUptimeMs === undefined ? undefined : { atUptimeMs: endedAtUptimeMs, code, failure, roundTripMs, eventId },
  };
}

/** Undefined when what was asked cannot be made out. */
export function operationOf(id: number, record: OperationRecord): OwnOperation | undefined {
  const asked = askedFrom(record.asked);
  if (asked === undefined) return undefined;
  const { endpoint, account, acceptedAtUptimeMs, acceptedAtWall, expiresMs, expiresAtUptimeMs, expiresAtWall, end } =
    record;
  const accepted = { acceptedAtUptimeMs, acceptedAtWall, expiresMs, expiresAtUptimeMs, expiresAtWall };
  const operation = newOperation({ id, isDurable: true, endpoint, account, path: asked.path, asked, ...accepted });
  const { state, formatIndex, sends, token, message } = record;
  Object.assign(operation, {
    state,
    formatIndex,
    sends,
    token,
    message,
    interruption: state === 'sent' ? 'restarted' : undefined,
  });
  if (end !== undefined) {
    const { atUptimeMs: endedAtUptimeMs, code, failure, roundTripMs, eventId } = end;
    Object.assign(operation, { endedAtUptimeMs, code, failure, roundTripMs, eventId });
  }
  return operation as OwnOperation;
}

function askedKept(asked: DeviceOperation): OperationAsked {
  const { verb, path } = asked;
  const format = 'format' in asked ? asked.format : undefined;
  return {
    verb,
    path,
    format,
    entries: verb === 'write' ? asked.entries.map(valueKept) : undefined,
    replace: verb === 'write' && asked.replace,
    arguments: verb === 'execute' ? asked.arguments : undefined,
  };
}

function askedFrom(kept: OperationAsked): DeviceOperation | undefined {
  const path = kept.path as ResourcePath;
  const name = Object.keys(contentFormats).find((one) => one === kept.format) as
    | keyof typeof contentFormats
    | undefined;
  const format = name === undefined ? {} : { format: name };
  switch (kept.verb) {
    case 'read':
      return { verb: 'read', path, ...format };
    case 'discover':
      return { verb: 'discover', path };
    case 'execute':
      return { verb: 'execute', path, arguments: kept.arguments ?? '' };
    case 'write': {
      const entries = (kept.entries ?? []).map(entryFrom);
      if (entries.some((entry) => entry === undefined)) return undefined;
      return { verb: 'write', path, entries: entries as Entry[], replace: kept.replace, ...format };
    }
  }
}

function valueKept({ path, value }: Entry): ValueKept {
  const { type } = value;
  if (type === 'none') return { path, type, value: undefined };
  return { path, type, value: type === 'objlnk' ? objectLinkText(value.value) : value.value };
}

function entryFrom({ path, type, value }: ValueKept): Entry | undefined {
  const read = valueFrom(type, value);
  return read && { path: path as ResourcePath, value: read };
}

/** The record's reader has seen to it that the value is one of its type. */
function valueFrom(type: string, value: ValueKept['value']): ResourceValue | undefined {
  if (type === 'none') return noValue;
  if (type === 'untyped') return { type, value: value as Uint8Array, from: 'text' };
  if (type !== 'objlnk') return { type, value } as ResourceValue;
  const link = parseObjectLink(String(value));
  return link && { type, value: link };
}
