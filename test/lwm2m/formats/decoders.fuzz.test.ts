/**
 * Whatever bytes come, every decoder gives a value or a `FormatError`, never an exception, and in bounded time: random bytes, and
 * the test vectors with bytes changed, cut, doubled and inserted. What a decoder takes, its encoder can write and it reads the same.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concat, utf8Decode } from '../../../src/base/bytes.ts';
import { limits } from '../../../src/base/limits.ts';
import { contentFormats } from '../../../src/lwm2m/content-format.ts';
import { type Decoded, decodePayload } from '../../../src/lwm2m/decode-payload.ts';
import { encodePayload } from '../../../src/lwm2m/encode-payload.ts';
import { formatErrorCodes, isFormatError } from '../../../src/lwm2m/format-error.ts';
import { decodeLinks } from '../../../src/lwm2m/formats/link-format.ts';
import { emptyModel } from '../../../src/lwm2m/objects/model.ts';
import { builtInModel } from '../../../src/lwm2m/objects/registry.ts';
import { pathOf, type ResourcePath } from '../../../src/lwm2m/path.ts';
import { isRefusal } from '../../../src/lwm2m/refusal.ts';
import { strictRules, tolerantRules } from '../../../src/lwm2m/registration-parameters.ts';
import { parseRegister } from '../../../src/lwm2m/registration-request.ts';
import type { Entry } from '../../../src/lwm2m/value.ts';
import { pathIn, payloadOf, trackedVectors } from '../vectors.ts';

const formats = Object.values(contentFormats);
const bases = [pathOf(), pathOf(3), pathOf(3, 0), pathOf(3, 0, 9), pathOf(3, 0, 7, 1), pathOf(33_500, 0, 1)];
const seeds = ['tlv', 'senml-json', 'senml-cbor', 'cbor', 'text', 'link']
  .flatMap((kind) => trackedVectors(kind))
  .map((vector) => ({
    payload: payloadOf(vector),
    base: vector.kind === 'link' ? pathOf(3) : pathIn(vector.base || '/'),
  }));

test('random bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(...bases), (payload, base) =>
      decodeAll(payload, base),
    ),
    { seed: 3, numRuns: 2_000 },
  );
});

test('the vectors, damaged', () => {
  const damage = fc.array(fc.tuple(fc.nat(3), fc.nat(300), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.constantFrom(...seeds), damage, ({ payload, base }, changes) => {
      decodeAll(
        changes.reduce((bytes, [kind, at, byte]) => damaged(bytes, kind, at % (bytes.length + 1), byte), payload),
        base,
      );
    }),
    { seed: 4, numRuns: 4_000 },
  );
});

test('a megabyte of the worst is answered quickly', () => {
  const size = limits.bodyBytesMax;
  const started = performance.now();
  for (const pattern of [
    '[',
    '9f',
    '"\\',
    '[{"n":"',
    '[0,',
    '[00000000',
    '1',
    '</a>,',
    '</a>;b="',
    '</a',
    ';a',
    ' ',
    '\n',
    '\u0000',
    'ÿ',
    '\u0010\u0000',
  ]) {
    const bytes = repeated(Uint8Array.from([...pattern].map((character) => character.charCodeAt(0))), size);
    decodeAll(bytes, pathOf(3, 0));
    decodeAll(concat(bytes.subarray(0, size - 2), Uint8Array.of(0x22, 0x5d)), pathOf(3, 0, 0));
  }
  for (const byte of [0x00, 0x80, 0x81, 0x9f, 0xbf, 0x5f, 0x7f, 0xc1, 0xff])
    decodeAll(repeated(Uint8Array.of(byte), size), pathOf(3));
  assert.ok(performance.now() - started < 10_000);
});

test('a payload above the limit is not looked at', () => {
  const decoded = decodePayload(0, new Uint8Array(limits.bodyBytesMax + 1), pathOf(3, 0, 0), builtInModel);
  assert.equal('error' in decoded && decoded.error.formatError, 'too-long');
});

test('any Register is taken or refused', () => {
  const parameter = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom('ep=a', 'lt=60', 'lwm2m=1.1', 'b=UQ', 'Q', 'pid="a,b"'),
  );
  const rules = fc.constantFrom(strictRules, tolerantRules);
  fc.assert(
    fc.property(
      fc.array(parameter, { maxLength: 8 }),
      fc.uint8Array({ maxLength: 40 }),
      rules,
      (query, payload, rule) => {
        const result = parseRegister({ query, contentFormat: 40, payload }, undefined, rule);
        if (isRefusal(result)) assert.match(result.code, /^4\.(00|09|12|13|15)$/);
        else assert.ok(result.endpoint.length > 0);
      },
    ),
    { seed: 5, numRuns: 1_000 },
  );
});

function decodeAll(payload: Uint8Array, base: ResourcePath): void {
  for (const format of formats)
    for (const model of [builtInModel, emptyModel]) {
      const decoded = decodePayload(format, payload, base, model);
      checkResult(decoded);
      if ('entries' in decoded && payload.length < 4_096) checkEncoding(decoded, format, base, model);
    }
  const links = decodeLinks(payload);
  assert.ok(Array.isArray(links) || isFormatError(links));
}

function checkResult(decoded: Decoded): void {
  if ('entries' in decoded) return assert.ok(decoded.entries.length <= limits.formatEntriesMax);
  assert.ok(formatErrorCodes.includes(decoded.error.formatError));
  assert.ok(utf8Decode(new TextEncoder().encode(decoded.error.reason)));
}

function checkEncoding(
  decoded: Extract<Decoded, { entries: unknown }>,
  format: number,
  base: ResourcePath,
  model: typeof builtInModel,
) {
  const encoded = encodePayload(format, base, decoded.entries);
  // Some of what is read has no form to be written: NaN in JSON, untyped values, names outside the path.
  if (isFormatError(encoded)) return;
  const again = decodePayload(format, encoded, base, model);
  assert.deepEqual('entries' in again && again.entries.map(plain), decoded.entries.map(plain));
}

/** Without a definition a time comes back as an integer, and a whole float too: numbers are compared as numbers. */
function plain({ path, value, timeSeconds }: Entry): unknown {
  const raw = value.type === 'none' ? undefined : value.value;
  const isNumber = typeof raw === 'bigint' || typeof raw === 'number';
  return isNumber ? { path, number: Number(raw) + 0, timeSeconds } : { path, value, timeSeconds };
}

function damaged(bytes: Uint8Array, kind: number, at: number, byte: number): Uint8Array {
  const head = bytes.subarray(0, at);
  if (kind === 0) return concat(head, Uint8Array.of(byte), bytes.subarray(at + 1));
  if (kind === 1) return head;
  if (kind === 2) return concat(head, bytes.subarray(at / 2));
  return concat(head, Uint8Array.of(byte), bytes.subarray(at));
}

function repeated(pattern: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = pattern[at % pattern.length] as number;
  return bytes;
}
