import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, noBytes, utf8Encode } from '../../../src/base/bytes.ts';
import type { ResponseCode } from '../../../src/coap/code.ts';
import { builtInModel } from '../../../src/lwm2m/objects/registry.ts';
import { changeAnswer, type DeviceAnswer, discoverAnswer, readAnswer } from '../../../src/lwm2m/operations/answer.ts';
import { pathOf } from '../../../src/lwm2m/path.ts';

const temperature = pathOf(3303, 0, 5700);

test('values come in whatever format the device chose', () => {
  for (const [format, payload] of [
    [0, utf8Encode('21.5')],
    [11_542, fromHex('e4164441ac0000')],
    [1_542, fromHex('e4164441ac0000')],
    [110, utf8Encode('[{"bn":"/3303/0","n":"/5700","v":21.5}]')],
    [60, fromHex('fa41ac0000')],
  ] as const) {
    const read = readAnswer(answer('2.05', payload ?? noBytes, format), temperature, builtInModel);
    assert.deepEqual(read.kind === 'values' && read.entries, [
      { path: temperature, value: { type: 'float', value: 21.5 } },
    ]);
  }
});

test('without Content-Format a resource is text, an empty object is empty, anything else cannot be read', () => {
  const text = readAnswer(answer('2.05', utf8Encode('21.5')), temperature, builtInModel);
  assert.deepEqual(text.kind === 'values' && text.entries[0]?.value, { type: 'float', value: 21.5 });
  const empty = readAnswer(answer('2.05', noBytes), pathOf(2), builtInModel);
  assert.deepEqual(empty.kind === 'values' && empty.entries, []);
  const untold = readAnswer(answer('2.05', utf8Encode('x')), pathOf(3, 0), builtInModel);
  assert.equal(untold.kind === 'unreadable' && untold.error.formatError, 'unsupported-format');
});

test('an unknown object is read as it comes', () => {
  const unknown = pathOf(33_500, 0, 1);
  const text = readAnswer(answer('2.05', utf8Encode('21.5'), 0), unknown, builtInModel);
  const value = { type: 'untyped', value: utf8Encode('21.5'), from: 'text' };
  assert.deepEqual(text.kind === 'values' && text.entries, [{ path: unknown, value }]);
  const typed = readAnswer(answer('2.05', utf8Encode('[{"n":"/33500/0/1","v":21.5}]'), 110), unknown, builtInModel);
  assert.deepEqual(typed.kind === 'values' && typed.entries[0]?.value, { type: 'float', value: 21.5 });
});

test('any 4.xx and 5.xx is a refusal, with the text that came with it', () => {
  const refused = readAnswer(answer('4.05', utf8Encode('no way')), temperature, builtInModel);
  assert.deepEqual(refused, { kind: 'refused', code: '4.05', diagnostic: 'no way' });
  assert.deepEqual(changeAnswer(answer('5.77', noBytes), '/'), {
    kind: 'refused',
    code: '5.77',
    diagnostic: undefined,
  });
  const long = changeAnswer(answer('4.00', utf8Encode('x'.repeat(9_999))), '/');
  assert.equal(long.kind === 'refused' && long.diagnostic?.length, 200);
});

test('a payload that breaks its format, or a format not read, is told as such', () => {
  const broken = readAnswer(answer('2.05', Uint8Array.of(0xff), 112), pathOf(3, 0), builtInModel);
  assert.equal(broken.kind === 'unreadable' && broken.error.formatError, 'syntax');
  const unread = readAnswer(answer('2.05', noBytes, 11_544), pathOf(3, 0), builtInModel);
  assert.equal(unread.kind === 'unreadable' && unread.error.formatError, 'unsupported-format');
});

test('links are told without alternate path and trailing slash', () => {
  const payload = utf8Encode('</lwm2m/3303/0>;pmin=10, </lwm2m/3303/0/5700/>;gt=30');
  assert.deepEqual(discoverAnswer(answer('2.05', payload, 40), '/lwm2m'), {
    kind: 'links',
    code: '2.05',
    links: [
      { uri: '/3303/0', attributes: { pmin: '10' } },
      { uri: '/3303/0/5700', attributes: { gt: '30' } },
    ],
  });
  assert.equal(discoverAnswer(answer('2.05', utf8Encode('x'), 40), '/').kind, 'unreadable');
  assert.equal(discoverAnswer(answer('2.05', payload, 0), '/').kind, 'unreadable');
  assert.equal(discoverAnswer(answer('4.04', noBytes), '/').kind, 'refused');
});

test('a Create says where, when the device says it', () => {
  const created = (location: string[], root: string) =>
    changeAnswer(answer('2.01', noBytes, undefined, location), root);
  assert.deepEqual(created(['2', '7'], '/'), { kind: 'done', code: '2.01', location: '/2/7' });
  assert.deepEqual(created(['lwm2m', '2', '7'], '/lwm2m'), { kind: 'done', code: '2.01', location: '/2/7' });
  for (const location of [[], ['x'], ['2'], ['2', '7', '1']])
    assert.deepEqual(created(location, '/'), { kind: 'done', code: '2.01', location: undefined });
});

function answer(
  code: ResponseCode,
  payload: Uint8Array,
  contentFormat?: number,
  locationPath: readonly string[] = [],
): DeviceAnswer {
  return { code, payload, contentFormat, locationPath };
}
