/** Handshakes that the gateway begins: full, abbreviated, refused, unanswered, reflected; what is kept of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import { at, deviceKey, peerOf } from './dtls-world.ts';
import { Meeting } from './meeting.ts';

for (const connectionId of [true, false]) {
  const how = connectionId ? 'with' : 'without';

  test(`a device that answers gets an association that works both ways (${how} connection IDs)`, () => {
    const meeting = new Meeting({ connectionId });
    assert.equal(meeting.connect(), undefined);
    meeting.deliverAll();
    assert.equal(meeting.device.handshakes, 1);
    assert.deepEqual([meeting.say('up'), meeting.hears('down')], [['up'], ['down']]);
    const [association] = meeting.world.endpoint.routes.ofPeer(peerOf('meter-17'));
    assert.deepEqual([association?.role, association?.usesConnectionId], ['client', connectionId]);
    assert.deepEqual(meeting.world.endpoint.counts, { handshakes: 1, resumptions: 0 });
  });

  test(`it outlives a restart in its role, and sends no number twice (${how} connection IDs)`, () => {
    const meeting = new Meeting({ connectionId });
    meeting.connect();
    meeting.deliverAll();
    meeting.say('up');
    meeting.world.restart();
    assert.deepEqual([meeting.hears('down'), meeting.say('up')], [['down'], ['up']]);
    const [association] = meeting.world.endpoint.routes.ofPeer(peerOf('meter-17'));
    assert.deepEqual([association?.role, meeting.device.handshakes], ['client', 1]);
  });
}

test('the next one is abbreviated, also over a restart without the association', () => {
  const meeting = new Meeting();
  meeting.connect();
  meeting.deliverAll();
  meeting.world.restart([]);
  assert.equal(meeting.world.endpoint.canResume('meter-17'), true);
  meeting.connect();
  meeting.deliverAll();
  assert.deepEqual([meeting.device.handshakes, meeting.device.resumptions], [2, 1]);
  assert.deepEqual([meeting.say('up'), meeting.hears('down')], [['up'], ['down']]);
});

test('no session is offered when it is not wished, too old, or of a key that was changed', () => {
  const meeting = new Meeting();
  meeting.connect();
  meeting.deliverAll();
  meeting.connect(false);
  meeting.deliverAll();
  assert.deepEqual([meeting.device.handshakes, meeting.device.resumptions], [2, 0]);
  meeting.world.credentials.set('meter-17', { key: deviceKey, serial: 2 });
  assert.equal(meeting.world.endpoint.canResume('meter-17'), false);
  meeting.world.credentials.set('meter-17', { key: deviceKey, serial: 1 });
  assert.equal(meeting.world.endpoint.canResume('meter-17'), true);
  meeting.world.clock.monotonicMs += limits.sessionLifetimeMs;
  assert.equal(meeting.world.endpoint.canResume('meter-17'), false);
});

test('a device that knows the session no more makes a full handshake of it, and the new one is kept', () => {
  const meeting = new Meeting({ resumes: false });
  meeting.connect();
  meeting.deliverAll();
  const [first] = meeting.world.clientSessions.values();
  meeting.connect();
  meeting.deliverAll();
  assert.deepEqual([meeting.device.handshakes, meeting.device.resumptions], [2, 0]);
  assert.notDeepEqual([...meeting.world.clientSessions.values()], [first]);
  assert.deepEqual(meeting.say('up'), ['up']);
});

test('a device with another key ends the handshake: refused, and nobody was let in', () => {
  const meeting = new Meeting({ key: new Uint8Array(16).fill(9) });
  meeting.connect();
  meeting.deliverAll();
  meeting.pass(60_000);
  assert.equal(meeting.failures.length, 1);
  assert.equal(meeting.established, 0);
  assert.equal(meeting.world.endpoint.routes.byId.size, 0);
});

test('a device that does not answer costs four flights and 30 s, and keeps its old connection', () => {
  const meeting = new Meeting();
  meeting.device.open();
  meeting.deliverAll();
  meeting.connect();
  for (let second = 0; second < 40; second++) {
    meeting.pass(1_000, false);
    assert.ok(meeting.underway.length <= 4, 'it is bounded');
  }
  assert.deepEqual([meeting.underway.length, meeting.failures], [4, ['no-answer']]);
  meeting.underway.length = 0;
  assert.deepEqual([meeting.say('up'), meeting.hears('down')], [['up'], ['down']]);
  assert.equal(meeting.device.handshakes, 1);
});

test('one handshake at a time is open at an address, and the number of all is bounded', () => {
  const meeting = new Meeting();
  assert.equal(meeting.connect(), undefined);
  assert.equal(meeting.connect(), 'handshake-open');
  assert.equal(meeting.world.connect('nobody', at('192.0.2.3')).refusal, 'no-key');
  meeting.world.storeTakes = false;
  assert.equal(meeting.world.connect('meter-17', at('192.0.2.3')).refusal, 'store-unavailable');
  meeting.world.storeTakes = true;
  const refusals = Array.from({ length: 30 }, (_, i) => meeting.world.connect('meter-17', at('192.0.2.17', 100 + i)));
  assert.equal(refusals.filter(({ refusal }) => refusal === 'too-many-handshakes').length, 11);
  meeting.pass(60_000, false);
  assert.equal(meeting.world.connect('meter-17', at('192.0.2.17', 100)).refusal, undefined);
});

test('handshakes of ours that nobody answers take no room from the devices that begin by themselves', () => {
  const { world } = new Meeting();
  for (let i = 0; i < limits.handshakesPendingPerSourceMax; i++) {
    assert.equal(world.connect('meter-17', at('192.0.2.17', 100 + i)).refusal, undefined);
  }
  const device = world.device({ address: at('192.0.2.17', 99) });
  device.handshake();
  assert.deepEqual(world.drops(), []);
});

test('our own ClientHello that somebody sends back opens nothing: we would shake hands with ourselves', () => {
  const meeting = new Meeting();
  meeting.connect();
  const [hello] = meeting.underway.splice(0);
  assert.ok(hello);
  const relay = at('198.51.100.66');
  assert.deepEqual(meeting.world.receive(relay, hello.bytes), []);
  assert.deepEqual(meeting.world.drops(), ['reflected-client-hello']);
});

test('a key that is taken away ends a handshake under way', () => {
  const meeting = new Meeting();
  meeting.connect();
  meeting.settle(0, 'deliver');
  meeting.world.end('meter-17');
  meeting.pass(1);
  assert.deepEqual([meeting.failures, meeting.world.endpoint.routes.byId.size], [['ended'], 0]);
});
