/** Which notification is the newest, over a restart: told by the event log, so that it need not be written with each of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Packet } from 'coap-packet';
import type { ObservationView } from '../../src/gateway/views.ts';
import { confirmable, observedGateway, PlainGateway } from './plain-gateway.ts';

const port = 5_001;

test('an older notification that comes late after a restart is kept, but is not the last value', () => {
  const { gateway, token } = observedGateway(port);
  for (const sequence of [5, 6, 7, 8]) gateway.receive(port, value(token, sequence));
  const next = new PlainGateway(gateway.records, 2);
  assert.equal(next.receive(port, value(token, 4))[0]?.ack, true);
  assert.equal(observationOf(next)?.receivedSecondsAgo, undefined);
  assert.equal(next.receive(port, value(token, 9))[0]?.ack, true);
  assert.equal(observationOf(next)?.receivedSecondsAgo, 0);
  const answer = next.inspect({ kind: 'events', after: 0, limit: 10 });
  assert.equal(answer.kind === 'events' && answer.events.length, 6, 'all of them are in the log');
});

test('of many confirmable notifications the newest number is written now and then; of others it is written each time', () => {
  const { gateway, token } = observedGateway(port);
  const kept = (): string => [...(gateway.records.get(sequenceKey(gateway)) ?? [])].join(' ');
  const first = kept();
  assert.notEqual(first, '', 'with the answer to the request');
  for (const sequence of [5, 6, 7, 8]) gateway.receive(port, value(token, sequence));
  assert.equal(kept(), first);
  gateway.receive(port, { ...value(token, 9), confirmable: false });
  assert.notEqual(kept(), first);
});

test('a clean stop writes what the newest number and the count are', () => {
  const { gateway, token } = observedGateway(port);
  for (const sequence of [5, 6, 7, 8]) gateway.receive(port, value(token, sequence));
  const received = observationOf(gateway)?.received;
  gateway.stop();
  assert.equal(observationOf(new PlainGateway(gateway.records, 2))?.received, received);
});

function value(token: Buffer, sequence: number): Packet {
  const options = [
    { name: 'Observe' as const, value: Buffer.from([sequence]) },
    { name: 'Content-Format' as const, value: Buffer.from([0]) },
  ];
  return confirmable({ code: '2.05', token, options, payload: Buffer.from(`2${sequence}.5`) });
}

function sequenceKey({ records }: PlainGateway): string {
  return [...records.keys()].find((key) => key.startsWith('rq/')) ?? '';
}

function observationOf(gateway: PlainGateway): ObservationView | undefined {
  const answer = gateway.inspect({ kind: 'device', endpoint: 'meter' });
  return answer.kind === 'device' ? answer.device?.observationList[0] : undefined;
}
