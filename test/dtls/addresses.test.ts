/** A device whose address changes: who believes it, when, and how much is sent before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import { at, type Device, DtlsWorld, peerOf } from './dtls-world.ts';

const home = at('192.0.2.17');
const elsewhere = at('198.51.100.9', 40_000);

test('answers and requests go to where the newest record came from, repetitions in turn home and there', () => {
  const { world } = moved();
  assert.equal(world.seal('meter-17', 'a', 'answer')[0]?.to, elsewhere);
  assert.equal(world.seal('meter-17', 'b', 'request')[0]?.to, elsewhere);
  const repeated = [1, 2, 3, 4].map(() => world.seal('meter-17', 'c', 'retransmission')[0]?.to);
  assert.deepEqual(repeated, [home, elsewhere, home, elsewhere]);
});

test('a record alone moves nobody', () => {
  const { world } = moved();
  const [association] = world.endpoint.routes.ofPeer(peerOf('meter-17'));
  assert.equal(association?.primaryAddress, home);
  assert.deepEqual(world.looked('moved'), []);
});

test('an unconfirmed address gets at most three times what came from there', () => {
  const { world, device } = moved();
  const received = device.sealed('x'.repeat(200));
  world.receive(elsewhere, received);
  const credit = limits.amplificationMax * (received.length + firstRecordBytes);
  let sent = 0;
  for (let i = 0; i < 20; i++) {
    for (const { to, bytes } of world.seal('meter-17', 'y'.repeat(100), 'answer'))
      sent += to === elsewhere ? bytes.length : 0;
  }
  assert.ok(sent > credit / 2 && sent <= credit, `${sent} of ${credit}`);
  assert.equal(world.seal('meter-17', 'y'.repeat(100), 'answer')[0]?.to, home);
});

test('what came from one address gives no credit to another', () => {
  const { world, device } = moved();
  const third = at('203.0.113.5');
  device.address = third;
  device.say('x');
  assert.equal(world.seal('meter-17', 'y'.repeat(150), 'answer')[0]?.to, home);
  assert.equal(world.seal('meter-17', 'y', 'answer')[0]?.to, third);
});

test('a confirmed address is the one', () => {
  const { world, device } = moved();
  world.confirm('meter-17', elsewhere);
  assert.deepEqual(
    world.looked('moved').map(({ peer }) => peer),
    [peerOf('meter-17')],
  );
  for (const purpose of ['answer', 'request', 'retransmission'] as const) {
    assert.equal(world.seal('meter-17', 'x'.repeat(1_000), purpose)[0]?.to, elsewhere);
  }
  assert.deepEqual(device.say('up'), ['up']);
});

test('an answer over the older association moves nobody', () => {
  const world = new DtlsWorld();
  const old = world.established({ address: elsewhere });
  const fresh = world.established();
  assert.deepEqual(old.say('late answer'), ['late answer']);
  world.confirm('meter-17', elsewhere);
  assert.deepEqual(fresh.hears('x'.repeat(1_000)), ['x'.repeat(1_000)]);
  assert.deepEqual(world.looked('moved'), []);
});

test('confirming the address that is known says nothing', () => {
  const { world } = moved();
  world.confirm('meter-17', home);
  world.confirm('stranger', elsewhere);
  assert.deepEqual(world.events, []);
});

test('an address moves at most once in 10 s', () => {
  const { world, device } = moved();
  world.confirm('meter-17', elsewhere);
  const third = at('203.0.113.5');
  device.address = third;
  device.say('here now');
  world.pass(limits.addressMoveMinMs - 1);
  world.confirm('meter-17', third);
  assert.deepEqual(world.looked('moved'), []);
  world.pass(1);
  world.confirm('meter-17', third);
  assert.equal(world.looked('moved').length, 1);
  assert.equal(world.seal('meter-17', 'x', 'retransmission')[0]?.to, third);
});

test('a late record from the old address does not turn the newest back', () => {
  const world = new DtlsWorld();
  const device = world.established();
  const late = device.sealed('late');
  device.address = elsewhere;
  device.say('newest');
  world.receive(home, late);
  assert.equal(world.seal('meter-17', 'x', 'answer')[0]?.to, elsewhere);
});

test('a replayed record from an attacker moves nothing', () => {
  const world = new DtlsWorld();
  const device = world.established();
  const recorded = device.sealed('x');
  world.receive(home, recorded);
  world.events = [];
  world.receive(at('203.0.113.66'), recorded);
  assert.deepEqual(world.drops(), ['replayed-record meter-17']);
  assert.equal(world.seal('meter-17', 'x', 'answer')[0]?.to, home);
});

test('a device that comes home gets everything there again', () => {
  const { world, device } = moved();
  device.address = home;
  device.say('home');
  assert.equal(world.seal('meter-17', 'x'.repeat(500), 'answer')[0]?.to, home);
});

test('a move is kept over a restart by the one who keeps it', () => {
  const { world, device } = moved();
  world.confirm('meter-17', elsewhere);
  assert.equal(world.kept()[0]?.snapshot.address, elsewhere);
  world.restart();
  assert.deepEqual(device.hears('down'), ['down']);
});

test('whoever stood at the address that a device moves to is still found by connection ID', () => {
  const { world, device } = moved();
  world.credentials.set('meter-18', { key: new Uint8Array(16).fill(8), serial: 2 });
  const other = world.established({ identity: 'meter-18', key: new Uint8Array(16).fill(8), address: elsewhere });
  world.confirm('meter-17', elsewhere);
  assert.deepEqual([device.say('17'), other.say('18')], [['17'], ['18']]);
  assert.deepEqual([device.hears('a'), other.hears('b')], [['a'], ['b']]);
});

/** Bytes of the one record that `moved` sent from elsewhere. */
let firstRecordBytes = 0;

/** A device that has sent one record from elsewhere. */
function moved(): { world: DtlsWorld; device: Device } {
  const world = new DtlsWorld();
  const device = world.established();
  world.events = [];
  device.address = elsewhere;
  const record = device.sealed('from elsewhere, and long enough for all that is sent there in these tests: '.repeat(4));
  firstRecordBytes = record.length;
  world.receive(elsewhere, record);
  assert.equal(world.texts().length, 1);
  return { world, device };
}
