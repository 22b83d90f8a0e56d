import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerConfiguration } from '../../src/api/configuration/configuration.ts';
import type { Address } from '../../src/base/address.ts';
import { canonicalAddress } from '../../src/host/bound-socket.ts';
import { listenerOptions, openListeners } from '../../src/host/listeners.ts';
import { StartError } from '../../src/host/start-error.ts';

const four = listener('ipv4', '0.0.0.0');
const six = listener('ipv6', '::');

test('an IPv6 wildcard leaves IPv4 to a listener of its own, and takes it where there is none', () => {
  assert.deepEqual(
    listenerOptions([four, six], []).map(({ name, dualStack }) => [name, dualStack]),
    [
      ['ipv4', false],
      ['ipv6', false],
    ],
  );
  assert.equal(listenerOptions([six], [])[0]?.dualStack, true);
  assert.equal(listenerOptions([{ ...four, enabled: false }, six], [])[0]?.dualStack, true);
  assert.equal(listenerOptions([{ ...four, port: 1 }, six], [])[1]?.dualStack, true);
});

test('a socket that was handed in serves the listener of its name', () => {
  const held = { fd: 4, name: 'ipv6', family: 'udp6', bound: '[::1]:9' as Address } as const;
  const [first, second] = listenerOptions([four, six], [held]);
  assert.equal(first?.inherited, undefined);
  assert.deepEqual(second?.inherited, { fd: 4, family: 'udp6' });
});

test('sockets of one unit have one name and are told apart by their addresses', () => {
  const unit = 'holdfast.socket';
  const sockets = [
    { fd: 3, name: unit, family: 'udp6', bound: canonicalAddress('0:0::0', 5684) },
    { fd: 4, name: unit, family: 'udp4', bound: canonicalAddress('0.0.0.0', 5684) },
  ] as const;
  assert.deepEqual(
    listenerOptions([four, six], sockets).map(({ inherited }) => inherited?.fd),
    [4, 3],
  );
});

test('plain CoAP is called so', () => {
  assert.deepEqual(
    listenerOptions([four, { ...listener('nosec', '127.0.0.1'), security: 'none' }], []).map(({ scheme }) => scheme),
    ['coaps', 'coap'],
  );
});

test('a socket without a listener, and no listener at all, are mistakes', () => {
  const held = { fd: 3, name: 'holdfast.socket', family: 'udp4', bound: '127.0.0.1:9' as Address } as const;
  assert.throws(() => listenerOptions([four], [held]), refusal(/handed in, but no listener has that name or address/));
  const twice = { ...held, name: 'ipv4' };
  assert.throws(() => listenerOptions([four], [twice, { ...twice, fd: 4 }]), refusal(/handed in/));
  assert.throws(() => listenerOptions([{ ...four, enabled: false }], []), refusal(/no listener is enabled/));
});

test('when one of them cannot be opened none stays open', async () => {
  const local = { ...listener('a', '127.0.0.1'), port: 0 };
  await assert.rejects(
    openListeners([local, { ...listener('b', '192.0.2.1'), port: 0 }], []),
    refusal(/192\.0\.2\.1 is not an address of this machine/),
  );
  const [one] = await openListeners([local], []);
  assert.match(one?.url ?? '', /^coaps:\/\/127\.0\.0\.1:\d+$/);
  one?.close();
});

function listener(name: string, address: string): ListenerConfiguration {
  return { name, address, port: 5684, security: 'psk', enabled: true };
}

function refusal(sentence: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof StartError && error.exit === 30 && sentence.test(error.message);
}
