/**
 * What SenML means in LwM2M (RFC 8428; LwM2M 1.2 core 7.4.6, 7.4.7), apart from whether it came as JSON or CBOR: base name plus
 * name is a path, base time plus time an instant, both bases hold until they are replaced, each independently.
 *
 * Deviation: read tolerantly, names without their leading slash, without the alternate path, and a record without any name in the
 * answer of a single resource are taken; devices send them. Strictly they are refused.
 */
import { limits } from '../../base/limits.ts';
import { type FormatError, formatError, isFormatError } from '../format-error.ts';
import type { ObjectModel } from '../objects/model.ts';
import { depthOf, parsePath, type ResourcePath } from '../path.ts';
import { type Entry, noValue, type ResourceValue } from '../value.ts';
import { convertValue, wholeValue } from '../value-conversion.ts';

export interface SenmlContext {
  readonly base: ResourcePath;
  readonly model: ObjectModel;
  readonly rootPath: string;
  readonly receivedAtSeconds: number | undefined;
  readonly purpose: 'values' | 'paths' | 'etch';
  readonly strict: boolean;
}

/** One record, its labels read and its value checked for the label's type. */
export interface SenmlRecord {
  readonly baseName?: string;
  readonly baseTime?: number;
  readonly name?: string;
  readonly time?: number;
  /** How many value labels it had. */
  readonly values: number;
  readonly value?: ResourceValue;
  /** The whole number behind `value`, where that lost digits. */
  readonly exact?: bigint;
}

interface Base {
  name: string;
  time: number | undefined;
}

/** Times below this are relative to now (RFC 8428 section 4.5.3). */
const absoluteTimeFromSeconds = 2 ** 28;

/** The entries of a pack, whose items `recordOf` reads. Several entries of one path with different times are its history. */
export function entriesOfPack<Item>(
  items: readonly Item[],
  recordOf: (item: Item) => SenmlRecord | FormatError,
  context: SenmlContext,
): Entry[] | FormatError {
  const records: SenmlRecord[] = [];
  for (const item of items) {
    const record = recordOf(item);
    if (isFormatError(record)) return record;
    records.push(record);
  }
  return entriesOfRecords(records, context);
}

function entriesOfRecords(records: readonly SenmlRecord[], context: SenmlContext): Entry[] | FormatError {
  if (records.length > limits.formatEntriesMax) return formatError('too-many-entries', 'the pack has too many records');
  if (records.length === 0 && needsValue(context)) return formatError('missing-value', `no value for ${context.base}`);
  const base: Base = { name: '', time: undefined };
  const entries: Entry[] = [];
  const seen = new Set<string>();
  for (const record of records) {
    base.name = record.baseName ?? base.name;
    base.time = record.baseTime ?? base.time;
    const entry = entryOf(record, base, context);
    if (isFormatError(entry)) return entry;
    const key = `${entry.path} ${entry.timeSeconds}`;
    if (seen.has(key)) return formatError('duplicate', `${entry.path} stands twice with the same time`);
    seen.add(key);
    entries.push(entry);
  }
  return entries;
}

/** Whether a pack without records cannot be the answer: the path of the request is a resource that has one value. */
function needsValue({ base, model, purpose }: SenmlContext): boolean {
  return purpose === 'values' && depthOf(base) >= 3 && model.resource(base)?.multiple === false;
}

/** Whether zero bytes may stand for an empty pack: for objects and instances, and for a resource known to be multiple. */
export function mayBeEmpty({ base, model }: SenmlContext): boolean {
  return depthOf(base) < 3 || model.resource(base)?.multiple === true;
}

function entryOf(record: SenmlRecord, base: Base, context: SenmlContext): Entry | FormatError {
  const path = pathOfName(base.name + (record.name ?? ''), context);
  if (typeof path === 'object') return path;
  if (context.purpose === 'paths')
    return record.values > 0 || record.time !== undefined || record.baseTime !== undefined
      ? formatError('value-in-path-list', 'a list of paths has neither values nor times')
      : { path, value: noValue };
  const value = valueOfRecord(record, path, context);
  if (isFormatError(value)) return value;
  const timeSeconds = timeOf(record.time, base.time, context.receivedAtSeconds);
  return timeSeconds === undefined ? { path, value } : { path, value, timeSeconds };
}

function pathOfName(name: string, { base, rootPath, strict, purpose }: SenmlContext): ResourcePath | FormatError {
  if (name === '') {
    if (!strict && purpose === 'values' && depthOf(base) >= 3) return base;
    return formatError('no-name', 'a record has neither name nor base name');
  }
  const rooted = rootPath !== '/' && name.startsWith(`${rootPath}/`);
  if (rootPath !== '/' && !rooted && strict)
    return formatError('path-mismatch', `a name does not begin with ${rootPath}`);
  const plain = rooted ? name.slice(rootPath.length) : name;
  const path = strict && !plain.startsWith('/') ? undefined : parsePath(plain);
  if (path === undefined) return formatError('path', 'a name is no path of at most four numbers from 0 to 65534');
  if (purpose !== 'paths' && depthOf(path) < 3) return formatError('path', `${path} is no resource and has no value`);
  return path;
}

function valueOfRecord(
  record: SenmlRecord,
  path: ResourcePath,
  { model, purpose }: SenmlContext,
): ResourceValue | FormatError {
  const { value, exact } = record;
  if (record.values > 1) return formatError('several-values', `the record of ${path} has several values`);
  if (value === undefined) return formatError('missing-value', `the record of ${path} has no value`);
  if (value.type === 'none')
    return purpose === 'etch' ? value : formatError('null-value', `the value of ${path} is null`);
  const type = model.resource(path)?.type;
  if (type === undefined) return value;
  if (exact !== undefined && (type === 'integer' || type === 'unsigned' || type === 'time'))
    return wholeValue(exact, type);
  return convertValue(value, type);
}

function timeOf(time: number | undefined, baseTime: number | undefined, now: number | undefined): number | undefined {
  if (time === undefined && baseTime === undefined) return undefined;
  const sum = (baseTime ?? 0) + (time ?? 0);
  return now !== undefined && sum < absoluteTimeFromSeconds ? now + sum : sum;
}
