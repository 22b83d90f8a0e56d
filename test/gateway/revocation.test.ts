/** A key that was changed or taken away lets nobody in and keeps nobody in, whatever the power does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate } from 'coap-packet';
import type { OperatorAction } from '../../src/gateway/operator.ts';
import type { ResourcePath } from '../../src/lwm2m/path.ts';
import { seal } from '../mbedtls-wasm/pair.ts';
import { datagram, deviceKey, ImmediateGateway } from './immediate-gateway.ts';
import { register } from './plain-gateway.ts';

const changes: Readonly<Record<string, OperatorAction>> = {
  'a replaced key': { kind: 'add-device', endpoint: 'a', identity: 'a', key: deviceKey.toReversed(), replace: true },
  'a removed credential': { kind: 'remove-device', endpoint: 'a', keepCredentials: false },
};

for (const [what, action] of Object.entries(changes)) {
  test(`${what} ends the connection in the commit that is confirmed`, () => {
    const gateway = new ImmediateGateway();
    gateway.handshake('a');
    const { commits } = gateway.ask(action);
    const confirmed = commits.filter((commit) => commit.class === 'before-ack').flatMap(({ writes }) => writes);
    const removed = confirmed.filter(({ value }) => value === undefined).map(({ key }) => key.slice(0, 3));
    assert.ok(removed.includes('as/') && removed.includes('aw/'), `${removed}`);
  });

  test(`${what} ends a handshake that has already used it`, () => {
    const gateway = new ImmediateGateway();
    const device = gateway.device('a');
    const finish = gateway.handshakeBut(device);
    gateway.ask(action);
    const { commits } = gateway.receive(datagram(finish));
    assert.deepEqual(commits, []);
  });
}

test('another identity ends the registration: whoever gets the old one is not taken for the device', () => {
  const gateway = new ImmediateGateway();
  const device = gateway.handshake('a');
  gateway.receive(datagram(seal(device, new Uint8Array(generate(register('a'))))));
  const { commits } = gateway.ask({ kind: 'add-device', endpoint: 'a', identity: 'a2', key: deviceKey, replace: true });
  const [ended] = commits.flatMap(({ writes }) => writes.filter(({ key }) => key.startsWith('rg/')));
  assert.ok(ended?.value, 'its end is in the commit that is confirmed');
});

test('another identity during a handshake that the gateway began leaves nothing behind that keeps it from the next one', () => {
  const gateway = new ImmediateGateway();
  const registered = (identity: string) => {
    const device = gateway.handshake(identity);
    gateway.receive(datagram(seal(device, new Uint8Array(generate(register('a'))))));
    return device;
  };
  registered('a');
  assert.equal(gateway.ask({ kind: 'reset-device', endpoint: 'a' }).send.length, 1, 'a handshake begins');
  gateway.ask({ kind: 'add-device', endpoint: 'a', identity: 'a2', key: deviceKey, replace: true });
  for (const bytes of registered('a2').close().datagrams) gateway.receive(datagram(bytes));
  const operation = { verb: 'read', path: '/3/0/0' as ResourcePath } as const;
  gateway.sent.length = 0;
  gateway.ask({ kind: 'operate', endpoint: 'a', operation, expiresMs: 60_000 });
  assert.equal(gateway.sent.length, 1, 'another one begins');
});

test('a handshake that nothing was changed about is completed', () => {
  const gateway = new ImmediateGateway();
  const finish = gateway.handshakeBut(gateway.device('a'));
  gateway.ask({ kind: 'add-device', endpoint: 'b', identity: 'b', key: deviceKey.toReversed(), replace: true });
  assert.equal(gateway.receive(datagram(finish)).commits.length > 0, true);
});
