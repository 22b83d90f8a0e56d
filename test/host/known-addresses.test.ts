import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, address } from '../../src/base/address.ts';
import { limits } from '../../src/base/limits.ts';
import { KnownAddresses } from '../../src/host/known-addresses.ts';

test('a text is canonical, and leads back to host and port; also one that was never met', () => {
  const known = new KnownAddresses();
  for (const [host, port] of [
    ['192.0.2.17', 5684],
    ['192.0.2.17', 5683],
    ['::ffff:192.0.2.17', 5684],
    ['FE80::1%enp0s31F6', 40_000],
  ] as const)
    for (let time = 0; time < 2; time++) assert.equal(known.text(host, port), address(host, port));
  assert.deepEqual(known.target('[fe80::1%enp0s31F6]:40000' as Address), { host: 'fe80::1%enp0s31F6', port: 40_000 });
  assert.deepEqual(known.target('198.51.100.1:7' as Address), { host: '198.51.100.1', port: 7 });
});

test('strangers do not fill the memory', () => {
  const known = new KnownAddresses();
  const { targets, texts } = known as unknown as { targets: Map<unknown, unknown>; texts: Map<unknown, unknown> };
  for (let i = 0; i < limits.addressesKnownMax + 10; i++) known.text(`198.51.${i >> 8}.${i & 255}`, 5684);
  assert.deepEqual([targets.size, texts.size], [10, 10]);
  assert.equal(known.text('198.51.0.1', 5684), '198.51.0.1:5684');
});
