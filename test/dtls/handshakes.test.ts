/** From a stranger's first datagram to an established association, and every way in which it ends before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8Encode } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import { firstDatagram } from '../mbedtls-wasm/pair.ts';
import { at, DtlsWorld, field, peerOf } from './dtls-world.ts';

test('a stranger is asked for a cookie, and nothing is kept of him', () => {
  const world = new DtlsWorld();
  const device = world.device();
  const sent = world.receive(device.address, firstDatagram(device.connection.start()));
  assert.deepEqual(
    sent.map(({ listener, to }) => [listener, to]),
    [[field, device.address]],
  );
  assert.equal(world.endpoint.routes.byId.size, 0);
  assert.deepEqual(world.events, []);
});

test('a cookie is good for its own address only', () => {
  const world = new DtlsWorld();
  const hello = world.device().hello();
  assert.equal(world.receive(at('192.0.2.18'), hello).length, 1);
  assert.equal(world.endpoint.routes.byId.size, 0);
});

test('a handshake makes one association, told once', () => {
  const world = new DtlsWorld();
  const device = world.device();
  device.handshake();
  const [association] = world.endpoint.routes.ofPeer(peerOf('meter-17'));
  assert.ok(association);
  assert.deepEqual(world.events, [
    {
      kind: 'established',
      peer: peerOf('meter-17'),
      association: association.id,
      resumed: false,
      role: 'server',
      offered: undefined,
    },
  ]);
  const { identity, suite, usesConnectionId, primaryAddress } = association;
  assert.deepEqual(
    [identity, suite, usesConnectionId, primaryAddress],
    ['meter-17', 'TLS_PSK_WITH_AES_128_CCM_8', true, device.address],
  );
  assert.deepEqual(world.endpoint.counts, { handshakes: 1, resumptions: 0 });
  assert.deepEqual(device.say('up'), ['up']);
  assert.deepEqual(device.hears('down'), ['down']);
});

test('connection IDs begin with the byte that is reserved for the instance', () => {
  const world = new DtlsWorld();
  world.established();
  assert.match([...world.endpoint.routes.byId.keys()].join(), /^00[0-9a-f]{14}$/);
});

test('a device without connection IDs is found by its address, and only there', () => {
  const world = new DtlsWorld();
  const device = world.established({ connectionId: false });
  assert.deepEqual(device.say('here'), ['here']);
  device.address = at('192.0.2.99');
  assert.deepEqual(device.say('elsewhere'), []);
  assert.deepEqual(world.drops(), ['no-association']);
});

test('a device with a connection ID is found wherever it is', () => {
  const world = new DtlsWorld();
  const device = world.established();
  device.address = at('192.0.2.99', 61_000);
  assert.deepEqual(device.say('elsewhere'), ['elsewhere']);
});

test('a connection ID is good on its own listener only', () => {
  const world = new DtlsWorld();
  const device = world.established();
  const { events } = world.endpoint.receive('lab' as typeof field, device.address, device.sealed('x'), world.now);
  assert.deepEqual(
    events.map((event) => event.kind === 'drop' && event.reason),
    ['no-association'],
  );
});

test('an unknown identity is named once; the rest of its flight finds nobody', () => {
  const world = new DtlsWorld();
  const device = world.device({ identity: 'stranger' });
  device.exchange([device.hello()]);
  assert.deepEqual(world.drops(), ['unknown-identity stranger', 'no-association', 'no-association']);
  assert.equal(world.endpoint.routes.byId.size, 0);
});

test('an identity that is no text, or too long, is unknown', () => {
  const world = new DtlsWorld();
  const device = world.device({ identity: 'x'.repeat(limits.pskIdentityBytesMax + 1) });
  device.exchange([device.hello()]);
  assert.equal(world.drops()[0], 'unknown-identity (not text)');
});

test('a wrong key is told once, with the identity', () => {
  const world = new DtlsWorld();
  const device = world.device({ key: utf8Encode('not the right one') });
  device.exchange([device.hello()]);
  assert.deepEqual(world.drops(), ['wrong-key meter-17']);
});

test('a wrong key without connection IDs is told once, too', () => {
  const world = new DtlsWorld();
  const device = world.device({ key: utf8Encode('not the right one'), connectionId: false });
  device.exchange([device.hello()]);
  assert.deepEqual(world.drops(), ['wrong-key meter-17']);
});

test('no common cipher suite is told', () => {
  const world = new DtlsWorld();
  const device = world.device({ suites: ['TLS_PSK_WITH_CHACHA20_POLY1305_SHA256'] });
  device.exchange([device.hello()]);
  assert.deepEqual(world.drops(), ['no-common-cipher-suite']);
  assert.equal(world.endpoint.routes.byId.size, 0);
});

test('a handshake that is not answered sends its flight again, then ends', () => {
  const world = new DtlsWorld();
  const device = world.device();
  world.receive(device.address, device.hello());
  const sent = world.pass(300_000);
  assert.ok(sent.length >= 3 && sent.every(({ to }) => to === device.address));
  assert.deepEqual(world.drops(), ['handshake-timeout']);
  assert.equal(world.endpoint.nextDeadline(), undefined);
  assert.equal(world.endpoint.routes.byId.size, 0);
});

test('a time-out does not bear the name of the last stranger', () => {
  const world = new DtlsWorld();
  const silent = world.device();
  world.receive(silent.address, silent.hello());
  const stranger = world.device({ identity: 'stranger', address: at('192.0.2.66') });
  stranger.exchange([stranger.hello()]);
  world.looked('drop');
  world.pass(300_000);
  assert.deepEqual(world.drops(), ['handshake-timeout']);
});

test('the same ClientHello again goes to the handshake that it opened', () => {
  const world = new DtlsWorld();
  const device = world.device();
  const hello = device.hello();
  const flight = world.receive(device.address, hello);
  const [open] = world.endpoint.routes.byId.keys();
  world.clock.monotonicMs += 5_000;
  world.receive(device.address, hello);
  assert.deepEqual([...world.endpoint.routes.byId.keys()], [open]);
  assert.deepEqual(world.drops(), []);
  device.exchange(flight.flatMap((datagram) => device.take(datagram)));
  assert.equal(device.connection.established, true);
});

test('the ClientHello of a completed handshake opens no other one', () => {
  const world = new DtlsWorld();
  const device = world.device();
  const hello = device.hello();
  device.exchange([hello]);
  assert.equal(device.connection.established, true);
  world.events = [];
  assert.deepEqual(world.receive(device.address, hello), []);
  assert.deepEqual(world.drops(), ['replayed-record']);
  assert.equal(world.endpoint.routes.byId.size, 1);
  assert.deepEqual([device.say('up'), device.hears('down')], [['up'], ['down']]);
});

test('another ClientHello replaces an open handshake, at most once in 2 s', () => {
  const world = new DtlsWorld();
  const [first, second] = [world.device(), world.device()];
  const hellos = [first.hello(), second.hello()] as const;
  world.receive(first.address, hellos[0]);
  const [open] = world.endpoint.routes.byId.keys();
  world.clock.monotonicMs += limits.clientHelloReplaceMinMs - 1;
  assert.deepEqual(world.receive(first.address, hellos[1]), []);
  assert.deepEqual(world.drops(), ['client-hello-too-soon']);
  assert.deepEqual([...world.endpoint.routes.byId.keys()], [open]);
  world.clock.monotonicMs += 1;
  second.exchange([hellos[1]]);
  assert.equal(second.connection.established, true);
  assert.equal(world.endpoint.routes.byId.has(open ?? ''), false);
});

test('a host has so many handshakes open, and others still come in', () => {
  const world = new DtlsWorld();
  const max = limits.handshakesPendingPerSourceMax;
  for (let port = 1; port <= max + 1; port++) open(world, '192.0.2.66', port);
  assert.equal(world.endpoint.routes.byId.size, max);
  assert.deepEqual(world.drops(), ['too-many-handshakes']);
  assert.deepEqual(world.established().say('hello'), ['hello']);
  world.pass(300_000);
  world.looked('drop');
  open(world, '192.0.2.66', 1);
  assert.deepEqual(world.drops(), []);
});

test('all hosts together have so many handshakes open; each that ends makes room', () => {
  const world = new DtlsWorld();
  const max = limits.handshakesPendingMax;
  for (let i = 0; i < max; i++) open(world, `192.0.2.${1 + (i % 250)}`, 1 + i);
  const device = world.device({ address: at('198.51.100.1') });
  const hello = device.hello();
  assert.deepEqual(world.receive(device.address, hello), []);
  assert.deepEqual(world.drops(), ['too-many-handshakes']);
  const stranger = world.device({ identity: 'stranger', address: at('192.0.2.1', 1) });
  world.clock.monotonicMs += limits.clientHelloReplaceMinMs;
  stranger.exchange([stranger.hello()]);
  assert.deepEqual(world.drops(), ['unknown-identity stranger', 'no-association', 'no-association']);
  device.exchange([hello]);
  assert.equal(device.connection.established, true);
});

test('a device that lost its final flight gets it again', () => {
  const world = new DtlsWorld();
  const device = world.device();
  let flight: readonly Uint8Array[] = [device.hello()];
  while (world.endpoint.counts.handshakes === 0) {
    const answers = flight.flatMap((datagram) => world.receive(device.address, datagram));
    if (world.endpoint.counts.handshakes > 0) break;
    flight = answers.flatMap((datagram) => device.take(datagram));
  }
  assert.equal(device.connection.established, false);
  world.clock.monotonicMs = Math.max(world.clock.monotonicMs, device.connection.nextTimeoutAtMs ?? 0);
  device.exchange(device.connection.timeout().datagrams);
  assert.equal(device.connection.established, true);
  assert.deepEqual(device.say('up'), ['up']);
});

/** Opens a handshake and lets it wait. */
function open(world: DtlsWorld, host: string, port: number): void {
  const device = world.device({ address: at(host, port) });
  world.receive(device.address, device.hello());
}
