/** Datagrams that come twice, late, or out of order; handshakes among them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate, parse } from 'coap-packet';
import { address } from '../../src/base/address.ts';
import { plainListener } from '../simulation/gateway-process.ts';
import { perfectNetwork, type World } from '../simulation/world.ts';
import { bringIn, dropped, inScene, observed, untilEvent } from './scene.ts';
import { locationOf, register, Stranger } from './stranger.ts';

const elsewhere = address('198.51.100.66', 4_000);
const twiceAndInAnyOrder = { lossProbability: 0, duplicateProbability: 1, delayMinMs: 1, delayMaxMs: 700 };

for (const secure of [true, false]) {
  test(`a device ${secure ? 'with' : 'without'} DTLS comes in although all it sends and gets comes twice, in any order`, () => {
    inScene(21, ({ world }) => {
      world.network = twiceAndInAnyOrder;
      for (let i = 0; i < 5; i++) {
        const connectionId = i % 2 === 0;
        bringIn(world, { name: `new-${i}`, secure, connectionId, resumes: false, queueMode: false });
      }
      world.network = perfectNetwork;
    });
  });
}

test('notifications, Sends and Updates that come twice and in any order are carried out once', () => {
  inScene(22, ({ world }) => {
    world.network = twiceAndInAnyOrder;
    const { acknowledgedCount } = world.monitor;
    const before = world.loggedReports().length;
    const each = 20;
    for (let i = 0; i < each; i++) {
      for (const device of world.devices) {
        device.notify();
        device.sendReport();
        device.update();
      }
      world.run(300);
    }
    world.run(60_000);
    world.network = perfectNetwork;
    const reports = each * 2 * world.devices.length;
    assert.equal(world.monitor.acknowledgedCount, acknowledgedCount + reports);
    assert.equal(world.loggedReports().length, before + reports);
    assert.ok(dropped(world, 'replayed-record') > 0);
    assert.ok(dropped(world, 'duplicate') > 0);
  });
});

test('an Execute whose messages come twice is executed once', () => {
  inScene(23, ({ world, meter }) => {
    world.network = twiceAndInAnyOrder;
    for (let i = 1; i <= 10; i++) {
      const operation = { verb: 'execute', path: observed, arguments: '' } as const;
      world.operate({ kind: 'operate', endpoint: 'meter', operation, expiresMs: 60_000 });
      untilEvent(world, 'executed', (event) => event.kind === 'operation' && event.operation.state === 'done');
      assert.equal(meter.answers.executions, i);
    }
    world.network = perfectNetwork;
  });
});

test('a Register that comes twice is carried out once, also after a cut', () => {
  inScene(24, ({ world }) => {
    const stranger = new Stranger(world, elsewhere, false);
    const first = locationOf(stranger.asks({ ...register('twice'), messageId: 77 }));
    const registrations = registered(world);
    stranger.messages.length = 0;
    assert.equal(locationOf(stranger.asks({ ...register('twice'), messageId: 77 })), first);
    world.gateway.cut();
    world.run(10_000, () => world.gateway.ready);
    stranger.messages.length = 0;
    assert.equal(locationOf(stranger.asks({ ...register('twice'), messageId: 77 })), first);
    assert.deepEqual(registered(world), registrations);
    stranger.free();
  });
});

test('answers and acknowledgements that come from nowhere, or again, change nothing', () => {
  inScene(25, ({ world, lamp }) => {
    const answers: Uint8Array[] = [];
    const { send } = world;
    world.send = (device, bytes) => {
      answers.push(bytes.slice());
      send.call(world, device, bytes);
    };
    const operation = { verb: 'read', path: observed } as const;
    world.operate({ kind: 'operate', endpoint: 'lamp', operation, expiresMs: 60_000 });
    untilEvent(world, 'read', (event) => event.kind === 'operation' && event.operation.state === 'done');
    world.send = send;
    const [answer] = answers;
    assert.ok(answer);
    const { messageId, token } = parse(Buffer.from(answer));
    const forged = generate({ ack: true, code: '2.05', messageId, token, payload: Buffer.from('99') });
    const reset = generate({ reset: true, code: '0.00', messageId });
    const empty = generate({ ack: true, code: '0.00', messageId });
    world.events.length = 0;
    for (const bytes of [answer, forged, reset, empty]) world.gateway.receive(plainListener, lamp.address, bytes);
    for (const bytes of [answer, forged]) world.gateway.receive(plainListener, elsewhere, bytes);
    world.run(5_000);
    assert.equal(dropped(world, 'unmatched-acknowledgement'), 5);
    assert.equal(dropped(world, 'unmatched-reset'), 1);
    assert.deepEqual(
      world.events.filter(({ kind }) => kind === 'operation'),
      [],
    );
  });
});

function registered(world: World): string[] {
  return world.disk
    .kept()
    .filter(({ key }) => key.startsWith('rg/'))
    .map(({ key, value }) => `${key} ${value}`);
}
