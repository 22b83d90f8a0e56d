/** SenML (RFC 8428) as a simulated device writes and reads it, in JSON and CBOR; written anew here, to be independent. */
import { decode, encode } from 'cborg';

export type ResourceValue = string | number | boolean | Buffer;

export interface SenmlRecord {
  /** The whole path. */
  readonly name: string;
  readonly value: ResourceValue;
}

const json = 110;
const cbor = 112;

/** Labels in CBOR; in JSON the names are used. */
const labels = { bn: -2, n: 0, v: 2, vs: 3, vb: 4, vd: 8 } as const;

/** Undefined for other formats. */
export function encodeRecords(records: readonly SenmlRecord[], format: number): Buffer | undefined {
  if (format === json) {
    return Buffer.from(
      JSON.stringify(records.map(({ name, value }) => ({ n: name, [labelOf(value)]: inJson(value) }))),
    );
  }
  if (format !== cbor) return undefined;
  const maps = records.map(
    ({ name, value }) =>
      new Map<number, ResourceValue>([
        [labels.n, name],
        [labels[labelOf(value)], value],
      ]),
  );
  return Buffer.from(encode(maps));
}

/** Undefined for other formats and for what is not SenML. */
export function decodeRecords(payload: Buffer, format: number): SenmlRecord[] | undefined {
  try {
    if (format === json) return resolve(JSON.parse(payload.toString()) as Record<string, unknown>[], (word) => word);
    if (format !== cbor) return undefined;
    const maps = decode(payload, { useMaps: true }) as Map<number, unknown>[];
    const objects = maps.map((map) => Object.fromEntries([...map].map(([label, value]) => [String(label), value])));
    return resolve(objects, (word) => String(labels[word]));
  } catch {
    return undefined;
  }
}

type Word = keyof typeof labels;

function resolve(
  records: readonly Record<string, unknown>[],
  field: (word: Word) => string,
): SenmlRecord[] | undefined {
  let base = '';
  const resolved: SenmlRecord[] = [];
  for (const record of records) {
    base = String(record[field('bn')] ?? base);
    const value = record[field('v')] ?? record[field('vs')] ?? record[field('vb')] ?? octets(record[field('vd')]);
    if (!isValue(value)) return undefined;
    resolved.push({ name: base + String(record[field('n')] ?? ''), value });
  }
  return resolved;
}

/** In JSON octets are base64url (RFC 8428 section 5). */
function octets(data: unknown): Buffer | undefined {
  if (typeof data === 'string') return Buffer.from(data, 'base64url');
  return data instanceof Uint8Array ? Buffer.from(data) : undefined;
}

function inJson(value: ResourceValue): string | number | boolean {
  return Buffer.isBuffer(value) ? value.toString('base64url') : value;
}

export function isValue(value: unknown): value is ResourceValue {
  return ['string', 'number', 'boolean'].includes(typeof value) || Buffer.isBuffer(value);
}

function labelOf(value: ResourceValue): 'v' | 'vs' | 'vb' | 'vd' {
  if (Buffer.isBuffer(value)) return 'vd';
  if (typeof value === 'number') return 'v';
  return typeof value === 'string' ? 'vs' : 'vb';
}
