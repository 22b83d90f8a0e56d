/** Abbreviated handshakes: by session id and by ticket, over restarts, and what ends them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import { at, type Device, DtlsWorld, deviceKey, peerOf } from './dtls-world.ts';

const ways = [
  { how: 'by session id', tickets: false },
  { how: 'by ticket', tickets: true },
];

for (const { how, tickets } of ways) {
  test(`a session is resumed ${how}, and keeps its identity`, () => {
    const { world, session } = withSession(tickets);
    const device = resumed(world, session, tickets);
    assert.deepEqual(
      world.looked('established').map(({ peer, resumed }) => [peer, resumed]),
      [[peerOf('meter-17'), true]],
    );
    assert.deepEqual([device?.say('up'), device?.hears('down')], [['up'], ['down']]);
    assert.equal(world.endpoint.counts.resumptions, 1);
  });

  test(`a session is resumed ${how} after a restart`, () => {
    const { world, session } = withSession(tickets);
    world.restart([]);
    resumed(world, session, tickets);
    assert.deepEqual(world.endpoint.counts, { handshakes: 1, resumptions: 1 });
  });

  test(`a changed key ends what was resumed ${how}`, () => {
    const { world, session } = withSession(tickets);
    const key = new Uint8Array(16).fill(9);
    world.credentials.set('meter-17', { key, serial: 2 });
    const old = resumed(world, session, tickets, deviceKey);
    assert.equal(old, undefined);
    assert.deepEqual(world.drops(), ['wrong-key meter-17']);
    world.restart([]);
    const full = resumed(world, session, tickets, key);
    assert.deepEqual(full?.say('up'), ['up']);
    assert.deepEqual(world.endpoint.counts, { handshakes: 1, resumptions: 0 });
  });

  test(`a removed credential ends what was resumed ${how}`, () => {
    const { world, session } = withSession(tickets);
    world.credentials.delete('meter-17');
    assert.equal(resumed(world, session, tickets), undefined);
    assert.equal(world.drops()[0], 'unknown-identity meter-17');
  });

  test(`a session that is too old is not resumed ${how}`, () => {
    const { world, session } = withSession(tickets);
    world.pass(limits.sessionLifetimeMs);
    assert.ok(resumed(world, session, tickets));
    assert.deepEqual(world.endpoint.counts, { handshakes: 2, resumptions: 0 });
  });
}

test('forgetting an identity drops its sessions, and those of nobody else', () => {
  const world = new DtlsWorld();
  const key = new Uint8Array(16).fill(8);
  world.credentials.set('meter-18', { key, serial: 2 });
  world.established();
  world.established({ identity: 'meter-18', key, address: at('192.0.2.18') });
  assert.equal(world.sessions.size, 2);
  world.endpoint.sessions.forgetIdentity('meter-17');
  const changes = world.endpoint.sessions.takeChanges();
  assert.deepEqual(
    changes.map(({ id, session }) => [world.sessions.get(id)?.identity, session]),
    [['meter-17', undefined]],
  );
  assert.equal(world.endpoint.sessions.size, 1);
});

test('a ticket that was changed, or sealed with a key that has gone, means a full handshake', () => {
  const { world, session } = withSession(true);
  world.endpoint.sessions.setTicketKeys([
    { name: new Uint8Array(8).fill(5), key: new Uint8Array(32).fill(6), uptimeMs: 0 },
  ]);
  assert.deepEqual(resumed(world, session, true)?.say('up'), ['up']);
  assert.deepEqual(world.endpoint.counts, { handshakes: 2, resumptions: 0 });
});

test('an older ticket key still opens', () => {
  const { world, session } = withSession(true);
  const old = { name: new Uint8Array(8).fill(1), key: new Uint8Array(32).fill(2), uptimeMs: 0 };
  const fresh = { name: new Uint8Array(8).fill(5), key: new Uint8Array(32).fill(6), uptimeMs: 9 };
  world.endpoint.sessions.setTicketKeys([fresh, old]);
  resumed(world, session, true);
  assert.equal(world.endpoint.counts.resumptions, 1);
});

test('no bytes of a ticket harm the cache', () => {
  const { world } = withSession(true);
  const { byTicket } = world.endpoint.sessions;
  const name = new Uint8Array(8).fill(1);
  for (let length = 0; length < 80; length++) {
    const ticket = new Uint8Array(length);
    ticket.set(name.subarray(0, length));
    assert.equal(byTicket.open(ticket), undefined);
  }
});

/** A world whose first device has left, and the session that it kept. */
function withSession(tickets: boolean): { world: DtlsWorld; session: Uint8Array } {
  const world = new DtlsWorld();
  const device = world.established({ tickets });
  const session = device.connection.exportSession();
  assert.ok(session);
  if (tickets) for (const id of world.sessions.keys()) world.sessions.delete(id);
  world.events = [];
  return { world, session };
}

/** A device that comes with a session; undefined when it does not come in. */
function resumed(world: DtlsWorld, session: Uint8Array, tickets: boolean, key?: Uint8Array): Device | undefined {
  const device = world.device({ session, tickets, address: at('192.0.2.99'), ...(key && { key }) });
  device.exchange([device.hello()]);
  return device.connection.established ? device : undefined;
}
