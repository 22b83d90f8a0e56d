/** Whatever lets a muted device through the handshake: no message of its goes any further. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address, ListenerName, PeerId } from '../../src/base/address.ts';
import type { Monotonic, Now, Wall } from '../../src/base/instants.ts';
import type { Connections } from '../../src/gateway/connections.ts';
import { Counters } from '../../src/gateway/counters.ts';
import { LateReading } from '../../src/gateway/late-reading.ts';
import { MutedDevices } from '../../src/gateway/muted-devices.ts';
import { Peers } from '../../src/gateway/peers.ts';
import { Routing } from '../../src/gateway/routing.ts';
import { Step } from '../../src/gateway/step.ts';
import { Uptime } from '../../src/gateway/uptime.ts';

const listener = 'field' as ListenerName;
const from = '192.0.2.1:5' as Address;
const now: Now = { monotonic: 1 as Monotonic, wall: 0 as Wall, wallTrusted: false };

test('messages of a muted identity are dropped and counted', () => {
  const aead = { seal: (bytes: Uint8Array) => bytes, open: (bytes: Uint8Array) => bytes };
  const foundations = { aead, entropy: () => {}, uptime: new Uptime() };
  const reading = new LateReading(foundations);
  reading.readOn(true);
  const muted = new MutedDevices(foundations, (identity) => `device ${identity}`);
  const step = new Step(now);
  muted.mute('device a', { reason: '', account: '', byBreaker: false, route: undefined, forMs: undefined }, step);
  const counters = new Counters();
  const bytes = new Uint8Array(1);
  const connections = {
    receive: () =>
      ['a', 'b'].map((identity) => {
        const peer = `field|${identity}` as PeerId;
        return { peer, identity, association: '1', serial: 1, from, bytes };
      }),
  } as unknown as Connections;
  const listeners = [{ name: listener, security: 'psk' as const }];
  const routing = new Routing({ listeners, connections, peers: new Peers(() => false), counters, muted, reading });
  const messages = routing.receive(listener, from, bytes, step);
  assert.deepEqual(
    messages.map(({ peer }) => peer.identity),
    ['b'],
  );
  assert.deepEqual(counters.list(now.monotonic), [{ reason: 'muted', lastHour: 1, total: 1 }]);
});
