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
