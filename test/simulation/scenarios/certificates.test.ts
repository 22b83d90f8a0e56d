/** Devices with certificates: over power cuts, met by the gateway with a handshake, on a board whose clock stands in 1970. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceDetail } from '../../../src/gateway/views.ts';
import { bringIn, inScene } from '../../bad-input/scene.ts';
import type { DeviceOptions } from '../device-habits.ts';
import { gatewayCertificates as certificates } from '../device-proof.ts';
import type { World } from '../world.ts';

const name = 'device-0';
const base = { name, hasCertificate: true, secure: true, connectionId: true, resumes: true, queueMode: false } as const;
const answering: DeviceOptions = { ...base, habits: { acceptsHandshakes: 'resuming' } };

test('its connection is there again after a cut, without a handshake', () => {
  inScene(
    701,
    ({ world }) => {
      const device = bringIn(world, base);
      for (let cuts = 0; cuts < 3; cuts++) {
        world.gateway.cut();
        world.run(20_000);
      }
      assert.deepEqual([device.handshakes, device.registrations], [1, 1]);
      const { security, dtls, credential } = detail(world);
      assert.deepEqual([security, dtls?.handshakesSinceRestore], ['x509', 0]);
      assert.match(credential?.certificate?.sha256 ?? '', /^[0-9a-f]{64}$/);
    },
    { certificates },
  );
});

test('the gateway shakes hands with it in full, abbreviated, and abbreviated after a cut', () => {
  inScene(
    702,
    ({ world }) => {
      const device = bringIn(world, { ...answering, resumes: false });
      for (const answered of [
        { full: 1, resumed: 0 },
        { full: 1, resumed: 1 },
      ]) {
        world.confirmed({ kind: 'reset-device', endpoint: name });
        world.run(200_000);
        assert.deepEqual(device.link.answered, answered);
      }
      world.gateway.cut();
      world.run(10_000);
      world.confirmed({ kind: 'reset-device', endpoint: name });
      world.run(10_000);
      assert.deepEqual(device.link.answered, { full: 1, resumed: 2 });
      assert.equal(device.registrations, 1);
    },
    { certificates },
  );
});

test('a cut in the middle of such a handshake costs that handshake', () => {
  for (const afterMs of [1, 6, 11, 16, 21, 26, 31, 60]) {
    inScene(
      710 + afterMs,
      ({ world }) => {
        const device = bringIn(world, answering);
        world.confirmed({ kind: 'reset-device', endpoint: name });
        world.run(afterMs);
        world.gateway.cut();
        world.run(60_000);
        const { full, resumed } = device.link.answered;
        assert.ok(full + resumed >= 1 && full + resumed <= 2, `${full + resumed} handshakes after ${afterMs} ms`);
        assert.equal(device.registrations, 1);
      },
      { certificates },
    );
  }
});

test('on a board that wakes in 1970 nothing is refused as not valid yet', () => {
  inScene(
    703,
    ({ world }) => {
      world.clockTrusted = false;
      world.gateway.cut();
      world.run(20_000);
      const device = bringIn(world, answering);
      world.confirmed({ kind: 'reset-device', endpoint: name });
      world.run(20_000);
      assert.deepEqual([device.handshakes, device.link.answered.full + device.link.answered.resumed], [1, 1]);
    },
    { certificates },
  );
});

function detail(world: World): DeviceDetail {
  const answer = world.gateway.inspect({ kind: 'device', endpoint: name });
  assert.ok(answer.kind === 'device' && answer.device);
  return answer.device;
}
