/** What devices and operators do over and over costs nothing that grows: after years it works as on the first day. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import type { ResourcePath } from '../../src/lwm2m/path.ts';
import { answerTo, atLocation, locationOf, PlainGateway, register } from './plain-gateway.ts';

test('a device that de-registers before each sleep is observed each time it comes back', () => {
  const gateway = new PlainGateway();
  const port = 5_001;
  locationOf(gateway.receive(port, register('meter')));
  gateway.ask({ kind: 'observe', endpoint: 'meter', path: '/3300/0/5700' as ResourcePath });
  for (const request of gateway.takeSent(port)) gateway.receive(port, answerTo(request, 1));
  for (let round = 0; round < limits.observationsPerPeerMax + 2; round++) {
    const sent = gateway.receive(port, register('meter'));
    const requests = sent.filter(({ code }) => code === '0.01');
    assert.equal(requests.length, 1, `round ${round}`);
    for (const request of requests) gateway.receive(port, answerTo(request, 1));
    gateway.receive(port, atLocation('DELETE', locationOf(sent)));
    gateway.pass(600_000);
  }
});

test('a device with as many observations as it may have gets them all back when it registers anew', () => {
  const gateway = new PlainGateway();
  const port = 5_002;
  const paths = Array.from({ length: limits.observationsPerPeerMax }, (_, i) => `/3300/${i}/5700` as ResourcePath);
  gateway.receive(port, register('meter'));
  for (const path of paths) {
    gateway.ask({ kind: 'observe', endpoint: 'meter', path, pminSeconds: 5 });
    answerAll(gateway, port, gateway.takeSent(port));
  }
  assert.equal(running(gateway), paths.length);
  for (let round = 0; round < 3; round++) {
    answerAll(gateway, port, gateway.receive(port, register('meter')));
    assert.equal(running(gateway), paths.length, `round ${round}`);
    gateway.pass(600_000);
  }
});

test('names that nobody uses any more make room for new ones', () => {
  const gateway = new PlainGateway();
  for (let i = 0; i < limits.registrationsMax + 200; i++) {
    if (i % 100 === 0) gateway.pass(60_000);
    gateway.receive(1_024 + (i % 10), register(`passing-${i}`));
  }
  const registrations = [...gateway.records.keys()].filter((key) => key.startsWith('rg/'));
  assert.ok(registrations.length <= limits.registrationsMax, `${registrations.length} names are kept`);
});

function answerAll(gateway: PlainGateway, port: number, first: ReturnType<PlainGateway['takeSent']>): void {
  const waiting = [...first];
  for (let sent = waiting.shift(); sent !== undefined; sent = waiting.shift()) {
    if (!['0.01', '0.03'].includes(sent.code)) continue;
    const changes = sent.code === '0.03';
    const answer = changes ? { ...answerTo(sent), code: '2.04' } : answerTo(sent, 1);
    gateway.pass(100);
    waiting.push(...gateway.receive(port, answer));
  }
}

function running(gateway: PlainGateway): number {
  const answer = gateway.inspect({ kind: 'device', endpoint: 'meter' });
  assert.ok(answer.kind === 'device');
  return answer.device?.observationList.filter(({ state }) => state === 'running').length ?? 0;
}
