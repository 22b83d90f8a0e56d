/** What is shown of a device stays right when parts of what is known of it have gone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate } from 'coap-packet';
import { firstDatagram, seal } from '../mbedtls-wasm/pair.ts';
import { datagram, ImmediateGateway } from './immediate-gateway.ts';
import { register } from './plain-gateway.ts';

test('a device that ended its connection is shown with the address that it spoke from', () => {
  const gateway = new ImmediateGateway();
  const device = gateway.handshake('a');
  gateway.receive(datagram(seal(device, new Uint8Array(generate(register('a'))))));
  assert.deepEqual(shown(gateway), ['online', 'live', '192.0.2.17:5684']);
  gateway.receive(datagram(firstDatagram(device.close())));
  assert.deepEqual(shown(gateway), ['online', 'none', '192.0.2.17:5684']);
});

function shown(gateway: ImmediateGateway): unknown[] {
  const answer = gateway.inspect({ kind: 'device', endpoint: 'a' });
  assert.ok(answer.kind === 'device' && answer.device !== undefined);
  return [answer.device.state, answer.device.connection, answer.device.address];
}
