import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, hostAndPort } from '../../src/base/address.ts';

const forms: readonly (readonly [string, string])[] = [
  ['192.0.2.17', '192.0.2.17:5684'],
  ['2001:db8::1', '[2001:db8::1]:5684'],
  ['2001:DB8::A', '[2001:db8::a]:5684'],
  ['::1', '[::1]:5684'],
  ['fe80::1%eth0', '[fe80::1%eth0]:5684'],
  ['::ffff:192.0.2.17', '192.0.2.17:5684'],
  ['::FFFF:192.0.2.17', '192.0.2.17:5684'],
  // Not mapped: the IPv4-compatible form and a group that happens to be ffff.
  ['::192.0.2.17', '[::192.0.2.17]:5684'],
  ['::ffff:1', '[::ffff:1]:5684'],
];

for (const [host, written] of forms) {
  test(`${host} is written ${written}`, () => assert.equal(address(host, 5684), written));
}

test('interface names keep their case: it tells them apart', () => {
  assert.equal(address('FE80::1%enp0s31F6', 1), '[fe80::1%enp0s31F6]:1');
});

test('an address comes apart again', () => {
  for (const [host] of forms.slice(0, 5)) {
    const at = address(host, 61_234);
    assert.deepEqual(hostAndPort(at), { host: host.toLowerCase(), port: 61_234 });
  }
});
