/** What `status` puts nearest the prompt: what needs doing, each with its command. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DropReason } from '../../src/base/drop-reason.ts';
import type { StoreState } from '../../src/gateway/contract.ts';
import type { StatusView } from '../../src/gateway/views.ts';
import { answered, ask, FakeKnowledge } from './fake-knowledge.ts';

const nobody = { online: 9, awake: 0, asleep: 0, restored: 0, silent: 0, gone: 0, unseen: 3, muted: 0 };

test('nothing to do, nothing said', () => {
  assert.deepEqual(told({ devices: nobody, drops: [drop('replayed-record', 7)] }), []);
});

test('devices that are silent or gone', () => {
  const missing = (silent: number, gone: number) => told({ devices: { ...nobody, silent, gone } });
  assert.deepEqual(missing(2, 1), ['2 devices are silent, 1 is gone: holdfast devices --state silent,gone']);
  assert.deepEqual(missing(1, 0), ['1 device is silent: holdfast devices --state silent']);
  assert.deepEqual(missing(0, 3), ['3 devices are gone: holdfast devices --state gone']);
});

test('operations that only a person can judge', () => {
  const inDoubt = (count: number) => told({ operations: { queued: 3, sent: 1, inDoubt: count } });
  assert.deepEqual(inDoubt(1), ['1 operation is in doubt: holdfast operations --state in-doubt']);
  assert.deepEqual(inDoubt(2), ['2 operations are in doubt: holdfast operations --state in-doubt']);
  assert.deepEqual(inDoubt(0), []);
});

test('a store that takes nothing', () => {
  const states: readonly StoreState[] = ['full', 'readonly', 'failed', 'superseded'];
  const lines = states.flatMap((store) => told({ store }));
  assert.equal(lines.length, 4);
  assert.match(lines[0] ?? '', /^The store is full, so nothing new is acknowledged: df -h \.$/);
});

test('one half of the store that fails while the other goes on', () => {
  const knowledge = new FakeKnowledge();
  knowledge.storeHealth = { database: 'full', journal: 'ok', journalFill: 0.372 };
  assert.deepEqual(lines(knowledge), [
    'The database has no space; the journal goes on for now, 37% of it is in use: df -h .',
  ]);
  knowledge.storeHealth = { database: 'ok', journal: 'failed', journalFill: 0 };
  assert.match(lines(knowledge)[0] ?? '', /^The journal failed .* written to the flash: df -h \.$/);
  knowledge.storeHealth = { database: 'failed', journal: 'ok', journalFill: 0.8 };
  knowledge.statusOver = { store: 'failed' };
  assert.equal(lines(knowledge).length, 1, 'the whole says it already');
});

test('an event log whose events may not go yet, not one that is merely at its limit', () => {
  const events = (youngHeld: number) => ({
    perMinute: 1,
    held: 1_000,
    oldestSecondsAgo: 9,
    lastId: 5_000,
    youngHeld,
    heldMax: 1_000,
  });
  assert.deepEqual(told({ events: events(799) }), []);
  assert.match(told({ events: events(800) })[0] ?? '', /nearly full .* \(1000\): holdfast config show$/);
  assert.match(told({ events: events(1_000) })[0] ?? '', /log is full/);
});

test('damaged records, with the first device that lost something', () => {
  const setAside = (count: number, what: readonly string[], ...endpoints: string[]) =>
    told({ setAside: { count, what, endpoints } });
  assert.deepEqual(setAside(1, ['a session']), ['A session was damaged and set aside under quarantine/ at the start']);
  assert.deepEqual(setAside(2, ['a registration', 'a receive window'], 'meter-17'), [
    'A registration and a receive window of meter-17 were damaged and set aside under quarantine/ at the start: holdfast device show meter-17',
  ]);
  assert.deepEqual(setAside(4, ['2 events', 'a session', '1 other record'], 'valve north/3', 'pump'), [
    "2 events, a session and 1 other record of valve north/3, pump were damaged and set aside under quarantine/ at the start: holdfast device show 'valve north/3'",
  ]);
});

test('a budget of the flash that is not kept, not one for which commits merely wait', () => {
  const knowledge = new FakeKnowledge();
  knowledge.wearState = 'widened';
  assert.deepEqual(lines(knowledge), []);
  knowledge.wearState = 'over';
  assert.match(lines(knowledge)[0] ?? '', /^More is written to the flash than its daily budget.*: holdfast flash$/);
});

test('devices that have used up their bytes', () => {
  const spent = (count: number, ...endpoints: string[]) => told({ budgetSpent: { count, endpoints } })[0] ?? '';
  assert.match(spent(1, 'meter-17'), /^1 device has used up .*, so it has to wait, meter-17: holdfast flash$/);
  assert.match(spent(4, 'a', 'b', 'c'), /^4 devices have used up .*, so they have to wait, a, b, c …: holdfast flash$/);
});

test('devices that want to come in and may not', () => {
  const drops = [drop('unknown-identity', 2), drop('wrong-key', 1), drop('endpoint-not-allowed', 0)];
  assert.deepEqual(told({ drops }), [
    'Refused in the last hour: 2 unknown identities, 1 wrong key: holdfast events --follow --type REFUSED',
  ]);
  assert.deepEqual(told({ drops: [drop('certificate-refused', 3)] }), [
    'Refused in the last hour: 3 certificates: holdfast events --follow --type REFUSED',
  ]);
});

test('what the store repaired, and a clock that nobody has set', () => {
  const knowledge = new FakeKnowledge();
  knowledge.notes = ['One copy of the generation was damaged; it was written anew.'];
  knowledge.trusted = false;
  assert.deepEqual(lines(knowledge), [
    'One copy of the generation was damaged; it was written anew: ls -l .',
    'The clock is not trusted, so events have no time of day: timedatectl',
  ]);
});

function told(over: Partial<StatusView>): readonly string[] {
  const knowledge = new FakeKnowledge();
  knowledge.statusOver = over;
  return lines(knowledge);
}

function lines(knowledge: FakeKnowledge): readonly string[] {
  const body = answered(knowledge, ask('GET', '/api/holdfast/status')).json() as {
    attention: { text: string; next: string | null }[];
  };
  return body.attention.map(({ text, next }) => (next === null ? text : `${text}: ${next}`));
}

function drop(reason: DropReason, lastHour: number) {
  return { reason, lastHour, total: lastHour };
}
