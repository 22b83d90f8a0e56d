/**
 * The test vectors of the formats and of Register: those from specifications and our own stand in `test/vectors/lwm2m.json`; those
 * that are other implementations' test cases are read from a folder beside the repository where it is present. A vector is
 * compared in the words of its file: decimal strings for integers, hex for opaque, `66:0` for object links.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromHex, toHex, utf8Encode } from '../../src/base/bytes.ts';
import { contentFormats } from '../../src/lwm2m/content-format.ts';
import type { ObjectModel } from '../../src/lwm2m/objects/model.ts';
import { depthOf, parsePath, type ResourcePath, segmentsOf, upTo } from '../../src/lwm2m/path.ts';
import { type Entry, parseObjectLink, type ResourceValue, type ValueType } from '../../src/lwm2m/value.ts';

export interface ExpectedEntry {
  readonly path: string;
  readonly type: ValueType;
  readonly value: unknown;
  readonly time?: number;
}

export interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly source: string;
  readonly origin: 'standard' | 'own' | 'implementation';
  readonly direction: 'both' | 'decode';
  readonly base: string;
  readonly hex?: string;
  readonly text?: string;
  readonly query?: readonly string[];
  readonly expected: unknown;
  readonly types?: Readonly<Record<string, ValueType>>;
  readonly mode?: 'paths' | 'etch';
  readonly root?: string;
  readonly multiple?: boolean;
  readonly operation?: string;
  readonly valid: boolean;
  readonly error?: string;
  readonly policy?: boolean;
}

export const repositoryRoot = findRoot(dirname(fileURLToPath(import.meta.url)));
const besideRepository = join(repositoryRoot, '..', 'shared', 'vectors', 'lwm2m.json');

/** Why the vectors of other implementations cannot be run, or false. */
export const skipImplementationVectors: string | false = existsSync(besideRepository)
  ? false
  : 'the vectors of other implementations are not beside this repository';

export function trackedVectors(kind: string): Vector[] {
  return read(join(repositoryRoot, 'test', 'vectors', 'lwm2m.json')).filter((vector) => vector.kind === kind);
}

export function implementationVectors(kind: string): Vector[] {
  if (skipImplementationVectors) return [];
  return read(besideRepository).filter((vector) => vector.kind === kind && vector.origin === 'implementation');
}

export function payloadOf(vector: Vector): Uint8Array {
  return vector.hex === undefined ? utf8Encode(vector.text ?? '') : (fromHex(vector.hex) as Uint8Array);
}

/** `?` is the instance that the client chooses: it is read as instance 0 of a single-instance object. */
export function pathIn(text: string): ResourcePath {
  const path = parsePath(text.replace('?', '0'));
  if (path === undefined) throw new Error(`no path: ${text}`);
  return path;
}

export function formatOf(vector: Vector): number {
  if (vector.mode === 'etch') return vector.kind === 'senml-json' ? 320 : 322;
  return contentFormats[vector.kind as keyof typeof contentFormats];
}

/** A model that gives each path of the vector the type that the vector gives it. */
export function modelOf(vector: Vector): ObjectModel {
  const types = new Map<string, ValueType>(Object.entries(vector.types ?? {}));
  for (const entry of (vector.expected as ExpectedEntry[] | null) ?? [])
    if ('type' in entry && entry.type !== 'none') types.set(upTo(pathIn(entry.path), 3), entry.type);
  const unknown = types.size === 0 && vector.multiple === undefined;
  return {
    object: (id) => ({
      id,
      name: '',
      multiple: !JSON.stringify(vector.expected).includes('/?/'),
      resources: new Map(),
    }),
    resource: (path) => {
      const type = types.get(upTo(path, 3)) ?? types.get(path);
      if (unknown || (type === undefined && !vector.multiple)) return undefined;
      const id = segmentsOf(path)[2] as number;
      const multiple = vector.multiple ?? (depthOf(path) === 4 && types.has(path));
      return { id, name: '', type: type ?? 'integer', operations: 'RW', multiple, mandatory: false };
    },
  };
}

/** The entries of a vector as values of ours. */
export function entriesOf(vector: Vector): Entry[] {
  return (vector.expected as ExpectedEntry[]).map((expected) => ({
    path: pathIn(expected.path),
    value: valueInWords(expected),
    ...(expected.time === undefined ? {} : { timeSeconds: expected.time }),
  }));
}

/** Our entries in the words of the vectors. Times are rounded to microseconds. */
export function inVectorWords(entries: readonly Entry[]): unknown[] {
  return entries.map(({ path, value, timeSeconds }) => ({
    path,
    type: value.type,
    value: wordOf(value),
    ...(timeSeconds === undefined ? {} : { time: Math.round(timeSeconds * 1e6) / 1e6 }),
  }));
}

function valueInWords({ type, value }: ExpectedEntry): ResourceValue {
  if (type === 'integer' || type === 'unsigned' || type === 'time') return { type, value: BigInt(value as string) };
  if (type === 'float') return { type, value: Number(value) };
  if (type === 'opaque') return { type, value: fromHex(value as string) as Uint8Array };
  if (type === 'objlnk') return { type, value: parseObjectLink(value as string) ?? { objectId: 0, instanceId: 0 } };
  return { type, value } as ResourceValue;
}

function wordOf(value: ResourceValue): unknown {
  switch (value.type) {
    case 'integer':
    case 'unsigned':
    case 'time':
      return value.value.toString();
    case 'float':
      return Number.isFinite(value.value) ? value.value : String(value.value);
    case 'opaque':
    case 'untyped':
      return toHex(value.value);
    case 'objlnk':
      return `${value.value.objectId}:${value.value.instanceId}`;
    case 'none':
      return null;
    default:
      return value.value;
  }
}

function read(file: string): Vector[] {
  return JSON.parse(readFileSync(file, 'utf8')) as Vector[];
}

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}
