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
