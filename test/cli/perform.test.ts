/** What a command that asks something of a device does when the gateway goes meanwhile, or the person does. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { unknownOperation } from '../../src/api/error-texts.ts';
import { operationBody, queuedBody, valueBody } from './support/bodies.ts';
import { call, screen } from './support/call.ts';
import { FakeGateway } from './support/fake-gateway.ts';

let gateway: FakeGateway;

beforeEach(async () => {
  gateway = await FakeGateway.make();
});

afterEach(() => gateway.remove());

test('what the gateway has told an id of is waited for over its restart, and asked for once', async () => {
  const values = [valueBody('/3/0/0', null, 'string', 'x')];
  const waiting = { state: 'sent', code: null, roundTripMs: null } as const;
  const asks = async (verb: 'read' | 'execute', path: string) => {
    gateway.asked.length = 0;
    const after = operationBody(verb, 'm', path, verb === 'read' ? { values } : {});
    gateway.answer = ({ route }) => {
      if (route.kind === 'operate') return { lines: [operationBody(verb, 'm', path, waiting)], ending: 'break' };
      return route.kind === 'events' ? { lines: [], ending: 'stay' } : { json: after };
    };
    const called = await call([verb, 'm', path], { gateway, realClock: true });
    assert.deepEqual(
      gateway.asked.map(({ route }) => route.kind),
      ['operate', 'events', 'show-operation'],
    );
    return called;
  };
  assert.deepEqual(await asks('read', '/3/0/0'), { exit: 0, out: 'x\n', err: '' });
  assert.deepEqual(await asks('execute', '/3/0/4'), { exit: 0, out: '', err: 'm /3/0/4 executed (2.04, 38 ms)\n' });
});

test('a gateway that is not back in time goes on with a change later: it is not to be repeated', async () => {
  const waiting = operationBody('execute', 'm', '/3/0/4', { state: 'sent', code: null, roundTripMs: null });
  gateway.answer = () => {
    setImmediate(() => void gateway.stop());
    return { lines: [waiting], ending: 'stay' };
  };
  const { exit, err } = await call(['execute', 'm', '/3/0/4', '--wait', '700ms'], { gateway, realClock: true });
  assert.equal(exit, 8);
  assert.equal(
    err,
    screen(`
error: the gateway stopped before m answered (operation 1842).
  It goes on when the gateway runs again: do not repeat the command. Wait for
  it:  holdfast operations wait 1842
`),
  );
});

test('what it has told no id of, or does not know any more, is asked for again or in doubt', async () => {
  const values = [valueBody('/3/0/0', null, 'string', 'x')];
  const waiting = { state: 'sent', code: null, roundTripMs: null } as const;
  for (const lines of [[], [operationBody('read', 'm', '/3/0/0', waiting)]]) {
    let reads = 0;
    gateway.answer = ({ route }) => {
      if (route.kind === 'events') return { lines: [], ending: 'stay' };
      if (route.kind === 'show-operation') return { error: unknownOperation(1_842) };
      return reads++ === 0 ? { lines, ending: 'break' } : { lines: [operationBody('read', 'm', '/3/0/0', { values })] };
    };
    assert.deepEqual(await call(['read', 'm', '/3/0/0'], { gateway, realClock: true }), {
      exit: 0,
      out: 'x\n',
      err: '',
    });
    gateway.asked.length = 0;
    reads = 0;
    const doubted = await call(['execute', 'm', '/3/0/4'], { gateway, realClock: true });
    assert.equal(doubted.exit, 9);
    assert.match(doubted.err, /^error: it is not known whether m executed \/3\/0\/4\.\n/);
    assert.match(doubted.err, /To send it again: repeat the command\.\n$/);
    assert.equal(gateway.asked.filter(({ route }) => route.kind === 'operate').length, 1);
  }
});

test('Ctrl-C stops waiting, not the operation, and says so', async () => {
  const controller = new AbortController();
  gateway.answer = () => ({ lines: [queuedBody('write', 'm', '/1/0/1', 1_843)], ending: 'stay' });
  setTimeout(() => controller.abort(), 100);
  const { exit, err } = await call(['write', 'm', '/1/0/1', '5', '--wait', '2h'], {
    gateway,
    interrupted: controller.signal,
  });
  assert.equal(exit, 130);
  assert.match(err, /operation 1843 goes on/);
});
