/** A device may end an observation with a value: a response without Observe. Its acknowledgement promises what any does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Packet } from 'coap-packet';
import { confirmable, observedGateway, PlainGateway } from './plain-gateway.ts';

const port = 5_001;

test('a last value is in the event log before it is acknowledged, and the observation has ended', () => {
  const { gateway, token } = observedGateway(port);
  gateway.storing = false;
  const value = last(token);
  assert.deepEqual(gateway.receive(port, value), []);
  gateway.store();
  assert.deepEqual(
    gateway.takeSent(port).map(({ ack, messageId }) => [ack, messageId]),
    [[true, value.messageId]],
  );
  const [logged] = gateway.events.flatMap((event) =>
    event.kind === 'logged' && event.event.kind !== 'response' ? [event.event] : [],
  );
  assert.deepEqual(logged?.entries[0]?.value, { type: 'float', value: 22.5 });
  assert.equal(stateOf(gateway), 'ended');
});

test('a last value that was acknowledged before a restart is acknowledged again, and logged once', () => {
  const { gateway, token } = observedGateway(port);
  const value = last(token);
  gateway.receive(port, value);
  const next = new PlainGateway(gateway.records, 2);
  assert.equal(next.receive(port, value)[0]?.ack, true);
  const answer = next.inspect({ kind: 'events', after: 0, limit: 10 });
  assert.equal(answer.kind === 'events' && answer.events.length, 1);
});

test('a last value that nobody has to keep is told', () => {
  const { gateway, token } = observedGateway(port);
  gateway.receive(port, { ...last(token), confirmable: false });
  assert.equal(gateway.events.at(-1)?.kind, 'notification');
  assert.equal(stateOf(gateway), 'ended');
});

test('an error that ends an observation is no value', () => {
  const { gateway, token } = observedGateway(port);
  gateway.receive(port, confirmable({ code: '4.04', token }));
  assert.equal(
    gateway.events.some((event) => event.kind === 'logged'),
    false,
  );
  assert.equal(stateOf(gateway), 'ended');
});

function last(token: Buffer): Packet {
  const options = [{ name: 'Content-Format' as const, value: Buffer.from([0]) }];
  return confirmable({ code: '2.05', token, options, payload: Buffer.from('22.5') });
}

function stateOf(gateway: PlainGateway): string | undefined {
  const answer = gateway.inspect({ kind: 'device', endpoint: 'meter' });
  return answer.kind === 'device' ? answer.device?.observationList[0]?.state : undefined;
}
