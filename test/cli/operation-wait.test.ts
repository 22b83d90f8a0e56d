/** Waiting for an operation by its id: over restarts of the gateway, then its answer as its verb prints it, or its exit code. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { OperationBody } from '../../src/api/bodies/operation.ts';
import { cancelled, deviceRefused, expired, inDoubt, notInDoubt, unknownOperation } from '../../src/api/error-texts.ts';
import { eventBody, operationBody, queuedBody, valueBody } from './support/bodies.ts';
import { call, inPipe, onTerminal, screen } from './support/call.ts';
import { type Answer, FakeGateway } from './support/fake-gateway.ts';

let gateway: FakeGateway;

beforeEach(async () => {
  gateway = await FakeGateway.make();
});

afterEach(() => gateway.remove());

const sleeper = 'urn:imei:352099001761481';
const queued = queuedBody('read', sleeper, '/3303/0/5700', 1_843);
const done = operationBody('read', sleeper, '/3303/0/5700', {
  operation: 1_843,
  values: [valueBody('/3303/0/5700', 'Sensor Value', 'float', 21.5)],
});
const sent = { ...queued, state: 'sent', sends: 2, device: null } as const;
const over = eventBody('REQUEST_RESPONSE', { endpoint: sleeper, operation: 1_843, detail: { state: 'done' } });
const stays: Answer = { lines: [], ending: 'stay', cursor: 7 };

/** A gateway that tells these bodies one after the other, the last one for ever, and opens these streams. */
function tells(bodies: readonly (OperationBody | Answer)[], streams: readonly Answer[] = [stays]): void {
  const next = { body: 0, stream: 0 };
  gateway.answer = ({ route }) => {
    if (route.kind === 'events') return streams[Math.min(next.stream++, streams.length - 1)] ?? stays;
    const body = bodies[Math.min(next.body++, bodies.length - 1)];
    return body !== undefined && 'verb' in body ? { json: body } : (body ?? stays);
  };
}

test('what is over already is answered at once, each verb in its own way', async () => {
  tells([done]);
  assert.deepEqual(await inPipe(gateway, 'operations', 'wait', '1843'), { exit: 0, out: '21.5\n', err: '' });
  const printed = async (body: OperationBody) => {
    tells([body]);
    const { exit, out, err } = await onTerminal(gateway, 'operations', 'wait', '1843');
    assert.equal(exit, 0);
    return out + err;
  };
  assert.equal(await printed(operationBody('execute', 'm', '/3/0/4')), 'm /3/0/4 executed (2.04, 38 ms)\n');
  assert.match(await printed(operationBody('observe', 'm', '/3/0/9')), /^m \/3\/0\/9 observed\. Kept over restarts/);
  const links = [{ path: '/3303/0', name: null, attributes: { pmin: 10 } }];
  assert.match(await printed(operationBody('discover', 'm', '/3303', { links })), /\n\/3303\/0 +pmin=10\n$/);
});

test('it is waited for until its event comes, and the whole answer is fetched then', async () => {
  tells([queued, done], [{ lines: [over], ending: 'stay', cursor: 7 }]);
  assert.deepEqual(await inPipe(gateway, 'operations', 'wait', '1843'), { exit: 0, out: '21.5\n', err: '' });
  const { route, query } = gateway.asked[0] ?? {};
  assert.equal(route?.kind, 'events', 'the stream stands before the operation is looked at');
  assert.deepEqual(Object.fromEntries(query ?? []), {
    from: 'now',
    follow: 'true',
    type: 'REQUEST_RESPONSE',
    operation: '1843',
  });
});

test('a restart of the gateway is waited out, even one in which its end fell', async () => {
  tells([queued, queued, done], [{ lines: [], ending: 'break', cursor: 7 }, { lines: [], ending: 'break' }, stays]);
  const { exit, out, err } = await inPipe(gateway, 'operations', 'wait', '1843');
  assert.deepEqual([exit, out], [0, '21.5\n']);
  assert.match(err, /^-- gateway gone; reconnecting --\n-- gateway back after .* after event 7 --\n-- gateway gone/);
});

test('a gateway that is lost between its event and the look is no failure', async () => {
  const lost: Answer = { lines: [], ending: 'break' };
  tells([queued, lost, done], [{ lines: [over], ending: 'break', cursor: 7 }, stays]);
  const { exit, out } = await inPipe(gateway, 'operations', 'wait', '1843');
  assert.deepEqual([exit, out], [0, '21.5\n']);
});

test('every end has its exit code', async () => {
  const ended = async (said: Partial<OperationBody>) => {
    tells([{ ...queued, ...said }]);
    const plain = await inPipe(gateway, 'operations', 'wait', '1843');
    const json = await inPipe(gateway, 'operations', 'wait', '1843', '--json');
    assert.equal(json.exit, plain.exit);
    assert.equal(JSON.parse(json.out).state, said.state);
    assert.match(plain.err, /^error: /);
    return plain.exit;
  };
  const facts = { endpoint: 'm', path: '/3/0', code: '4.04 not found', unchanged: false, why: null, operation: 1_843 };
  assert.equal(await ended({ state: 'failed', error: deviceRefused(facts) }), 6);
  assert.equal(await ended({ state: 'expired', error: expired('m', 1_843) }), 7);
  assert.equal(await ended({ state: 'in-doubt', error: inDoubt('m', 'execute', '/3/0/4', 1_843) }), 9);
  assert.equal(await ended({ state: 'cancelled', error: cancelled(1_843, queued) }), 12);
  tells([{ error: unknownOperation(1_843) }]);
  assert.equal((await inPipe(gateway, 'operations', 'wait', '1843')).exit, 5);
});

test('when the time is up it is told how the operation stands', async () => {
  const device = { state: 'online', heardSecondsAgo: 4, nextUpdateInSeconds: 56 } as const;
  tells([queued]);
  const waiting = await onTerminal(gateway, 'operations', 'wait', '1843', '--wait', '20ms');
  assert.deepEqual([waiting.exit, waiting.out], [8, '']);
  assert.match(waiting.err, /^Operation 1843 is queued: the device sleeps, last heard 2h14m ago, next Update\n/);
  assert.match(waiting.err, /dropped in 1d\./);
  assert.match(waiting.err, /\n {2}Wait for it: {2}holdfast operations wait 1843\n$/);
  for (const [connected, words] of [
    [true, 'has earlier requests to answer. It is sent after them,'],
    [false, 'has no connection now. It is sent over the next one,'],
  ] as const) {
    tells([{ ...queued, device: { ...device, connected } }]);
    const { err } = await onTerminal(gateway, 'operations', 'wait', '1843', '--wait', '20ms');
    assert.ok(err.replaceAll('\n', ' ').startsWith(`Operation 1843 is queued: the device ${words}`), err);
  }
  tells([sent]);
  const unanswered = await onTerminal(gateway, 'operations', 'wait', '1843', '--wait', '20ms');
  assert.equal(unanswered.exit, 7);
  assert.match(unanswered.err, /^error: no answer from urn:.* within 20ms \(operation 1843,\n {2}sent twice\)/);
});

test('Ctrl-C stops waiting, not the operation, and says so', async () => {
  tells([queued]);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 100);
  const { exit, err } = await call(['operations', 'wait', '1843'], { gateway, interrupted: controller.signal });
  assert.deepEqual(
    [exit, err],
    [130, '\nStopped waiting; operation 1843 goes on.  Wait for it:  holdfast operations wait 1843\n'],
  );
});

test('retry sends anew and waits as the other verbs do', async () => {
  const execute = operationBody('execute', 'boiler-02', '/3/0/4', { operation: 1_850 });
  const begun = { ...execute, state: 'queued', code: null, roundTripMs: null } as const;
  tells([begun, execute], [{ lines: [over], ending: 'stay', cursor: 7 }]);
  assert.deepEqual(await onTerminal(gateway, 'operations', 'retry', '1850'), {
    exit: 0,
    out: '',
    err: 'boiler-02 /3/0/4 executed (2.04, 38 ms)\n',
  });
  assert.deepEqual(
    gateway.asked.map(({ route }) => route.kind),
    ['events', 'retry-operation', 'show-operation'],
  );
});

test('retry does not wait for a device that sleeps, nor with --no-wait', async () => {
  tells([queued]);
  const { exit, err } = await onTerminal(gateway, 'operations', 'retry', '1843');
  assert.equal(exit, 8);
  assert.match(err, /^Operation 1843 is queued: the device sleeps/);
  const noWait = await inPipe(gateway, 'operations', 'retry', '1843', '--no-wait');
  assert.deepEqual(noWait, { exit: 0, out: '1843\n', err: '' });
  tells([{ error: notInDoubt(1_843, 'sent') }]);
  assert.deepEqual(await inPipe(gateway, 'operations', 'retry', '1843'), {
    exit: 2,
    out: '',
    err: screen(`
error: operation 1843 is under way, not in doubt. Nothing was sent.
  Wait for it:  holdfast operations wait 1843
`),
  });
});
