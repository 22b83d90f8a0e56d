import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8Encode } from '../../../src/base/bytes.ts';
import { isFormatError } from '../../../src/lwm2m/format-error.ts';
import { decodeLinks } from '../../../src/lwm2m/formats/link-format.ts';
import {
  implementationVectors,
  payloadOf,
  skipImplementationVectors,
  trackedVectors,
  type Vector,
} from '../vectors.ts';

test('the vectors of the specifications and our own', () => {
  const vectors = trackedVectors('link');
  assert.ok(vectors.length >= 15);
  for (const vector of vectors) check(vector);
});

test('the vectors of other implementations', { skip: skipImplementationVectors }, () => {
  for (const vector of implementationVectors('link')) check(vector);
});

test('of an attribute that stands twice the first counts', () => {
  const links = decodeLinks(utf8Encode('</1>;rt="a";rt="b"'));
  assert.deepEqual(
    links,
    [{ uri: '/1', attributes: { rt: 'a' }, end: 18 }].map(({ uri, attributes }) => ({ uri, attributes })),
  );
});

test('attributes without end are refused', () => {
  const many = Array.from({ length: 100 }, (_, i) => `;a${i}=1`).join('');
  const result = decodeLinks(utf8Encode(`</1>${many}`));
  assert.equal(isFormatError(result) && result.formatError, 'too-many-entries');
});

test('bytes that are no UTF-8 are refused', () => {
  const result = decodeLinks(Uint8Array.of(0x3c, 0x2f, 0xc3, 0x28, 0x3e));
  assert.equal(isFormatError(result) && result.formatError, 'utf8');
});

function check(vector: Vector): void {
  const links = decodeLinks(payloadOf(vector));
  if (!vector.valid) {
    assert.equal(isFormatError(links) && links.formatError, vector.error, vector.id);
    return;
  }
  if (isFormatError(links)) assert.fail(`${vector.id}: ${links.reason}`);
  const expected = (vector.expected as { uri: string; attrs: object }[]).map(({ uri, attrs }) => ({
    uri,
    attributes: attrs,
  }));
  assert.deepEqual(links, expected, vector.id);
}
