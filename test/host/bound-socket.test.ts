import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { boundSocket, canonicalAddress } from '../../src/host/bound-socket.ts';
import { StartError } from '../../src/host/start-error.ts';
import { descriptorOf } from './descriptor.ts';

for (const [type, host] of [
  ['udp4', '127.1.2.3'],
  ['udp4', '0.0.0.0'],
  ['udp6', '::1'],
  ['udp6', '::'],
] as const) {
  test(`the kernel tells the family and address of a socket at ${host}`, async () => {
    const socket = createSocket(type);
    socket.bind(0, host);
    await once(socket, 'listening');
    assert.deepEqual(boundSocket(descriptorOf(socket)), {
      family: type,
      bound: canonicalAddress(host, socket.address().port),
    });
    socket.close();
  });
}

test('one address has one text, whatever its spelling', () => {
  assert.equal(canonicalAddress('2001:DB8:0::00:1', 5684), '[2001:db8::1]:5684');
  assert.equal(canonicalAddress('fe80::1%eth0', 5684), '[fe80::1]:5684');
  assert.equal(canonicalAddress('192.0.2.1', 5684), '192.0.2.1:5684');
});

test('what is no UDP socket is refused', () => {
  for (const fd of [0, 9_999]) {
    assert.throws(
      () => boundSocket(fd),
      (error: unknown) => error instanceof StartError && error.exit === 30,
    );
  }
});
