/** Several associations of one peer or at one address: who is current, who still receives, and for how long. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerName } from '../../src/base/address.ts';
import { limits } from '../../src/base/limits.ts';
import type { Association } from '../../src/dtls/association.ts';
import { DtlsOutput } from '../../src/dtls/dtls-output.ts';
import { at, type Device, DtlsWorld, peerOf } from './dtls-world.ts';

for (const connectionId of [true, false]) {
  const how = connectionId ? 'with' : 'without';

  test(`a ClientHello spoofed from an established device's address harms nobody (${how} connection IDs)`, () => {
    const world = new DtlsWorld();
    const device = world.established({ connectionId });
    const [established] = world.endpoint.routes.ofPeer(peerOf('meter-17'));
    const attacker = world.device({ identity: 'meter-17' });
    const spoofed = attacker.hello();
    for (let i = 0; i < 3; i++) {
      world.clock.monotonicMs += limits.clientHelloReplaceMinMs;
      assert.ok(world.receive(device.address, i === 0 ? spoofed : world.device().hello()).length > 0);
      assert.deepEqual(world.drops(), []);
      assert.equal(world.endpoint.routes.byId.size, 2);
      assert.deepEqual(world.endpoint.routes.ofPeer(peerOf('meter-17')), [established]);
      assert.deepEqual([device.say('up'), device.hears('down')], [['up'], ['down']]);
    }
    world.pass(300_000);
    assert.deepEqual(world.drops(), ['handshake-timeout']);
    assert.deepEqual([device.say('up'), device.hears('down')], [['up'], ['down']]);
  });

  test(`a new handshake from the same address takes over (${how} connection IDs)`, () => {
    const world = new DtlsWorld();
    const old = world.established({ connectionId });
    const fresh = world.established({ connectionId });
    assert.deepEqual(fresh.hears('to the new one'), ['to the new one']);
    assert.deepEqual(old.say('late'), ['late']);
    assert.deepEqual(world.looked('ended'), []);
    assert.deepEqual(fresh.say('first'), ['first']);
    assert.deepEqual(old.say('too late'), []);
    assert.deepEqual(associations(world).length, 1);
  });

  test(`a new handshake from another address takes over (${how} connection IDs)`, () => {
    const world = new DtlsWorld();
    const old = world.established({ connectionId });
    const fresh = world.established({ connectionId, address: at('192.0.2.99') });
    assert.deepEqual(old.say('late'), ['late']);
    assert.deepEqual(world.seal('meter-17', 'x')[0]?.to, fresh.address);
    assert.deepEqual(fresh.say('first'), ['first']);
    assert.deepEqual(old.say('too late'), []);
    assert.deepEqual(world.drops(), ['no-association']);
  });
}

test('the old one ends when the new one has received, and says so', () => {
  const world = new DtlsWorld();
  world.established();
  const [before] = associations(world);
  const fresh = world.established();
  world.events = [];
  world.receive(fresh.address, fresh.sealed('first'));
  assert.deepEqual(world.looked('ended'), [
    { kind: 'ended', peer: peerOf('meter-17'), association: before?.id, last: false },
  ]);
});

test('the old one ends after 60 s, also when the new one stays silent', () => {
  const world = new DtlsWorld();
  const old = world.established();
  world.established({ address: at('192.0.2.99') });
  world.pass(limits.oldAssociationReceivesMs - 1);
  assert.equal(associations(world).length, 2);
  world.pass(1);
  assert.deepEqual(old.say('too late'), []);
  assert.equal(associations(world).length, 1);
});

test('what comes late over the old one does not keep the device from the new one, when it speaks over that', () => {
  const { world, old, fresh } = twoOfOnePeer(true);
  const late = old.sealed('late');
  world.pass(limits.newConnectionUnheardMs);
  world.receive(old.address, late);
  assert.deepEqual(fresh.say('up'), ['up']);
  assert.deepEqual([fresh.hears('down'), old.hears('down')], [['down'], []]);
});

test('a device that gave the new one up after its Finished goes on over the old one, and the new one ends', () => {
  const world = new DtlsWorld();
  const old = world.established();
  world.established({ address: at('192.0.2.99') });
  world.pass(limits.newConnectionUnheardMs - 1);
  assert.deepEqual(old.say('it may still be late'), ['it may still be late']);
  assert.deepEqual(old.hears('to the new one'), []);
  world.pass(1);
  assert.deepEqual(old.say('it is all I have'), ['it is all I have']);
  assert.deepEqual(old.hears('to the old one'), ['to the old one']);
  world.pass(2 * limits.oldAssociationReceivesMs);
  assert.deepEqual([old.say('up'), old.hears('down'), associations(world).length], [['up'], ['down'], 1]);
});

test('what the old one receives does not end the new one', () => {
  const world = new DtlsWorld();
  const old = world.established();
  const fresh = world.established();
  for (let i = 0; i < 5; i++) assert.deepEqual(old.say('old'), ['old']);
  assert.deepEqual(fresh.hears('still current'), ['still current']);
});

test('another peer at the same address takes it over; with connection IDs the first goes on receiving', () => {
  const world = new DtlsWorld();
  world.credentials.set('meter-18', { key: new Uint8Array(16).fill(8), serial: 2 });
  const first = world.established();
  const second = world.established({ identity: 'meter-18', key: new Uint8Array(16).fill(8) });
  assert.deepEqual(second.say('second'), ['second']);
  world.pass(2 * limits.oldAssociationReceivesMs);
  assert.deepEqual(first.say('first'), ['first']);
  assert.deepEqual(second.hears('down'), ['down']);
});

test('without connection IDs the first peer of an address ends 60 s after another took it over', () => {
  const world = new DtlsWorld();
  world.credentials.set('meter-18', { key: new Uint8Array(16).fill(8), serial: 2 });
  const options = { connectionId: false };
  const first = world.established(options);
  const second = world.established({ ...options, identity: 'meter-18', key: new Uint8Array(16).fill(8) });
  assert.deepEqual([first.say('first'), second.say('second')], [['first'], ['second']]);
  world.events = [];
  world.pass(limits.oldAssociationReceivesMs);
  assert.deepEqual(
    world.looked('ended').map(({ peer, last }) => [peer, last]),
    [[peerOf('meter-17'), true]],
  );
  assert.deepEqual(second.say('second'), ['second']);
});

test('ending a peer ends all of its associations, without an alert', () => {
  const world = new DtlsWorld();
  const old = world.established();
  const fresh = world.established({ address: at('192.0.2.99') });
  const output = { send: [] as unknown[], events: [] as unknown[], drop: () => undefined };
  world.endpoint.end('meter-17', output as never);
  assert.deepEqual([output.send.length, output.events.length], [0, 2]);
  assert.deepEqual([old.say('x'), fresh.say('x')], [[], []]);
  assert.equal(world.endpoint.nextDeadline(), undefined);
});

test('ending an identity ends also what is kept of it on a listener that is not configured now', () => {
  const world = new DtlsWorld();
  world.established();
  const [kept] = world.kept();
  assert.ok(kept);
  const elsewhere = { ...kept.snapshot, id: '00ff00ff00ff00ff', listener: 'closed' as ListenerName };
  world.restart([kept, { ...kept, snapshot: elsewhere }]);
  assert.equal(world.endpoint.routes.byId.size, 2);
  world.endpoint.end('meter-17', new DtlsOutput());
  assert.equal(world.endpoint.routes.byId.size, 0);
});

test('a device that shakes hands over and over has two associations, the newest', () => {
  const world = new DtlsWorld();
  const devices = [1, 2, 3, 4].map((port) => world.established({ address: at('192.0.2.99', port) }));
  assert.equal(associations(world).length, 2);
  assert.deepEqual(
    devices.map((device) => device.say('x')),
    [[], [], ['x'], ['x']],
  );
});

test('while no more can wait for the store, no handshake begins', () => {
  const world = new DtlsWorld();
  world.storeTakes = false;
  const device = world.device();
  const hello = device.hello();
  assert.deepEqual(world.receive(device.address, hello), []);
  assert.deepEqual(world.drops(), ['store-unavailable']);
  world.storeTakes = true;
  device.exchange([hello]);
  assert.equal(device.connection.established, true);
});

test('close_notify of the device ends its association and is no drop', () => {
  const world = new DtlsWorld();
  const device = world.established();
  world.events = [];
  device.exchange(device.connection.close().datagrams);
  assert.deepEqual(
    world.events.map(({ kind }) => kind),
    ['ended'],
  );
  assert.deepEqual(world.seal('meter-17', 'x'), []);
});

test('a restored association goes on, in both directions', () => {
  const world = new DtlsWorld();
  const device = world.established();
  assert.deepEqual([device.say('up'), device.hears('down')], [['up'], ['down']]);
  world.restart();
  assert.deepEqual([device.say('up again'), device.hears('down again')], [['up again'], ['down again']]);
  assert.equal(associations(world)[0]?.restores, 1);
  assert.deepEqual(world.endpoint.counts, { handshakes: 0, resumptions: 0 });
});

for (const connectionId of [true, false]) {
  for (const order of ['in order', 'in the other order']) {
    const how = `${connectionId ? 'with' : 'without'} connection IDs, kept ${order}`;
    test(`of two restored associations the younger is current and the older receives (${how})`, () => {
      const { world, old, fresh } = twoOfOnePeer(connectionId);
      const kept = [...world.kept()].sort((a, b) => a.snapshot.serial - b.snapshot.serial);
      world.restart(order === 'in order' ? kept : kept.reverse());
      assert.deepEqual(old.say('late'), ['late']);
      assert.deepEqual(fresh.hears('to the younger'), ['to the younger']);
      assert.deepEqual(fresh.say('first'), ['first']);
      assert.deepEqual(old.say('too late'), []);
    });
  }
}

test('the older of two restored associations receives for 60 s', () => {
  const { world, old } = twoOfOnePeer(true);
  world.restart();
  world.pass(limits.oldAssociationReceivesMs);
  assert.deepEqual(old.say('too late'), []);
});

test('a handshake after a restart is younger than everything restored', () => {
  const { world } = twoOfOnePeer(true);
  world.restart();
  const newest = world.established();
  assert.deepEqual(newest.hears('to the newest'), ['to the newest']);
  world.restart();
  assert.deepEqual(newest.hears('still'), ['still']);
});

test('serials go on over a restart: they order what was received by age', () => {
  const { world, fresh } = twoOfOnePeer(true);
  world.restart();
  fresh.say('x');
  const newest = world.established();
  world.events = [];
  world.receive(fresh.address, fresh.sealed('old'));
  world.receive(newest.address, newest.sealed('new'));
  const [old, young] = world.looked('plaintext').map(({ serial }) => serial);
  assert.ok(old !== undefined && young !== undefined && old < young, `${old} ${young}`);
});

test('an association that cannot be imported is dropped, and its device comes in again', () => {
  const world = new DtlsWorld();
  const device = world.established();
  const kept = world.kept().map(({ snapshot, window }) => ({
    snapshot: { ...snapshot, exported: (snapshot.exported as Uint8Array).slice(1) },
    window,
  }));
  world.restart(kept);
  assert.deepEqual(device.say('x'), []);
  assert.deepEqual(
    world.events.map((event) => (event.kind === 'drop' ? event.reason : event.kind)),
    ['no-association', 'ended'],
  );
  assert.deepEqual(world.established().say('back'), ['back']);
});

function associations(world: DtlsWorld): readonly Association[] {
  return world.endpoint.routes.ofPeer(peerOf('meter-17'));
}

function twoOfOnePeer(connectionId: boolean): { world: DtlsWorld; old: Device; fresh: Device } {
  const world = new DtlsWorld();
  const old = world.established({ connectionId });
  const fresh = world.established({ connectionId });
  return { world, old, fresh };
}
