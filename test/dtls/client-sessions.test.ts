/** Sessions of handshakes that we began: one an identity, of its key, for a time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import { ClientSessions } from '../../src/dtls/client-sessions.ts';

function made() {
  const state = { uptimeMs: 1_000, serial: 1, mayResume: true };
  const sessions = new ClientSessions({
    credentialSerial: () => state.serial,
    uptimeMs: () => state.uptimeMs,
    mayResume: () => state.mayResume,
  });
  return { state, sessions };
}

test('the newest is kept, and what replaces it is told', () => {
  const { sessions } = made();
  sessions.made('a', Uint8Array.of(1));
  sessions.made('a', Uint8Array.of(2));
  assert.deepEqual(sessions.of('a')?.session, Uint8Array.of(2));
  assert.deepEqual([...sessions.takeChanges().keys()], ['a']);
  assert.equal(sessions.takeChanges().size, 0);
  sessions.made('a', undefined);
  assert.deepEqual([...sessions.takeChanges()], [['a', undefined]]);
});

test('it ends with its time, with its key, and when there are too many', () => {
  const { state, sessions } = made();
  sessions.made('a', Uint8Array.of(1));
  state.serial = 2;
  assert.equal(sessions.of('a'), undefined);
  state.serial = 1;
  state.mayResume = false;
  assert.equal(sessions.of('a'), undefined);
  state.mayResume = true;
  state.uptimeMs += limits.sessionLifetimeMs;
  assert.equal(sessions.of('a'), undefined);
  for (let i = 0; i < limits.sessionsMax; i++) sessions.made(`b${i}`, Uint8Array.of(1));
  assert.equal(sessions.size, limits.sessionsMax);
  assert.equal([...sessions.takeChanges()].find(([identity]) => identity === 'a')?.[1], undefined);
});
