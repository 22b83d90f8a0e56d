/** What is observed, as a list: an observation a line, with its earlier relations. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answered, ask, at, device, entry, FakeKnowledge, planned } from './fake-knowledge.ts';

const target = '/api/holdfast/observations';

test('an observation with its last value and its former relations', () => {
  const here = new FakeKnowledge();
  here.observations.push({
    endpoint: 'meter-17',
    path: at('/3303/0/5700'),
    pminSeconds: 10,
    pmaxSeconds: undefined,
    state: 'wished',
    entry: entry('/3303/0/5700', { type: 'float', value: 21.5 }),
    receivedSecondsAgo: 4,
    received: 7,
    formers: [{ askedSecondsAgo: 60, ended: true }],
  });
  const plan = planned(here, ask('GET', target));
  assert.ok(plan.kind === 'list');
  const { elements, after } = plan.chunk('boiler');
  assert.equal(after, undefined);
  assert.deepEqual(
    elements.map((element) => JSON.parse(element)),
    [
      {
        endpoint: 'meter-17',
        path: '/3303/0/5700',
        pminSeconds: 10,
        pmaxSeconds: null,
        state: 'wished',
        value: 21.5,
        type: 'float',
        receivedSecondsAgo: 4,
        received: 7,
        formers: [{ askedSecondsAgo: 60, ended: true }],
      },
    ],
  );
  assert.deepEqual(here.queries.at(-1), { kind: 'observations', after: 'boiler', limit: 100 });
});

test('one device, which has to be known', () => {
  const here = new FakeKnowledge().add(device('meter-17'));
  const plan = planned(here, ask('GET', `${target}?ep=meter-17`));
  assert.ok(plan.kind === 'list');
  plan.chunk(undefined);
  assert.deepEqual(here.queries.at(-1), { kind: 'observations', endpoint: 'meter-17', limit: 100 });
  const unknown = answered(here, ask('GET', `${target}?ep=meter-71`));
  assert.equal(unknown.status, 404);
});
