import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate, type Packet } from 'coap-packet';
import { knownBefore, readHistory } from './history.ts';
import type { Operation } from './recording-log.ts';

const token = Buffer.of(1, 2);
const option = (name: 'Uri-Path' | 'Uri-Query' | 'Location-Path' | 'Observe', text: string) => ({
  name,
  value: Buffer.from(text),
});

function datagram(kind: 'sent' | 'received', packet: Packet): Operation {
  return { kind, process: 0, port: 40_000, bytes: generate(packet) };
}

const register = datagram('received', {
  code: 'POST',
  confirmable: true,
  messageId: 1,
  token,
  options: [option('Uri-Path', 'rd'), option('Uri-Query', 'ep=meter-1'), option('Uri-Query', 'lt=900')],
});
const emptyAck = (messageId: number): Operation => datagram('sent', { code: '0.00', ack: true, messageId });
const created = datagram('sent', {
  code: '2.01',
  messageId: 77,
  confirmable: true,
  token,
  options: [option('Location-Path', 'rd'), option('Location-Path', 'x7')],
});

test('a request is acknowledged by its response, not by an empty ACK', () => {
  const history = readHistory([register, emptyAck(1), created]);
  const [step] = history.registrations.get('meter-1') ?? [];
  assert.deepEqual(step, {
    lifetimeSeconds: 900,
    ended: false,
    receivedAt: 0,
    acknowledgedAt: 2,
    registrationId: 'x7',
  });
});

test('a notification is acknowledged by its ACK, a repetition is the same one', () => {
  const notification = datagram('received', {
    code: '2.05',
    confirmable: true,
    messageId: 9,
    token,
    options: [option('Observe', '\x02')],
    payload: Buffer.from('17.000'),
  });
  const history = readHistory([register, notification, notification, emptyAck(9), emptyAck(9)]);
  assert.deepEqual(history.values, [{ name: 'meter-1 17', receivedAt: 1, acknowledgedAt: 3 }]);
  assert.equal(knownBefore(history, 3), 0);
  assert.equal(knownBefore(history, 4), 1);
});

test('a refused step never was', () => {
  const refused = datagram('sent', { code: '5.03', ack: true, messageId: 1, token });
  assert.deepEqual(readHistory([register, refused]).registrations.get('meter-1'), []);
});

test('a generation is in use from the first datagram of its life on, whenever it was noted', () => {
  const mark: Operation = { kind: 'mark', text: '{"life":0,"generation":5}' };
  assert.deepEqual(readHistory([register, created, mark]).generations, [{ generation: 5, usedAt: 1 }]);
});
