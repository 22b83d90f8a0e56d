/** The demo's sums: that it would see what it is there to see. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  acknowledgedMin,
  figuresOf,
  firstOffender,
  inFlightMin,
  isWhole,
  lostNumbers,
  notProved,
  type ReceivedNumbers,
  type Round,
} from './accounting.ts';
import type { DeviceTotals } from './fleet-messages.ts';

const before = [device('meter-1'), device('meter-2')];
const rounds: readonly Round[] = [
  { inFlight: 1, readyMs: 400.4, firstNotificationMs: 900 },
  { inFlight: 2, readyMs: 380, firstNotificationMs: 1_100.6 },
];

test('a number that was acknowledged and is not in the log is lost, and named', () => {
  const devices = [device('meter-1', { acknowledged: [1, 2, 3] }), device('meter-2', { acknowledged: [1, 2] })];
  const log = received({ 'meter-1': [1, 3], 'meter-2': [1, 2] });
  assert.deepEqual(lostNumbers(devices, log), [{ endpoint: 'meter-1', number: 2 }]);
  const figures = figuresOf(devices, before, log, rounds);
  assert.equal(figures.acknowledgedLost, 1);
  assert.equal(isWhole(figures), false);
  const offender = firstOffender(devices, before, log);
  assert.equal(offender, 'meter-1: its message 2 was acknowledged and is not in the event log');
});

test('a device of which the log knows nothing has lost all it was told', () => {
  assert.equal(lostNumbers([device('meter-1', { acknowledged: [1, 2] })], received({})).length, 2);
});

test('what the log holds beyond the acknowledged is no loss: the acknowledgement may have been on its way', () => {
  const devices = [device('meter-1', { acknowledged: [1] })];
  assert.deepEqual(lostNumbers(devices, received({ 'meter-1': [1, 2] })), []);
});

test('handshakes and registrations count from the first kill on', () => {
  const reconnected = { handshakes: 2, registrations: 3, troubles: ['a message was not answered'] };
  const devices = [device('meter-1'), device('meter-2', reconnected)];
  const figures = figuresOf(devices, before, received({}), rounds);
  assert.equal(figures.handshakesAfterRestart, 1);
  assert.equal(figures.registrationsAfterRestart, 2);
  assert.equal(isWhole(figures), false);
  assert.match(
    firstOffender(devices, before, received({})) ?? '',
    /^meter-2: 1 handshakes, 2 registrations .*a message was not answered$/,
  );
});

test('a sequence number used twice is wrong', () => {
  const devices = [device('meter-1', { sequenceReused: 4 }), device('meter-2')];
  const figures = figuresOf(devices, before, received({}), rounds);
  assert.equal(figures.sequenceReused, 4);
  assert.equal(isWhole(figures), false);
  assert.match(firstOffender(devices, before, received({})) ?? '', /^meter-1: 4 sequence numbers/);
});

test('the figures are those of the JSON line, the times the longest of all kills', () => {
  const devices = [device('meter-1', { acknowledged: [1, 2] }), device('meter-2', { acknowledged: [1] })];
  const figures = figuresOf(devices, before, received({ 'meter-1': [1, 2], 'meter-2': [1] }), rounds);
  assert.deepEqual(figures, {
    devices: 2,
    kills: 2,
    acknowledged: 3,
    handshakesAfterRestart: 0,
    registrationsAfterRestart: 0,
    acknowledgedLost: 0,
    sequenceReused: 0,
    readyMs: 400,
    firstNotificationMs: 1_101,
  });
  assert.equal(isWhole(figures), true);
  assert.equal(firstOffender(devices, before, received({ 'meter-1': [1, 2], 'meter-2': [1] })), undefined);
});

test('too few acknowledgements, or too few devices waiting at a kill, prove nothing', () => {
  const numbers = [1, 2, 3];
  const log = received({ 'meter-1': numbers, 'meter-2': numbers });
  const devices = [device('meter-1', { acknowledged: numbers }), device('meter-2', { acknowledged: numbers })];
  const enough = figuresOf(devices, before, log, rounds);
  assert.equal(acknowledgedMin(enough), 6);
  assert.equal(notProved(enough, rounds), undefined);
  assert.match(notProved({ ...enough, acknowledged: 5 }, rounds) ?? '', /^only 5 messages .* 6 are needed/);
  const idle = [...rounds, { inFlight: 0, readyMs: 1, firstNotificationMs: 1 }];
  assert.match(notProved(enough, idle) ?? '', /^at kill 3 only 0 devices/);
  assert.deepEqual([1, 10, 11, 100, 1_000].map(inFlightMin), [1, 1, 2, 10, 100]);
});

function device(endpoint: string, more: Partial<DeviceTotals> = {}): DeviceTotals {
  const counted = { handshakes: 1, registrations: 1, sequenceReused: 0, longestSilenceMs: 0 };
  return { endpoint, ...counted, acknowledged: [], troubles: [], ...more };
}

function received(numbers: Readonly<Record<string, readonly number[]>>): ReceivedNumbers {
  return new Map(Object.entries(numbers).map(([endpoint, list]) => [endpoint, new Set(list)]));
}
