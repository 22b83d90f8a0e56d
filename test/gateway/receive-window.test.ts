/**
 * Every batch with an effect of a received record holds the receive window of its association, so that nobody can have the
 * effect again by sending the record again after a cut. Here with one datagram that holds records of two devices.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate } from 'coap-packet';
import type { Connection } from 'mbedtls-wasm';
import { concat } from '../../src/base/bytes.ts';
import type { Outcome } from '../../src/gateway/contract.ts';
import { seal } from '../mbedtls-wasm/pair.ts';
import { datagram, ImmediateGateway } from './immediate-gateway.ts';

test('the effects of one record go with the window of its association', () => {
  const { gateway, devices } = twoDevices();
  const { commits } = gateway.receive(datagram(register(devices[0], 'a')));
  assert.equal(windowsIn(commits).length, 1);
});

test('the effects of two records in one datagram go with both windows', () => {
  const { gateway, devices } = twoDevices();
  const { commits } = gateway.receive(datagram(concat(register(devices[0], 'a'), register(devices[1], 'b'))));
  const keys = commits.flatMap(({ writes }) => writes.map((write) => write.key));
  assert.equal(keys.filter((name) => name.startsWith('rg/')).length, 2, keys.join(' '));
  assert.equal(windowsIn(commits).length, 2);
});

function twoDevices(): { gateway: ImmediateGateway; devices: [Connection, Connection] } {
  const gateway = new ImmediateGateway();
  const [a, b] = ['a', 'b'].map((name) => gateway.handshake(name));
  assert.ok(a && b);
  return { gateway, devices: [a, b] };
}

function register(device: Connection, name: string): Uint8Array {
  const options = [
    { name: 'Uri-Path', value: Buffer.from('rd') },
    { name: 'Content-Format', value: Buffer.of(40) },
    ...[`ep=${name}`, 'lt=60', 'lwm2m=1.1'].map((text) => ({ name: 'Uri-Query' as const, value: Buffer.from(text) })),
  ] as const;
  const token = Buffer.of(1);
  const packet = {
    code: '0.02',
    confirmable: true,
    messageId: 7,
    token,
    options: [...options],
    payload: Buffer.from('</3/0>'),
  };
  return seal(device, new Uint8Array(generate(packet as Parameters<typeof generate>[0])));
}

function windowsIn(commits: Outcome['commits']): readonly string[] {
  return commits
    .filter((commit) => commit.class === 'before-ack')
    .flatMap(({ writes }) => writes.map((write) => write.key).filter((name) => name.startsWith('aw/')));
}
