/** What is thrown at an endpoint and must harm nobody: replays, forgeries, plaintext alerts, rubbish. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat } from '../../src/base/bytes.ts';
import { contentType } from '../../src/dtls/record.ts';
import { generator } from '../mbedtls-wasm/pair.ts';
import { at, DtlsWorld } from './dtls-world.ts';

test('a record that is sent again is dropped as a replay', () => {
  const world = new DtlsWorld();
  const device = world.established();
  const record = device.sealed('once');
  world.receive(device.address, record);
  assert.deepEqual(world.texts(), ['once']);
  for (const from of [device.address, at('203.0.113.66')]) {
    world.receive(from, record);
    assert.deepEqual(world.drops(), ['replayed-record meter-17']);
  }
});

test('a replay after a restart is dropped if its window was kept', () => {
  const world = new DtlsWorld();
  const device = world.established();
  const record = device.sealed('once');
  world.receive(device.address, record);
  world.restart();
  world.receive(device.address, record);
  assert.deepEqual(world.drops(), ['replayed-record meter-17']);
  assert.deepEqual(device.say('next'), ['next']);
});

test('a window that was kept later than its association counts', () => {
  const world = new DtlsWorld();
  const device = world.established();
  const [asEstablished] = world.kept();
  const record = device.sealed('once');
  world.receive(device.address, record);
  const [now] = world.kept();
  assert.ok(asEstablished && now);
  world.restart([{ snapshot: asEstablished.snapshot, window: now.window }]);
  world.receive(device.address, record);
  assert.deepEqual(world.drops(), ['replayed-record meter-17']);
  world.restart([asEstablished]);
  world.receive(device.address, record);
  assert.deepEqual(world.texts(), ['once'], 'an effect whose window was lost was lost with it: it may come again');
});

test('records may come in any order', () => {
  const world = new DtlsWorld();
  const device = world.established();
  const records = ['a', 'b', 'c'].map((text) => device.sealed(text));
  for (const record of records.reverse()) world.receive(device.address, record);
  assert.deepEqual(world.texts(), ['c', 'b', 'a']);
});

test('several records in one datagram all arrive', () => {
  const world = new DtlsWorld();
  const device = world.established();
  world.receive(device.address, concat(device.sealed('a'), device.sealed('b')));
  assert.deepEqual(world.texts(), ['a', 'b']);
});

test('a forged record is dropped, and what follows it in the datagram is read', () => {
  const world = new DtlsWorld();
  const device = world.established();
  const forged = changed(device.sealed('a'), -1);
  world.receive(device.address, concat(forged, device.sealed('b')));
  assert.deepEqual(
    world.events.filter(({ kind }) => kind !== 'established').map(({ kind }) => kind),
    ['drop', 'plaintext'],
  );
  assert.deepEqual(world.drops(), ['authentication-failed meter-17']);
});

test('an epoch-0 alert does not harm an established association', () => {
  for (const talked of [false, true]) {
    const world = new DtlsWorld();
    const device = world.established();
    if (talked) device.say('first');
    world.events = [];
    for (const description of [0, 10, 40]) {
      world.receive(device.address, plaintextAlert(2, description));
      world.receive(device.address, plaintextAlert(1, description));
    }
    assert.equal(world.events.length, 6);
    // While its final flight is unconfirmed the association is shown such records, since that flight may be asked for again.
    assert.deepEqual([...new Set(world.drops())], [talked ? 'no-association' : 'malformed-record meter-17']);
    assert.deepEqual([device.say('up'), device.hears('down')], [['up'], ['down']]);
  }
});

test('plaintext handshake records do not harm an established association', () => {
  const world = new DtlsWorld();
  const device = world.established();
  const next = generator(3);
  for (let i = 0; i < 300; i++) {
    const body = Uint8Array.from({ length: 1 + Math.floor(next() * 80) }, () => next() * 256);
    world.receive(device.address, record(contentType.handshake, body, i));
    world.receive(device.address, record(contentType.changeCipherSpec, Uint8Array.of(1), i));
  }
  assert.deepEqual(world.looked('ended'), []);
  assert.deepEqual([device.say('up'), device.hears('down')], [['up'], ['down']]);
});

test('rubbish is dropped as malformed, and nothing is sent', () => {
  const world = new DtlsWorld();
  const next = generator(7);
  let drops = 0;
  for (let i = 0; i < 500; i++) {
    const rubbish = Uint8Array.from({ length: 1 + Math.floor(next() * 100) }, () => next() * 256);
    assert.deepEqual(world.receive(at('203.0.113.66'), rubbish), []);
    drops += world.drops().length;
  }
  assert.ok(drops >= 500);
  assert.equal(world.endpoint.routes.byId.size, 0);
});

test('an established association survives every one-byte change of a record', () => {
  const world = new DtlsWorld();
  const device = world.established();
  const sealed = device.sealed('precious');
  for (let i = 0; i < sealed.length; i++) world.receive(device.address, changed(sealed, i));
  assert.deepEqual(world.texts(), []);
  assert.deepEqual([device.say('up'), device.hears('down')], [['up'], ['down']]);
});

test('a ClientHello in fragments is dropped', () => {
  const world = new DtlsWorld();
  const device = world.device();
  const hello = device.hello();
  const half = hello.slice(0, 13 + 12 + 40);
  const view = new DataView(half.buffer);
  view.setUint16(11, half.length - 13);
  // The fragment's length, of three bytes.
  view.setUint16(13 + 10, 40);
  assert.deepEqual(world.receive(device.address, half), []);
  assert.deepEqual(world.drops(), ['fragmented-client-hello']);
});

function changed(bytes: Uint8Array, index: number): Uint8Array {
  const copy = bytes.slice();
  const place = (index + copy.length) % copy.length;
  copy[place] = (copy[place] as number) ^ 1;
  return copy;
}

function plaintextAlert(level: number, description: number): Uint8Array {
  return record(contentType.alert, Uint8Array.of(level, description), 5);
}

/** A record of epoch 0, as anyone can make it. */
function record(type: number, body: Uint8Array, sequence: number): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint8(0, type);
  view.setUint16(1, 0xfefd);
  view.setUint32(7, sequence);
  view.setUint16(11, body.length);
  return concat(header, body);
}
