/** What is said of an operation that failed: no more than is known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorDetails } from '../../src/api/error-codes.ts';
import { operationError, waitingFor } from '../../src/management/operation-body.ts';
import { at, device, FakeKnowledge, operation } from './fake-knowledge.ts';

test('that nothing was changed is said only where it is known', () => {
  const saysUnchanged = (over: Parameters<typeof operation>[1]) =>
    errorOf({ failure: 'refused', ...over }).lines.some((line) => line.includes('Nothing was changed.'));
  const execute = { verb: 'execute', path: at('/3/0/4') } as const;
  assert.equal(saysUnchanged({ ...execute, code: '4.05' }), true);
  assert.equal(saysUnchanged({ ...execute, code: '5.01' }), true);
  assert.equal(saysUnchanged({ ...execute, code: '5.00' }), false);
  assert.equal(saysUnchanged({ verb: 'write', path: at('/3/0/14'), code: '4.00' }), true);
  assert.equal(saysUnchanged({ verb: 'write', path: at('/3/0/14'), code: '5.04' }), false);
  assert.equal(saysUnchanged({ verb: 'write', path: at('/3/0'), code: '4.05' }), false, 'some may have been taken');
  assert.equal(saysUnchanged({ verb: 'read', code: '4.04' }), false);
});

test('an answer that cannot be decoded is no refusal', () => {
  const error = errorOf({ code: '2.05', failure: 'unreadable: truncated' });
  assert.equal(error.message, 'meter-17 answered for /3303/0/5700 with what cannot be decoded.');
  assert.deepEqual([error.exit, error.lines], [6, ['See it as it came:  --raw -']]);
});

test('a device that answers an observation like a Read', () => {
  const error = errorOf({ verb: 'observe', code: '2.05', failure: 'not-observable' });
  assert.equal(error.message, 'meter-17 does not observe /3303/0/5700: it answered with the value and no more.');
  assert.equal(error.exit, 6);
});

test('a wish that nobody answered stays, and that is said', () => {
  const error = errorOf({ verb: 'observe', code: undefined, failure: 'timeout', sends: 5 });
  assert.equal(error.exit, 7);
  assert.deepEqual(error.lines.slice(-2), [
    'It stays wished, and is asked for again when the device speaks. To stop:',
    'holdfast unobserve meter-17 /3303/0/5700',
  ]);
});

test('once it has failed no late answer is promised, and what may have been done is said', () => {
  const timedOut = (verb: 'read' | 'execute') =>
    errorOf({ verb, path: at('/3/0/4'), code: undefined, failure: 'timeout', sends: 5 })
      .lines.join(' ')
      .replaceAll('  ', ' ');
  const known = 'What is known of it: holdfast device show meter-17';
  assert.equal(timedOut('read'), `It was last heard 4s ago. ${known}`);
  const doubt = 'It may have executed /3/0/4 all the same: look at the device before you repeat the command.';
  assert.equal(timedOut('execute'), `It was last heard 4s ago. ${doubt} ${known}`);
});

test('a device without a connection is told from one that is busy; without DTLS there is none to miss', () => {
  assert.equal(waitingFor(device('meter-17'))?.connected, true);
  assert.equal(waitingFor(device('meter-17', { connection: 'none' }))?.connected, false);
  assert.equal(waitingFor(device('meter-17', { connection: 'none', security: 'none' }))?.connected, true);
});

test('a request for which there was no room was not sent', () => {
  const error = errorOf({ code: undefined, failure: 'queue-full' });
  assert.deepEqual([error.exit, error.message.endsWith('Nothing was sent.')], [10, true]);
});

function errorOf(over: Parameters<typeof operation>[1]): ErrorDetails {
  const here = new FakeKnowledge().add(device('meter-17'));
  const error = operationError(
    operation(1850, { endpoint: 'meter-17', state: 'failed', ...over }),
    device('meter-17'),
    here,
  );
  return error ?? assert.fail('it failed');
}
