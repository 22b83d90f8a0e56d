/** A device in queue mode that goes to sleep with requests under way: nothing new leaves until it wakes, and nothing is lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import type { ResourcePath } from '../../src/lwm2m/path.ts';
import { answerTo, atLocation, locationOf, PlainGateway, register } from './plain-gateway.ts';

const port = 5_001;
const paths = [0, 1, 2, 3, 4].map((i) => `/3300/${i}/5700` as ResourcePath);

test('what had not left when a device fell asleep leaves when it wakes', () => {
  const gateway = new PlainGateway();
  const location = locationOf(gateway.receive(port, register('meter', 'Q')));
  for (const path of paths) gateway.ask({ kind: 'observe', endpoint: 'meter', path });
  const operation = { verb: 'read', path: '/3/0/0' as ResourcePath } as const;
  gateway.ask({ kind: 'operate', endpoint: 'meter', operation, expiresMs: 3_600_000 });
  gateway.pass(limits.queueModeAwakeMs + 1);
  const known = new Set(gateway.takeSent(port).map(({ messageId }) => messageId));
  gateway.pass(1_200_000);
  const late = gateway.takeSent(port).filter(({ messageId }) => !known.has(messageId));
  assert.deepEqual(late, [], 'the device sleeps');
  const waiting = gateway.receive(port, atLocation('POST', location));
  const asked: string[] = [];
  for (let sent = waiting.shift(); sent !== undefined; sent = waiting.shift()) {
    if (sent.code !== '0.01') continue;
    const isObserve = sent.options.some(({ name }) => name === 'Observe');
    asked.push(isObserve ? 'observe' : 'read');
    gateway.pass(50);
    waiting.push(...gateway.receive(port, answerTo(sent, isObserve ? 1 : undefined)));
  }
  assert.deepEqual(asked.toSorted(), [...paths.map(() => 'observe'), 'read']);
  const done = gateway.events.flatMap((event) => (event.kind === 'operation' ? [event.operation] : []));
  assert.equal(done.findLast(({ verb }) => verb === 'read')?.state, 'done');
});

test('a wish that was taken while a device slept is asked for as soon as anything comes from it', () => {
  const gateway = new PlainGateway();
  gateway.receive(port, register('meter', 'Q'));
  gateway.pass(2 * limits.queueModeAwakeMs);
  gateway.ask({ kind: 'observe', endpoint: 'meter', path: paths[0] as ResourcePath });
  assert.deepEqual(gateway.takeSent(port), []);
  const sent = gateway.receive(port, { code: '0.00', confirmable: true, messageId: 60_000 });
  assert.deepEqual(
    sent.map(({ code }) => code),
    ['0.00', '0.01'],
  );
});

test('what waits behind an operation that nobody answers does not leave as the device falls asleep', () => {
  const gateway = new PlainGateway();
  gateway.receive(port, register('meter', 'Q'));
  gateway.pass(limits.queueModeAwakeMs - 10_000);
  const operation = { verb: 'execute', path: '/3/0/4' as ResourcePath, arguments: '' } as const;
  gateway.ask({ kind: 'operate', endpoint: 'meter', operation, expiresMs: 3_600_000 });
  for (const path of paths) gateway.ask({ kind: 'observe', endpoint: 'meter', path });
  gateway.pass(9_999);
  assert.ok(
    gateway.takeSent(port).every(({ code }) => code === '0.02'),
    'the operation has the turn',
  );
  gateway.pass(600_000);
  assert.equal(gateway.takeSent(port).length, 0, 'the device sleeps');
});

test('after an unclean stop a device that never falls asleep is asked again although its first request was lost', () => {
  const first = new PlainGateway();
  const location = locationOf(first.receive(port, register('meter', 'Q')));
  first.pass(2 * limits.queueModeAwakeMs);
  for (const path of ['/3/0/0', '/3/0/1'] as ResourcePath[]) {
    first.ask({ kind: 'operate', endpoint: 'meter', operation: { verb: 'read', path }, expiresMs: 36_000_000 });
  }
  const gateway = new PlainGateway(first.records, 2);
  const asked: string[] = [];
  for (let s = 0; s < 600; s += 30) {
    const sent = gateway.receive(port, atLocation('POST', location));
    gateway.pass(30_000);
    for (const packet of [...sent, ...gateway.takeSent(port)]) {
      const isRequest = packet.code === '0.01';
      if (isRequest) asked.push(packet.token.toString('hex'));
      if (isRequest && new Set(asked).size > 1) gateway.receive(port, answerTo(packet));
    }
  }
  const states = gateway.events.flatMap((event) => (event.kind === 'operation' ? [event.operation.state] : []));
  assert.equal(new Set(asked).size, 2, 'the second one leaves');
  assert.equal(states.at(-1), 'done');
});
