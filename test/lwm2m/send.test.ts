import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, noBytes, utf8Encode } from '../../src/base/bytes.ts';
import { builtInModel } from '../../src/lwm2m/objects/registry.ts';
import { pathOf } from '../../src/lwm2m/path.ts';
import { isRefusal } from '../../src/lwm2m/refusal.ts';
import { readSend } from '../../src/lwm2m/send.ts';

const device = { rootPath: '/', objectLinks: [pathOf(6, 0), pathOf(4, 0)].map((path) => ({ path, attributes: {} })) };
const example = '[{"n":"/6/0/0","v":43.61092},{"n":"/6/0/1","v":3.87723},{"n":"/4/0/2","v":-49}]';

test('the values of a Send are taken', () => {
  const result = send(110, utf8Encode(example));
  assert.deepEqual('entries' in result && result.entries, [
    { path: '/6/0/0', value: { type: 'float', value: 43.61092 } },
    { path: '/6/0/1', value: { type: 'float', value: 3.87723 } },
    { path: '/4/0/2', value: { type: 'integer', value: -49n } },
  ]);
});

test('relative times are made absolute by the time of arrival', () => {
  const payload = utf8Encode('[{"n":"/6/0/0","v":1,"t":-30},{"n":"/6/0/0","v":2,"bt":1700000000}]');
  const result = readSend({ contentFormat: 110, payload }, device, builtInModel, 1_700_000_100);
  const times = 'entries' in result && result.entries.map(({ timeSeconds }) => timeSeconds);
  assert.deepEqual(times, [1_700_000_070, 1_700_000_000]);
});

test('one object that is not registered refuses the whole with 4.04', () => {
  assert.equal(codeOf(110, utf8Encode('[{"n":"/6/0/0","v":1},{"n":"/3303/0/5700","v":1}]')), '4.04');
});

test('what cannot be read is 4.00, another format 4.15', () => {
  assert.equal(codeOf(110, utf8Encode('[{"n":"/6/0/0","vs":"north"}]')), '4.00');
  assert.equal(codeOf(112, noBytes), '4.00');
  assert.equal(codeOf(112, fromHex('80') ?? noBytes), '4.00');
  assert.equal(codeOf(undefined, utf8Encode(example)), '4.00');
  assert.equal(codeOf(11_542, noBytes), '4.15');
});

test('names may have the alternate path in front or not', () => {
  const rooted = { ...device, rootPath: '/lwm2m' };
  for (const name of ['/lwm2m/6/0/0', '/6/0/0']) {
    const payload = utf8Encode(`[{"n":"${name}","v":1}]`);
    const result = readSend({ contentFormat: 110, payload }, rooted, builtInModel);
    assert.equal('entries' in result && result.entries[0]?.path, '/6/0/0');
  }
});

function send(contentFormat: number | undefined, payload: Uint8Array) {
  return readSend({ contentFormat, payload }, device, builtInModel);
}

function codeOf(contentFormat: number | undefined, payload: Uint8Array): string {
  const result = send(contentFormat, payload);
  return isRefusal(result) ? result.code : 'taken';
}
