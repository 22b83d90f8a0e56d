/** What is observed, as it is listed: wishes, relations, and the earlier relations that still count. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListedObservationView } from '../../src/gateway/views.ts';
import type { ResourcePath } from '../../src/lwm2m/path.ts';
import { answerTo, observedGateway, PlainGateway, register } from './plain-gateway.ts';

const port = 5_001;
const path = '/3300/0/5700' as ResourcePath;

test('a relation that a Register ended is shown as a former one until the new one stands', () => {
  const { gateway } = observedGateway(port);
  assert.deepEqual(shown(gateway), [['meter', path, 'running', 0]]);
  gateway.pass(5_000);
  const sent = gateway.receive(port, register('meter'));
  const [listed] = list(gateway).observations;
  assert.deepEqual([listed?.state, listed?.formers], ['wished', [{ askedSecondsAgo: 5, ended: true }]]);
  const request = sent.find(({ code }) => code === '0.01');
  assert.ok(request);
  gateway.receive(port, answerTo(request, 2));
  assert.deepEqual(shown(gateway), [['meter', path, 'running', 0]]);
});

test('wishes of devices that never came are there; one device can be asked for alone', () => {
  const gateway = gatewayWith('ant', 'bee', 'cat');
  gateway.ask({ kind: 'observe', endpoint: 'cat', path });
  gateway.ask({ kind: 'observe', endpoint: 'ant', path });
  gateway.ask({ kind: 'observe', endpoint: 'ant', path: '/3/0/9' as ResourcePath });
  assert.deepEqual(shown(gateway), [
    ['ant', '/3/0/9', 'wished', 0],
    ['ant', path, 'wished', 0],
    ['cat', path, 'wished', 0],
  ]);
  assert.deepEqual(
    list(gateway, { endpoint: 'cat' }).observations.map(({ endpoint }) => endpoint),
    ['cat'],
  );
});

test('some devices at a time, observed or not, until there are no more', () => {
  const gateway = gatewayWith('ant', 'bee', 'cat');
  gateway.ask({ kind: 'observe', endpoint: 'cat', path });
  const first = list(gateway, { limit: 2 });
  assert.deepEqual([first.observations.length, first.after], [0, 'bee']);
  const second = list(gateway, { limit: 2, after: 'bee' });
  assert.deepEqual([second.observations.map(({ endpoint }) => endpoint), second.after], [['cat'], undefined]);
});

function gatewayWith(...names: readonly string[]): PlainGateway {
  const gateway = new PlainGateway();
  for (const name of names) {
    const key = Uint8Array.of(1, 2, 3, 4);
    gateway.ask({ kind: 'add-device', endpoint: name, identity: name, key, replace: false });
  }
  return gateway;
}

interface Asked {
  readonly endpoint?: string;
  readonly after?: string;
  readonly limit?: number;
}

function list(gateway: PlainGateway, asked: Asked = {}) {
  const answer = gateway.inspect({ kind: 'observations', limit: 100, ...asked });
  assert.ok(answer.kind === 'observations');
  return answer;
}

function shown(gateway: PlainGateway): readonly (string | number)[][] {
  const row = ({ endpoint, path: observed, state, formers }: ListedObservationView) => [
    endpoint,
    observed,
    state,
    formers.length,
  ];
  return list(gateway).observations.map(row);
}
