/** SenML (RFC 8428) as a simulated device writes and reads it, in JSON and CBOR; written anew here, to be independent. */
import { decode, encode } from 'cborg';

export interface SenmlRecord {
  /** The whole path. */
  readonly name: string;
  readonly value: string | number | boolean;
}

const json = 110;
const cbor = 112;

/** Labels in CBOR; in JSON the names are used. */
const labels = { bn: -2, n: 0, v: 2, vs: 3, vb: 4 } as const;

/** Undefined for other formats. */
export function encodeRecords(records: readonly SenmlRecord[], format: number): Buffer | undefined {
  if (format === json) {
    return Buffer.from(JSON.stringify(records.map(({ name, value }) => ({ n: name, [labelOf(value)]: value }))));
  }
  if (format !== cbor) return undefined;
  const maps = records.map(
    ({ name, value }) =>
      new Map<number, string | number | boolean>([
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
    const value = record[field('v')] ?? record[field('vs')] ?? record[field('vb')];
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
    resolved.push({ name: base + String(record[field('n')] ?? ''), value });
  }
  return resolved;
}

function labelOf(value: string | number | boolean): 'v' | 'vs' | 'vb' {
  if (typeof value === 'number') return 'v';
  return typeof value === 'string' ? 'vs' : 'vb';
}
