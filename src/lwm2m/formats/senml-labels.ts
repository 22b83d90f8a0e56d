/**
 * The labels of SenML (RFC 8428 sections 4.3, 6 and 12; LwM2M adds `vlo`), gathered into a record. JSON and CBOR hand their
 * members over as (label, value); what each label may hold is decided here, once.
 */
import { type FormatError, formatError } from '../format-error.ts';
import { parseObjectLink, type ResourceValue } from '../value.ts';
import type { SenmlRecord } from './senml.ts';

/** The CBOR key of each label; `vlo` has a text key in CBOR too. */
export const senmlKeys: ReadonlyMap<string, number> = new Map([
  ['bver', -1],
  ['bn', -2],
  ['bt', -3],
  ['bu', -4],
  ['bv', -5],
  ['bs', -6],
  ['n', 0],
  ['u', 1],
  ['v', 2],
  ['vs', 3],
  ['vb', 4],
  ['s', 5],
  ['t', 6],
  ['ut', 7],
  ['vd', 8],
]);

const baseVersionMax = 10;

/** A record under construction. */
export type SenmlDraft = { -readonly [Key in keyof SenmlRecord]: SenmlRecord[Key] };

/** A label's value as its carrier gives it, with the opaque of JSON already decoded from base64. */
export interface LabelValue {
  readonly value: ResourceValue;
  readonly exact?: bigint;
}

/** Takes one label into the record; an error ends the pack. Labels that mean nothing here are ignored, as RFC 8428 demands. */
export function takeLabel(record: SenmlDraft, label: string, { value, exact }: LabelValue): FormatError | undefined {
  switch (label) {
    case 'bn':
    case 'n':
      return takeName(record, label, value);
    case 'bt':
    case 't':
      return takeTime(record, label, value);
    case 'bver':
      return checkBaseVersion(value);
    case 'v':
      return takeNumber(record, value, exact);
    case 'vs':
      return value.type === 'string' ? takeValue(record, value) : wrongType(label, value);
    case 'vb':
      return value.type === 'boolean' ? takeValue(record, value) : wrongType(label, value);
    case 'vd':
      return value.type === 'opaque' ? takeValue(record, value) : wrongType(label, value);
    case 'vlo':
      return takeObjectLink(record, value);
    case 'bv':
    case 'bs':
    case 's':
      return formatError('unsupported-label', `the label "${label}" changes values, and LwM2M does not have it`);
    default:
      return label.endsWith('_')
        ? formatError('must-understand', 'a label that must be understood is unknown')
        : undefined;
  }
}

function takeName(record: SenmlDraft, label: 'bn' | 'n', value: ResourceValue): FormatError | undefined {
  if (value.type !== 'string') return wrongType(label, value);
  record[label === 'bn' ? 'baseName' : 'name'] = value.value;
  return undefined;
}

function takeValue(record: SenmlDraft, value: ResourceValue): undefined {
  record.values++;
  record.value = value;
  return undefined;
}

function takeNumber(record: SenmlDraft, value: ResourceValue, exact: bigint | undefined): FormatError | undefined {
  if (!['integer', 'unsigned', 'float', 'time', 'none'].includes(value.type)) return wrongType('v', value);
  if (exact !== undefined) record.exact = exact;
  return takeValue(record, value);
}

function takeObjectLink(record: SenmlDraft, value: ResourceValue): FormatError | undefined {
  if (value.type !== 'string') return wrongType('vlo', value);
  const link = parseObjectLink(value.value);
  if (link === undefined) return formatError('value-range', 'an object link is two numbers to 65535, like 66:0');
  return takeValue(record, { type: 'objlnk', value: link });
}

function takeTime(record: SenmlDraft, label: 'bt' | 't', value: ResourceValue): FormatError | undefined {
  if (value.type !== 'integer' && value.type !== 'unsigned' && value.type !== 'float' && value.type !== 'time')
    return wrongType(label, value);
  const seconds = Number(value.value);
  if (!Number.isFinite(seconds)) return formatError('value-range', 'a time is a finite number of seconds');
  record[label === 'bt' ? 'baseTime' : 'time'] = seconds;
  return undefined;
}

function checkBaseVersion(value: ResourceValue): FormatError | undefined {
  if (value.type === 'integer' && value.value >= 1n && value.value <= BigInt(baseVersionMax)) return undefined;
  return formatError('base-version', `the pack is of a SenML version above ${baseVersionMax}`);
}

function wrongType(label: string, value: ResourceValue): FormatError {
  return formatError('type-mismatch', `the label "${label}" cannot hold a ${value.type}`);
}
