/** What a ClientHello offers, for an operator's eyes. By hand after RFC 6347 section 4.3.2. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex } from '../../src/base/bytes.ts';
import { offeredSuites } from '../../src/dtls/offered-suites.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex.replaceAll(' ', '')) ?? assert.fail(hex);
const random = '5a'.repeat(32);

function hello(suites: string, { cookie = '00', session = '00' } = {}): Uint8Array {
  const body = `fefd ${random} ${session} ${cookie} ${suites} 0100`.replaceAll(' ', '');
  const length = (body.length / 2).toString(16).padStart(6, '0');
  const recordLength = (body.length / 2 + 12).toString(16).padStart(4, '0');
  return bytes(`16 feff 0000 000000000001 ${recordLength} 01 ${length} 0001 000000 ${length} ${body}`);
}

test('names where they are known, numbers where not, signals not at all', () => {
  assert.deepEqual(offeredSuites(hello('0008 00ae c02b 1301 00ff')), [
    'TLS_PSK_WITH_AES_128_CBC_SHA256',
    'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
    '0x1301',
  ]);
});

test('session id and cookie stand before them', () => {
  const offered = offeredSuites(hello('0002 008c', { session: '02 aabb', cookie: '03 010203' }));
  assert.deepEqual(offered, ['TLS_PSK_WITH_AES_128_CBC_SHA']);
});

test('what is no whole ClientHello offers nothing that is known', () => {
  const whole = hello('0002 008c');
  const suitesEnd = whole.length - 2;
  for (let length = 0; length < suitesEnd; length++) assert.equal(offeredSuites(whole.subarray(0, length)), undefined);
  assert.equal(offeredSuites(hello('ffff 008c')), undefined);
  assert.equal(offeredSuites(hello('0002 008c', { session: 'ff' })), undefined);
});

test('any bytes are read without harm', () => {
  const property = fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
    offeredSuites(noise);
    offeredSuites(hello('0002 008c').map((byte, i) => byte ^ (noise[i] ?? 0)));
  });
  fc.assert(property, { seed: 11, numRuns: 300 });
});
