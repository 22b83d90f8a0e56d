/** Devices with certificates in the whole gateway: let in, kept over a restart, taken up, turned away. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateOptions, Connection } from 'mbedtls-wasm';
import type { OwnCertificates } from '../../src/dtls/peer-chains.ts';
import type { OperatorAction } from '../../src/gateway/operator.ts';
import { Authority } from '../dtls/certificates.ts';
import { seal } from '../mbedtls-wasm/pair.ts';
import { datagram, deviceKey, ImmediateGateway, type Kept } from './immediate-gateway.ts';

const authority = new Authority();
const certificates = authority.device('meter');
const add: OperatorAction = {
  kind: 'add-device',
  endpoint: 'meter',
  identity: 'meter',
  key: undefined,
  replace: false,
};

function gatewayWith(own: OwnCertificates = authority.gateway(), kept?: Kept): ImmediateGateway {
  const gateway = new ImmediateGateway({}, kept, own);
  if (kept === undefined) gateway.ask(add);
  return gateway;
}

function comesIn(gateway: ImmediateGateway, options: CertificateOptions, session?: Uint8Array): Connection {
  const device = gateway.deviceWith(options, session);
  gateway.exchange(device);
  return device;
}

/** A CoAP ping, answered with RST: the gateway takes what comes over this connection. */
function isHeard(gateway: ImmediateGateway, device: Connection): boolean {
  const { send } = gateway.receive(datagram(seal(device, Uint8Array.of(0x40, 0, 0x12, 0x34))));
  return send.length === 1;
}

test('a device with a certificate comes in beside those with a key, and what it proved is kept with its connection', () => {
  const gateway = gatewayWith();
  const device = gateway.deviceWith(certificates);
  gateway.exchange(device);
  assert.deepEqual([device.established, isHeard(gateway, device)], [true, true]);
  assert.equal(isHeard(gateway, gateway.handshake('a')), true);
  const answer = gateway.inspect({ kind: 'device', endpoint: 'meter' });
  assert.ok(answer.kind === 'device' && answer.device !== undefined);
  assert.equal(answer.device.security, 'x509');
  const sha256 = Buffer.from(device.peerCertificate?.sha256 ?? []).toString('hex');
  assert.notEqual(answer.device.credential?.certificate?.sha256, sha256, 'it is that of the device, not ours');
  assert.match(answer.device.credential?.certificate?.sha256 ?? '', /^[0-9a-f]{64}$/);
});

test('its connection and its session outlive a restart', () => {
  const before = gatewayWith();
  const device = comesIn(before, certificates);
  const after = gatewayWith(undefined, before.kept);
  assert.equal(isHeard(after, device), true);
  const again = comesIn(after, certificates, device.exportSession());
  assert.deepEqual([again.established, again.resumed], [true, true]);
});

test('neither outlives the trust in its authority', () => {
  const before = gatewayWith();
  const device = comesIn(before, certificates);
  const after = gatewayWith(authority.gateway([new Authority('another').anchor]), before.kept);
  assert.equal(isHeard(after, device), false);
  assert.equal(comesIn(after, certificates, device.exportSession()).established, false);
  assert.equal(after.dropped('certificate-refused'), 1);
  const gone = [...after.durable.values()].filter(({ value }) => value === undefined).map(({ key }) => key.slice(0, 3));
  assert.ok(gone.includes('as/') && gone.includes('aw/'), `${gone}`);
});

const changes: Readonly<Record<string, OperatorAction>> = {
  'a removed device': { kind: 'remove-device', endpoint: 'meter', keepCredentials: false },
  'a device that has a key from now on': { ...add, key: deviceKey, replace: true },
};

for (const [what, action] of Object.entries(changes)) {
  test(`${what} does not come back with its certificate, its session or its connection`, () => {
    const gateway = gatewayWith();
    const device = comesIn(gateway, certificates);
    gateway.ask(action);
    for (const now of [gateway, gatewayWith(undefined, { ...gateway.kept, generation: 3 })]) {
      assert.equal(isHeard(now, device), false);
      assert.equal(comesIn(now, certificates, device.exportSession()).established, false);
    }
  });
}

test('a muted device is not let in, and what it does is counted as that', () => {
  const gateway = gatewayWith();
  gateway.ask({ kind: 'mute-device', endpoint: 'meter' });
  assert.equal(comesIn(gateway, certificates).established, false);
  assert.deepEqual([gateway.dropped('certificate-refused'), gateway.dropped('muted')], [0, 1]);
});

test('the gateway has to have a certificate, and its device no other name', () => {
  const without = new ImmediateGateway();
  const refused = without.answer(add);
  assert.ok(refused.kind === 'error' && refused.code === 'BAD_REQUEST');
  assert.match(refused.message, /Set certificates\.chain/);
  const named = gatewayWith().answer({ ...add, endpoint: 'pump', identity: 'other' });
  assert.ok(named.kind === 'error' && named.code === 'BAD_REQUEST');
});
