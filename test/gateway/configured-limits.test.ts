/** Limits that an operator has set reach the parts of the gateway that keep them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitNames } from '../../src/api/configuration/configuration.ts';
import type { ConfigurableLimits } from '../../src/gateway/gateway-options.ts';
import type { ResourcePath } from '../../src/lwm2m/path.ts';
import { datagram, ImmediateGateway } from './immediate-gateway.ts';

/** The compiler checks that each key of the file is one of the gateway's. */
const names: readonly (keyof ConfigurableLimits)[] = Object.values(limitNames);

test('every limit of the configuration file is a limit of the gateway', () => {
  assert.equal(new Set(names).size, 10);
});

test('open handshakes', () => {
  const gateway = new ImmediateGateway({ handshakesPendingMax: 0 });
  assert.throws(() => gateway.handshake('a'));
});

test('datagrams of a host', () => {
  const gateway = new ImmediateGateway({ sourceDatagramsPerSecond: 1, sourceDatagramsBurst: 2 });
  for (let i = 0; i < 5; i++) gateway.receive(datagram(Uint8Array.of(i)));
  assert.equal(gateway.dropped('rate-limit-source'), 3);
});

test('messages of a device', () => {
  const gateway = new ImmediateGateway({ peerMessagesPerSecond: 1, peerMessagesBurst: 2 });
  const device = gateway.handshake('a');
  for (let i = 0; i < 5; i++) {
    const sealed = device.seal(Uint8Array.of(0x40, 0x01, 0, i));
    assert.ok(sealed instanceof Uint8Array);
    gateway.receive(datagram(sealed));
  }
  assert.equal(gateway.dropped('rate-limit-peer'), 3);
});

test('observed paths of a device', () => {
  const gateway = new ImmediateGateway({ observationsPerPeerMax: 1 });
  const observe = (path: string) => gateway.answer({ kind: 'observe', endpoint: 'a', path: path as ResourcePath });
  assert.equal(observe('/3/0/13').kind, 'wished');
  const refused = observe('/3/0/14');
  assert.ok(refused.kind === 'error' && refused.code === 'LIMIT_REACHED' && refused.message.includes('1 path'));
});
