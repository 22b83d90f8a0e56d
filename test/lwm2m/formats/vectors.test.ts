/** Every test vector of the formats, decoded strictly, and encoded where the vector says that it may give these bytes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../../src/base/bytes.ts';
import { decodePayload } from '../../../src/lwm2m/decode-payload.ts';
import { encodePayload } from '../../../src/lwm2m/encode-payload.ts';
import { isFormatError } from '../../../src/lwm2m/format-error.ts';
import {
  entriesOf,
  formatOf,
  implementationVectors,
  inVectorWords,
  modelOf,
  pathIn,
  payloadOf,
  skipImplementationVectors,
  trackedVectors,
  type Vector,
} from '../vectors.ts';

/** Our encoding differs from the vector's, legally: decoding it must give the same. */
const otherBytes = new Set([
  // An infinity fits a single-precision float as well as a double.
  'tlv-type-float64-inf',
  // Names are split into base name and name differently.
  'senml-json-base64url',
  'senml-cbor-objlnk',
]);

/** Refused for another of its faults: we look at a whole level before we look into its elements. */
const otherFault = new Map([
  ['tlv-spec-server-object-as-printed', 'truncated'],
  ['tlv-spec-objlnk-66-as-printed', 'duplicate'],
]);

const counts: Record<string, number> = {};

for (const kind of ['tlv', 'text', 'opaque', 'cbor', 'senml-json', 'senml-cbor'])
  test(`the ${kind} vectors of the specifications and our own`, () => {
    for (const vector of trackedVectors(kind)) check(vector);
    assert.ok((counts[kind] ?? 0) > 1);
  });

test('the vectors that are test cases of other implementations', { skip: skipImplementationVectors }, () => {
  for (const kind of ['tlv', 'text', 'opaque', 'cbor', 'senml-json', 'senml-cbor'])
    for (const vector of implementationVectors(kind)) check(vector);
});

function check(vector: Vector): void {
  if (vector.operation === 'execute') return;
  counts[vector.kind] = (counts[vector.kind] ?? 0) + 1;
  const decoded = decodeVector(vector, payloadOf(vector));
  if (!vector.valid) {
    assert.equal(
      'error' in decoded ? decoded.error.formatError : 'decoded',
      otherFault.get(vector.id) ?? vector.error,
      vector.id,
    );
    return;
  }
  if ('error' in decoded) assert.fail(`${vector.id}: ${decoded.error.formatError}, ${decoded.error.reason}`);
  assert.deepEqual(inVectorWords(decoded.entries), expectedOf(vector), vector.id);
  if (vector.direction === 'both') checkEncoding(vector);
}

function checkEncoding(vector: Vector): void {
  const purpose = vector.mode === 'paths' ? 'paths' : 'values';
  const withoutInstance = JSON.stringify(vector.expected).includes('/?/');
  const encoded = encodePayload(formatOf(vector), pathIn(vector.base), entriesOf(vector), { purpose, withoutInstance });
  if (isFormatError(encoded)) assert.fail(`${vector.id}: ${encoded.formatError}, ${encoded.reason}`);
  if (!otherBytes.has(vector.id)) assert.equal(toHex(encoded), toHex(payloadOf(vector)), vector.id);
  const again = decodeVector(vector, encoded);
  assert.deepEqual('entries' in again && inVectorWords(again.entries), expectedOf(vector), vector.id);
}

function decodeVector(vector: Vector, payload: Uint8Array) {
  return decodePayload(formatOf(vector), payload, pathIn(vector.base), modelOf(vector), {
    strict: true,
    purpose: vector.mode ?? 'values',
    rootPath: vector.root ?? '/',
  });
}

function expectedOf(vector: Vector): unknown {
  const round = (time: number) => Math.round(time * 1e6) / 1e6;
  return (vector.expected as { path: string; type: string; value: unknown; time?: number }[]).map((entry) => ({
    path: pathIn(entry.path),
    type: entry.type,
    value: entry.value,
    ...(entry.time === undefined ? {} : { time: round(entry.time) }),
  }));
}
