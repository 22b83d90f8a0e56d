/** Lifetimes over restarts: whoever was answered stays registered for a lifetime, and who is gone does not stay for ever. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import { atLocation, locationOf, PlainGateway, register } from './plain-gateway.ts';

const port = 5_001;
const lifetimeMs = 3_600_000;

test('an Update that a cut took back expires nobody: its device was told that it has a lifetime', () => {
  const first = new PlainGateway();
  const location = locationOf(first.receive(port, register('meter')));
  first.pass(0.9 * lifetimeMs);
  const kept = new Map(first.records);
  assert.equal(first.receive(port, atLocation('POST', location))[0]?.code, '2.04');
  // Somebody else is heard, and kept: uptime is known up to here.
  const other = new PlainGateway(new Map(), 3);
  other.pass(0.9 * lifetimeMs + 1_000);
  other.receive(port + 1, register('other'));
  for (const [key, value] of other.records) if (key.includes('other')) kept.set(key, value);
  const second = new PlainGateway(kept, 2);
  second.pass(lifetimeMs - 1_000);
  assert.equal(second.receive(port, atLocation('POST', location))[0]?.code, '2.04');
});

test('after a cut a device that does not come back expires a lifetime later', () => {
  const first = new PlainGateway();
  first.receive(port, register('meter'));
  const second = new PlainGateway(first.records, 2);
  second.pass(lifetimeMs + limits.lifetimeGraceMs + limits.commitSoonWindowMs);
  assert.deepEqual(
    second.events.flatMap((event) => (event.kind === 'deregistered' ? [[event.endpoint, event.reason]] : [])),
    [['meter', 'expired']],
  );
});

test('a device whose lifetime had ended before the cut is given no other', () => {
  const first = new PlainGateway();
  first.receive(port, register('meter'));
  const kept = new Map(first.records);
  const other = new PlainGateway(new Map(), 3);
  other.pass(2 * lifetimeMs);
  other.receive(port + 1, register('other'));
  for (const [key, value] of other.records) if (key.includes('other')) kept.set(key, value);
  const second = new PlainGateway(kept, 2);
  second.pass(limits.lifetimeGraceMs + limits.commitSoonWindowMs);
  assert.equal(second.events.at(-1)?.kind, 'deregistered');
});
