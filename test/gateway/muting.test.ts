/** A device that is muted is ignored, whether it has DTLS or not, until it is unmuted or its time is over; over restarts too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceDetail } from '../../src/gateway/views.ts';
import type { ResourcePath } from '../../src/lwm2m/path.ts';
import { datagram, ImmediateGateway } from './immediate-gateway.ts';
import { atLocation, locationOf, observedGateway, PlainGateway, register } from './plain-gateway.ts';

const path = '/3300/0/5700' as ResourcePath;
const hour = 3_600_000;

test('a muted device with DTLS loses its connection and gets no other one until it is unmuted', () => {
  const gateway = new ImmediateGateway();
  const device = gateway.handshake('a');
  assert.deepEqual(gateway.answer({ kind: 'mute-device', endpoint: 'a' }), { kind: 'muted', endpoint: 'a' });
  const record = device.seal(new Uint8Array([0x40, 1, 0, 1]));
  assert.ok(record instanceof Uint8Array);
  assert.deepEqual(gateway.receive(datagram(record)).send, []);
  assert.throws(() => gateway.handshake('a'));
  assert.ok(gateway.dropped('muted') > 0);
  assert.equal(gateway.dropped('unknown-identity'), 0);
  gateway.handshake('b');
  gateway.answer({ kind: 'unmute-device', endpoint: 'a' });
  gateway.handshake('a');
});

test('a muted device without DTLS is ignored where it was, and under its name elsewhere', () => {
  const { gateway, token } = observedGateway(1);
  const location = locationOf(gateway.receive(1, register('meter')));
  gateway.ask({ kind: 'mute-device', endpoint: 'meter' });
  assert.deepEqual(gateway.receive(1, atLocation('POST', location)), []);
  assert.deepEqual(gateway.receive(2, register('meter')), []);
  gateway.takeSent(1);
  gateway.pass(10_000);
  assert.deepEqual(gateway.takeSent(1), [], 'what was asked of it is not repeated');
  assert.equal(dropsOf(gateway), 2);
  assert.equal(detail(gateway, 'meter').observationList.length, 1, 'the wish stays');
  assert.equal(locationOf(gateway.receive(3, register('pump'))).length, 2, 'others come in');

  gateway.ask({ kind: 'unmute-device', endpoint: 'meter' });
  const answers = gateway.receive(1, register('meter'));
  gateway.pass(100_000);
  const requests = [...answers, ...gateway.takeSent(1)].filter(({ code }) => code === '0.01');
  assert.ok(requests.length > 0, 'its wish is asked for again');
  assert.ok(requests.every((request) => !request.token.equals(token)));
  assert.notEqual(detail(gateway, 'meter').state, 'muted');
});

test('since when and why is shown; muted for a time it comes back by itself', () => {
  const { gateway } = observedGateway(1);
  gateway.ask({ kind: 'mute-device', endpoint: 'meter', forMs: hour });
  gateway.pass(60_000);
  const { muted, state, ended } = detail(gateway, 'meter');
  assert.equal(state, 'muted');
  assert.equal(ended?.reason, 'muted');
  assert.deepEqual(muted, {
    reason: 'muted by test',
    account: 'test',
    byBreaker: false,
    sinceWall: undefined,
    secondsAgo: 60,
    endsInSeconds: 3_540,
  });
  assert.equal(devicesOf(gateway)['muted'], 1);

  const restarted = new PlainGateway(gateway.records, 2);
  assert.deepEqual(restarted.receive(1, register('meter')), [], 'muted over the restart');
  restarted.pass(hour);
  assert.equal(detail(restarted, 'meter').muted, undefined);
  assert.equal(locationOf(restarted.receive(1, register('meter'))).length, 2);
  assert.equal([...restarted.records.keys()].filter((key) => key.startsWith('mu/')).length, 0);
});

test('nothing is asked of a muted device; a wish is taken for later', () => {
  const { gateway } = observedGateway(1);
  gateway.ask({ kind: 'mute-device', endpoint: 'meter' });
  const operation = { verb: 'read', path } as const;
  const refused = gateway.ask({ kind: 'operate', endpoint: 'meter', operation, expiresMs: 1_000 });
  assert.ok(refused?.kind === 'error' && refused.code === 'MUTED');
  const reset = gateway.ask({ kind: 'reset-device', endpoint: 'meter' });
  assert.ok(reset?.kind === 'error' && reset.code === 'MUTED');
  assert.equal(gateway.ask({ kind: 'observe', endpoint: 'meter', path })?.kind, 'wished');
  gateway.pass(60_000);
  assert.deepEqual(gateway.takeSent(1), []);
});

test('an unknown device cannot be muted, and one that is not muted not unmuted; removing one unmutes it', () => {
  const { gateway } = observedGateway(1);
  for (const kind of ['mute-device', 'unmute-device'] as const) {
    const answer = gateway.ask({ kind, endpoint: 'nobody' });
    assert.ok(answer?.kind === 'error' && answer.code === 'UNKNOWN_DEVICE');
  }
  assert.equal(gateway.ask({ kind: 'unmute-device', endpoint: 'meter' })?.kind, 'not-muted');
  gateway.ask({ kind: 'mute-device', endpoint: 'meter' });
  gateway.ask({ kind: 'mute-device', endpoint: 'meter', forMs: hour });
  assert.deepEqual(gateway.receive(1, register('meter')), [], 'muted anew it is still known by its address');
  gateway.ask({ kind: 'remove-device', endpoint: 'meter', keepCredentials: false });
  assert.equal(locationOf(gateway.receive(1, register('meter'))).length, 2);
});

function detail(gateway: PlainGateway, endpoint: string): DeviceDetail {
  const answer = gateway.inspect({ kind: 'device', endpoint });
  assert.ok(answer.kind === 'device' && answer.device);
  return answer.device;
}

function devicesOf(gateway: PlainGateway): Readonly<Record<string, number>> {
  const answer = gateway.inspect({ kind: 'status' });
  assert.ok(answer.kind === 'status');
  return answer.status.devices;
}

function dropsOf(gateway: PlainGateway): number {
  const answer = gateway.inspect({ kind: 'status' });
  assert.ok(answer.kind === 'status');
  return answer.status.drops.find(({ reason }) => reason === 'muted')?.total ?? 0;
}
