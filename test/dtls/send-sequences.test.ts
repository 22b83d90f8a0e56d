/** Sequence numbers of what is sent: never one twice under a key, whatever the power does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import { cutRecords } from '../../src/dtls/record.ts';
import { DtlsWorld } from './dtls-world.ts';

const range = limits.sendSequencesPerGeneration;

test('a fresh association counts from the start, a restored one from its floor', () => {
  const world = new DtlsWorld();
  const device = world.established();
  const [first, second] = [sequence(world), sequence(world)];
  assert.ok(first < 10);
  assert.equal(second, first + 1);
  world.restart();
  assert.deepEqual([sequence(world), sequence(world)], [range, range + 1]);
  world.restart();
  assert.equal(sequence(world), 2 * range);
  assert.deepEqual(device.hears('still read'), ['still read']);
});

test('a start that skipped generations skips their ranges too', () => {
  const world = new DtlsWorld();
  world.established();
  world.restart(world.kept(), 6);
  assert.equal(sequence(world), 5 * range);
});

test('raising the generation moves nobody', () => {
  const world = new DtlsWorld();
  world.established();
  const before = sequence(world);
  world.endpoint.raiseGeneration(7);
  assert.equal(sequence(world), before + 1);
});

test('an association made after a raise belongs to the raised generation', () => {
  const world = new DtlsWorld();
  world.endpoint.raiseGeneration(4);
  world.established();
  world.restart(world.kept(), 5);
  assert.equal(sequence(world), range);
});

test('an association of a generation that has not been is never used: its numbers may have been', () => {
  for (const generation of [1, 2, 3]) {
    const world = new DtlsWorld();
    world.endpoint.raiseGeneration(3);
    const device = world.established();
    world.restart(world.kept(), generation);
    assert.deepEqual(world.seal('meter-17', 'x'), []);
    assert.deepEqual(device.say('x'), []);
    assert.equal(world.looked('plaintext').length, 0);
  }
});

test('the next generation is wanted once, after the middle of the last range', () => {
  const world = new DtlsWorld();
  const device = world.established();
  send(world, range / 2 - 10);
  assert.deepEqual(world.looked('generation-wanted'), []);
  send(world, 10);
  assert.equal(world.looked('generation-wanted').length, 1);
  send(world, 100);
  assert.deepEqual(world.looked('generation-wanted'), []);
  world.endpoint.raiseGeneration(2);
  send(world, range / 2);
  assert.deepEqual(world.looked('generation-wanted'), [], 'the range now ends one further');
  send(world, range / 2);
  assert.equal(world.looked('generation-wanted').length, 1);
  assert.deepEqual(device.hears('still read'), ['still read']);
});

test('at the ceiling nothing leaves until the next generation is durable', () => {
  const world = new DtlsWorld();
  const device = world.established();
  const sent = send(world, range + 10);
  assert.ok(sent < range && sent > range - 10, `${sent}`);
  const refused = world.drops();
  assert.equal(refused.length, range + 10 - sent);
  assert.deepEqual([...new Set(refused)], ['send-sequence-ceiling meter-17']);
  assert.deepEqual(device.say('it still receives'), ['it still receives']);
  world.endpoint.raiseGeneration(2);
  assert.equal(sequence(world), range);
  assert.deepEqual(device.hears('down'), ['down']);
});

function send(world: DtlsWorld, times: number): number {
  let sent = 0;
  for (let i = 0; i < times; i++) sent += world.seal('meter-17', 'x').length;
  return sent;
}

/** The sequence number of the next record that is sent. */
function sequence(world: DtlsWorld): number {
  const [datagram] = world.seal('meter-17', 'x');
  assert.ok(datagram, 'nothing was sent');
  return cutRecords(datagram.bytes, 0).records[0]?.sequence ?? assert.fail('no record was sent');
}
