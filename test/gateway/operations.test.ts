/** What operators are told of their operations and wishes is so, however long something else takes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourcePath } from '../../src/lwm2m/path.ts';
import { answerTo, PlainGateway, register } from './plain-gateway.ts';

const port = 5_001;
const reboot = { verb: 'execute', path: '/3/0/4' as ResourcePath, arguments: '' } as const;

test('what expired behind requests that nobody answers does not leave later', () => {
  const gateway = registered();
  for (let i = 0; i < 10; i++) gateway.ask({ kind: 'observe', endpoint: 'meter', path: `/3300/${i}` as ResourcePath });
  gateway.ask({ kind: 'operate', endpoint: 'meter', operation: reboot, expiresMs: 60_000 });
  gateway.pass(1_200_000);
  assert.deepEqual(statesOf(gateway, 'execute'), ['expired']);
  assert.equal(gateway.takeSent(port).filter(({ code }) => code === '0.02').length, 0);
});

test('what expired while a commit before it waited for the store does not leave later', () => {
  const gateway = registered();
  gateway.storing = false;
  gateway.receive(port, register('meter'));
  gateway.ask({ kind: 'operate', endpoint: 'meter', operation: reboot, expiresMs: 60_000 });
  gateway.pass(400_000);
  assert.deepEqual(statesOf(gateway, 'execute'), [], 'its end is told when it is durable');
  gateway.store();
  gateway.pass(100_000);
  assert.deepEqual(statesOf(gateway, 'execute'), ['expired']);
  assert.equal(gateway.takeSent(port).filter(({ code }) => code === '0.02').length, 0);
});

test('whoever asks for what somebody else has just asked for is told when that is durable', () => {
  const gateway = registered();
  const observe = { kind: 'observe', endpoint: 'meter', path: '/3300/0/5700' as ResourcePath } as const;
  gateway.storing = false;
  assert.equal(gateway.ask(observe), undefined);
  assert.equal(gateway.ask(observe), undefined, 'a cut could take the wish back');
  const mistake = gateway.ask({ ...observe, endpoint: 'nobody' });
  assert.equal(mistake?.kind, 'error', 'a mistake is told at once');
  gateway.store();
  const answers = gateway.events.flatMap((event) => (event.kind === 'answer' ? [event.answer.kind] : []));
  assert.deepEqual(answers, ['error', 'wished', 'wished']);
  for (const request of gateway.takeSent(port)) gateway.receive(port, answerTo(request, 1));
});

function registered(): PlainGateway {
  const gateway = new PlainGateway();
  gateway.receive(port, register('meter'));
  return gateway;
}

/** What the operations of a verb came to, in order; what is on its way is left out. */
function statesOf(gateway: PlainGateway, verb: string): string[] {
  const views = gateway.events.flatMap((event) => (event.kind === 'operation' ? [event.operation] : []));
  return views.filter((view) => view.verb === verb).flatMap(({ state }) => (state === 'sent' ? [] : [state]));
}
