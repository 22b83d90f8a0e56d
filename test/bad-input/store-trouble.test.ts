/** A store that takes nothing for a while, and an event log that is full: nothing is acknowledged that is not kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address } from '../../src/base/address.ts';
import { utf8Encode } from '../../src/base/bytes.ts';
import { limits } from '../../src/base/limits.ts';
import { type EventRecord, eventName, eventRecord } from '../../src/records/event-record.ts';
import { encodeKind, keyOf } from '../../src/records/record-kind.ts';
import type { World } from '../simulation/world.ts';
import { checkAllIsWell, dropped, inScene, restart, statusOf, untilEvent } from './scene.ts';
import { locationOf, post, register, Stranger, target } from './stranger.ts';

const elsewhere = address('198.51.100.66', 4_000);

for (const fault of ['full', 'failed', 'readonly'] as const) {
  for (const keeps of [false, true]) {
    test(`a store that is ${fault}${keeps ? ', and keeps what it refused' : ''}: 5.03 and silence, then all as it was`, () => {
      inScene(81, ({ world, meter, pump }) => {
        const stranger = new Stranger(world, elsewhere, false);
        const location = locationOf(stranger.asks(register('stranger')));
        world.disk.refuse(fault);
        world.disk.faultKeeps = keeps;
        const { acknowledgedCount } = world.monitor;
        // The write that finds the trouble: its notification stays without ACK until it is durable.
        meter.notify();
        world.run(5_000, () => statusOf(world).store !== 'ok');
        assert.equal(statusOf(world).store, fault);
        const before = world.loggedReports().length;
        refusals(stranger, location);
        const unavailable = dropped(world, 'store-unavailable');
        pump.notify();
        world.run(1_000);
        assert.equal(dropped(world, 'store-unavailable'), unavailable + 1);
        pump.sendReport();
        world.run(20_000);
        assert.equal(world.monitor.acknowledgedCount, acknowledgedCount, 'silence');
        assert.ok(dropped(world, 'store-unavailable') >= 5);
        assert.equal(world.loggedReports().length, before);
        world.disk.refuse(undefined);
        untilEvent(
          world,
          'the store is ok again',
          (event) => event.kind === 'log' && event.message === 'the store is ok',
        );
        world.run(60_000);
        assert.ok(world.monitor.acknowledgedCount >= acknowledgedCount + 2, 'what devices repeated is acknowledged');
        assert.equal(stranger.asks(register('stranger')).code, '2.01');
        stranger.free();
      });
    });

    test(`the power goes while the store is ${fault}${keeps ? ', and keeps what it refused' : ''}`, () => {
      inScene(82, ({ world, meter, pump, lamp }) => {
        world.disk.refuse(fault);
        world.disk.faultKeeps = keeps;
        for (const device of [meter, pump, lamp]) device.notify();
        for (const device of [meter, pump, lamp]) device.sendReport();
        world.run(10_000);
        world.disk.refuse(undefined);
        restart(world);
        world.run(60_000);
      });
    });
  }
}

test('an event log full of young events: no ACK, 5.03; when they are old enough all goes on', () => {
  inScene(83, ({ world, meter }) => {
    const stranger = new Stranger(world, elsewhere, false);
    stranger.asks(register('stranger'));
    fillEventLog(world);
    restart(world);
    assert.equal(statusOf(world).events.held, limits.eventLogRecordsMax);
    const { acknowledgedCount } = world.monitor;
    meter.notify();
    world.run(25_000);
    assert.equal(world.monitor.acknowledgedCount, acknowledgedCount);
    const body = '[{"n":"/3/0/9","v":1}]';
    assert.equal(stranger.asks(post('/dp', body, 110)).code, '5.03');
    assert.ok(dropped(world, 'event-log-full') >= 2);
    assert.equal(stranger.asks(register('stranger')).code, '2.01', 'what is no event is taken');
    assert.equal(statusOf(world).events.held, limits.eventLogRecordsMax);
    const logged = world.loggedReports();
    world.run(limits.exchangeLifetimeMs);
    world.monitor.sawLog(logged);
    world.monitor.mayHaveMadeRoom(Math.min(...logged.map(({ id }) => id)) + 30);
    checkAllIsWell(world);
    assert.equal(stranger.asks(post('/dp', body, 110)).code, '2.04');
    assert.equal(statusOf(world).events.held, limits.eventLogRecordsMax, 'the oldest have made room');
    stranger.free();
  });
});

/** What is refused while nothing can be written, and what is not. */
function refusals(stranger: Stranger, location: string): void {
  assert.equal(stranger.asks(register('another')).code, '5.03');
  const busy = stranger.asks(post(`${location}?lt=900`));
  assert.equal(busy.code, '5.03', 'an Update that changes something');
  const maxAge = busy.options.find(({ name }) => name === 'Max-Age')?.value;
  assert.deepEqual(maxAge, Buffer.from([30]));
  assert.equal(stranger.asks(post('/dp', '[{"n":"/3/0/9","v":1}]', 110)).code, '5.03');
  assert.equal(stranger.asks({ code: '0.04', options: target(location) }).code, '5.03', 'De-register');
  assert.equal(stranger.asks({ code: '0.02', options: target(location) }).code, '2.04', 'an Update without a change');
}

/** Puts events of somebody else into the log, on the disk: a start finds them there. */
function fillEventLog(world: World): void {
  const newest = Math.max(...world.disk.kept().map(({ key }) => (key.startsWith('ev/') ? Number(key.slice(3)) : 0)));
  const uptimeMs = world.timeline.nowMs;
  const held = world.disk.kept().filter(({ key }) => key.startsWith('ev/')).length;
  for (let i = 1; i <= limits.eventLogRecordsMax - held; i++) {
    const event: EventRecord = {
      kind: 'notification',
      endpoint: 'somebody',
      path: '/3300/0/5700',
      contentFormat: 0,
      payload: utf8Encode(String(i)),
      atUptimeMs: uptimeMs,
      atWall: undefined,
      unverified: false,
      peer: `plain|udp:10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:5683`,
      messageId: i & 0xffff,
      token: Uint8Array.of(1),
      association: 0,
      digest: 0,
    };
    const key = keyOf(eventRecord, eventName(newest + i));
    world.disk.records.set(key, encodeKind(eventRecord, noAead, key, event));
  }
}

const noAead = { seal: (plaintext: Uint8Array) => plaintext, open: (sealed: Uint8Array) => sealed };
