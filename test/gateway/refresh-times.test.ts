/** Which refreshes are written, and that those which are not cost no device its lifetime. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Monotonic, Now, Wall } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import { RefreshTimes, refreshStaleMs } from '../../src/gateway/refresh-times.ts';
import { atLocation, locationOf, PlainGateway, register } from './plain-gateway.ts';

const port = 5_001;
const windowMs = limits.commitSoonWindowMs;
const hourMs = 3_600_000;

test('a refresh is written when it has moved by a quarter of the lifetime, and by half an hour at most', () => {
  assert.equal(refreshStaleMs(60_000), 15_000);
  assert.equal(refreshStaleMs(24 * hourMs), limits.refreshStaleMsMax);
  const times = new World();
  assert.equal(times.refresh('a', 0), true, 'the first of a start');
  times.refresh('b', hourMs / 4 - 10);
  assert.equal(times.refresh('a', hourMs / 4 - 1), false);
  assert.equal(times.refresh('a', hourMs / 4), true);
  times.refresh('c', hourMs / 2 - 10);
  assert.equal(times.refresh('a', hourMs / 2 - 1), false, 'it counts from what was written');
});

test('some refresh is written each soon window, so that uptime is known', () => {
  const times = new World();
  times.refresh('a', 0);
  assert.equal(times.refresh('a', windowMs - 1), false);
  assert.equal(times.refresh('a', windowMs), true);
  assert.equal(times.refresh('a', windowMs + 1), false);
});

test('a refresh is written when the wall clock has jumped, become known or unknown', () => {
  const times = new World();
  times.refresh('a', 0, 1_000_000);
  assert.equal(times.refresh('a', 1_000, 1_001_000), false);
  assert.equal(times.refresh('a', 2_000, 1_001_000 + hourMs), true);
  assert.equal(times.refresh('a', 3_000, 1_000_000), true, 'backward too');
  assert.equal(times.refresh('a', 4_000, undefined), true);
  assert.equal(times.refresh('a', 5_000, undefined), false);
  assert.equal(times.refresh('a', 6_000, 1_000_000), true);
});

test('who was forgotten is written anew', () => {
  const times = new World();
  times.refresh('a', 0);
  times.times.forget('a');
  assert.equal(times.refresh('a', 1), true);
});

test('a refresh that was not written expires nobody after a cut, nor after a clean stop', () => {
  const { records, location, updatedAtMs, cutAtMs } = fleetWithSkippedRefresh();
  for (const generation of [1, 2]) {
    const next = new PlainGateway(records, generation);
    next.pass(updatedAtMs + hourMs - cutAtMs - 1_000);
    assert.deepEqual(expired(next), [], `generation ${generation}`);
    assert.equal(next.receive(port, atLocation('POST', location))[0]?.code, '2.04');
  }
});

test('nor does the cut take its lifetime when it takes back the next one, however long nothing could be written', () => {
  const { gateway, records, location } = fleetWithSkippedRefresh();
  assert.equal(gateway.receive(port, atLocation('POST', location))[0]?.code, '2.04');
  const next = new PlainGateway(records, 2);
  next.pass(hourMs - 1_000);
  assert.deepEqual(
    expired(next).filter((endpoint) => endpoint === 'meter'),
    [],
  );
  assert.equal(next.receive(port, atLocation('POST', location))[0]?.code, '2.04');
});

test('by a trusted clock too: an outage counts from a record that may be two soon windows older than the refresh', () => {
  const wallMs = 1_790_000_000_000;
  const gateway = new PlainGateway(new Map(), 1, wallMs);
  const location = locationOf(gateway.receive(port, register('meter')));
  const other = locationOf(gateway.receive(port + 1, register('other')));
  const records = new Map(gateway.records);
  gateway.pass(windowMs);
  gateway.receive(port + 1, atLocation('POST', other));
  gateway.pass(windowMs - 1_000);
  gateway.receive(port, atLocation('POST', location));
  assert.equal(gateway.records.get('sn/meter'), records.get('sn/meter'));
  const leftMs = 100_000;
  const next = new PlainGateway(records, 2, wallMs + gateway.nowMs + hourMs - leftMs - 1_000);
  next.pass(leftMs - 1_000);
  assert.equal(next.receive(port, atLocation('POST', location))[0]?.code, '2.04');
});

test('who does not come back expires all the same, a quarter of the lifetime later at most', () => {
  const { records, registeredAtMs, cutAtMs } = fleetWithSkippedRefresh();
  // The first start counts as one after a clean stop.
  const next = new PlainGateway(records, 1);
  next.pass(hourMs + refreshStaleMs(hourMs) + limits.lifetimeGraceMs + windowMs - (cutAtMs - registeredAtMs));
  assert.deepEqual(expired(next), ['meter']);
});

test('an Update that changes the lifetime keeps its time as well', () => {
  const gateway = new PlainGateway();
  const location = locationOf(gateway.receive(port, register('meter')));
  gateway.pass(1_000);
  const before = gateway.records.get('sn/meter');
  gateway.receive(port, atLocation('POST', location));
  assert.equal(gateway.records.get('sn/meter'), before, 'not without a change');
  gateway.storing = false;
  const update = atLocation('POST', location);
  const lifetime = { name: 'Uri-Query' as const, value: Buffer.from('lt=60') };
  const answers = gateway.receive(port, { ...update, options: [...(update.options ?? []), lifetime] });
  assert.deepEqual(answers, []);
  assert.notEqual(gateway.records.get('sn/meter'), before);
});

/** A device whose last Update was not written, and another one that was heard just before the power went. */
function fleetWithSkippedRefresh() {
  const gateway = new PlainGateway();
  const registeredAtMs = gateway.nowMs;
  const location = locationOf(gateway.receive(port, register('meter')));
  const other = locationOf(gateway.receive(port + 1, register('other')));
  gateway.pass(hourMs / 4 - 30_000);
  gateway.receive(port + 1, atLocation('POST', other));
  gateway.pass(10_000);
  const kept = gateway.records.get('sn/meter');
  assert.equal(gateway.receive(port, atLocation('POST', location))[0]?.code, '2.04');
  assert.equal(gateway.records.get('sn/meter'), kept);
  const updatedAtMs = gateway.nowMs;
  gateway.pass(hourMs - 100_000);
  gateway.receive(port + 1, atLocation('POST', other));
  return { gateway, records: new Map(gateway.records), location, registeredAtMs, updatedAtMs, cutAtMs: gateway.nowMs };
}

function expired(gateway: PlainGateway): string[] {
  return gateway.events.flatMap((event) => (event.kind === 'deregistered' ? [event.endpoint] : []));
}

/** Devices with a lifetime of an hour. */
class World {
  readonly times = new RefreshTimes(windowMs);

  /** Whether the refresh of a device is written. */
  refresh(endpoint: string, atMs: number, wall?: number): boolean {
    const now: Now = { monotonic: atMs as Monotonic, wall: (wall ?? 0) as Wall, wallTrusted: wall !== undefined };
    const refresh = { updatedAtUptimeMs: atMs, updatedAtWall: wall };
    const due = this.times.isDue(endpoint, hourMs, refresh, now);
    if (due) this.times.write(endpoint, refresh, now);
    return due;
  }
}
