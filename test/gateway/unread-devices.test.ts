import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Monotonic, Now, Wall } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import { Counters } from '../../src/gateway/counters.ts';
import type { PeerMessage } from '../../src/gateway/routing.ts';
import { Step } from '../../src/gateway/step.ts';
import { UnreadDevices, type UnreadParts } from '../../src/gateway/unread-devices.ts';

const now: Now = { monotonic: 1 as Monotonic, wall: 0 as Wall, wallTrusted: false };
const step = new Step(now);
const message = (identity: string | undefined, name = identity): PeerMessage =>
  ({ peer: { id: `field|${name}`, identity } }) as unknown as PeerMessage;

/** Identities are named as their devices; `read`: those whose records have been read. */
function scene(known: readonly string[], waiting: readonly string[] = []) {
  const read = new Set<string>();
  const reading = { isThrough: false, isRead: (name: string) => reading.isThrough || read.has(name) };
  const muted = new Set<string>();
  const counters = new Counters();
  const parts = {
    reading,
    counters,
    muted: { hasIdentity: (identity: string) => muted.has(identity) },
    credentials: { endpointOf: (identity: string) => (identity === 'lent' ? 'borrower' : identity) },
    registrations: {
      ofPeer: (id: string) => known.map((endpoint) => ({ endpoint })).find((one) => id === `field|${one.endpoint}`),
    },
    downlink: { operations: waiting.map((endpoint) => ({ endpoint })) },
  };
  return { unread: new UnreadDevices(parts as unknown as UnreadParts), read, reading, muted, counters };
}

test('a message waits until the records of its device are read, and is served once, in its turn', () => {
  const { unread, read } = scene(['a', 'b']);
  const [first, second, other] = [message('a'), message('a'), message('b')];
  for (const one of [first, other, second]) assert.equal(unread.keeps(one, step), true);
  assert.deepEqual(unread.takeRead(step), []);
  read.add('a');
  assert.equal(unread.keeps(message('a'), step), false);
  assert.deepEqual(unread.takeRead(step), [first, second]);
  assert.deepEqual(unread.takeRead(step), []);
});

test('whoever is not known, has no identity, waits for an operation or may come under another name waits for everything', () => {
  const { unread, read, reading } = scene(['plain', 'asked', 'lent'], ['asked']);
  for (const name of ['plain', 'asked', 'lent']) read.add(name);
  const all = [message('stranger'), message(undefined, 'plain'), message('asked'), message('lent')];
  for (const one of all) assert.equal(unread.keeps(one, step), true);
  assert.deepEqual(unread.takeRead(step), []);
  reading.isThrough = true;
  assert.deepEqual(unread.takeRead(step), all);
});

test('who turns out to be muted is not served', () => {
  const { unread, reading, muted, counters } = scene([]);
  unread.keeps(message('a'), step);
  reading.isThrough = true;
  muted.add('a');
  assert.deepEqual(unread.takeRead(step), []);
  assert.deepEqual(counters.list(now.monotonic), [{ reason: 'muted', lastHour: 1, total: 1 }]);
});

test('only so many messages wait', () => {
  const { unread, reading, counters } = scene([]);
  for (let count = 0; count <= limits.messagesUnreadMax; count++) unread.keeps(message('a'), step);
  assert.equal(counters.list(now.monotonic)[0]?.reason, 'records-unread');
  reading.isThrough = true;
  assert.equal(unread.takeRead(step).length, limits.messagesUnreadMax);
});
