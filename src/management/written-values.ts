/**
 * The values of a Write as people type them: text whose reading depends on the type. The type comes from the suffix, else from
 * the object's definition, else from the newest value that was observed at the path. Never guessed.
 */
import { isValueType } from '../api/device-path.ts';
import { type ErrorDetails, errorDetails } from '../api/error-codes.ts';
import { badValue, notAPath, typeUnknown } from '../api/error-texts.ts';
import type { WrittenValue } from '../api/operation-request.ts';
import { fromHex, utf8Decode } from '../base/bytes.ts';
import {
  depthOf,
  type Entry,
  isNotAValue,
  type ObjectModel,
  parsePath,
  parseTextValue,
  type ResourcePath,
  type ResourceValue,
  upTo,
  type ValueType,
} from '../gateway/texts.ts';
import type { DeviceDetail } from '../gateway/views.ts';
import { typeOfWord, typeWord } from './value-body.ts';

/** One Write: what of it stands at which path. */
export interface WriteOperation {
  readonly path: ResourcePath;
  readonly entries: readonly Entry[];
}

/** What is known where values are read. */
export interface ValueContext {
  readonly device: DeviceDetail;
  readonly model: ObjectModel;
  /** For `now` as a time. */
  readonly wallNow: number | undefined;
}

/** The Write that the values make, or the first thing wrong with them. */
export function writeOperation(values: readonly WrittenValue[], context: ValueContext): WriteOperation | ErrorDetails {
  const entries: Entry[] = [];
  for (const value of values) {
    const entry = writtenEntry(value, context);
    if ('code' in entry) return entry;
    entries.push(entry);
  }
  const paths = entries.map((entry) => entry.path);
  const [first] = paths;
  if (first === undefined) return errorDetails('BAD_REQUEST', 'A write needs a value. Nothing was sent.');
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) return errorDetails('BAD_VALUE', `${twice} is given twice. Nothing was sent.`);
  const path = paths.length === 1 ? first : commonPath(paths, first);
  return path === undefined
    ? errorDetails('BAD_VALUE', 'One write is for resources of one instance. Nothing was sent.')
    : { path, entries };
}

/** The resource of several of its instances, or the instance of several resources. */
function commonPath(paths: readonly ResourcePath[], first: ResourcePath): ResourcePath | undefined {
  const resource = upTo(first, 3);
  if (paths.every((path) => depthOf(path) === 4 && upTo(path, 3) === resource)) return resource;
  const instance = upTo(first, 2);
  return paths.every((path) => upTo(path, 2) === instance) ? instance : undefined;
}

function writtenEntry(written: WrittenValue, context: ValueContext): Entry | ErrorDetails {
  const path = parsePath(written.path);
  if (path === undefined) return notAPath(written.path);
  if (depthOf(path) < 3) return errorDetails('BAD_PATH', `${path} is no resource: a value is written to one.`);
  const type = typeFor(path, written, context);
  if (typeof type !== 'string') return type;
  const value =
    written.fileHex === null
      ? typed(written.text ?? '', type, path, context)
      : fromFile(written.fileHex, type, path, context);
  return 'code' in value ? value : { path, value };
}

function typeFor(path: ResourcePath, written: WrittenValue, { device, model }: ValueContext): ValueType | ErrorDetails {
  const { type } = written;
  if (type !== null) {
    return isValueType(type)
      ? typeOfWord(type)
      : errorDetails('BAD_VALUE', `"${type}" is not a type: int uint float bool string opaque time objlnk corelnk.`);
  }
  const known = model.resource(path)?.type ?? observedType(path, device);
  if (known === undefined) return typeUnknown(device.endpoint, path, written.text ?? '@FILE');
  return known === 'none'
    ? errorDetails('BAD_VALUE', `${path} has no value: it is executed. Nothing was sent.`)
    : known;
}

function observedType(path: ResourcePath, device: DeviceDetail): ValueType | undefined {
  const type = device.observationList.find((observation) => observation.entry?.path === path)?.entry?.value.type;
  return type === 'untyped' || type === 'none' ? undefined : type;
}

function typed(
  text: string,
  type: ValueType,
  path: ResourcePath,
  { model, wallNow }: ValueContext,
): ResourceValue | ErrorDetails {
  const value = parseTextValue(text, type, wallNow === undefined ? undefined : wallNow / 1_000);
  if (!isNotAValue(value)) return value;
  return badValue(text, typeWord(type), path, model.resource(path)?.name ?? null, value.hint ?? null);
}

/** Opaque takes the bytes of a file as they are; for other types they are text, less one final newline. */
function fromFile(
  hex: string,
  type: ValueType,
  path: ResourcePath,
  context: ValueContext,
): ResourceValue | ErrorDetails {
  const bytes = fromHex(hex);
  if (bytes === undefined) return errorDetails('BAD_REQUEST', '"fileHex" is not hex.');
  if (type === 'opaque') return { type, value: bytes };
  const text = utf8Decode(bytes);
  if (text === undefined) return errorDetails('BAD_VALUE', `The file for ${path} is not UTF-8 text. Nothing was sent.`);
  return typed(text.replace(/\r?\n$/, ''), type, path, context);
}
