/** The likeliest mistakes, word for word: the sentence, the way out and the exit code. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { codeWithWords } from '../../src/api/code-words.ts';
import type { ErrorDetails } from '../../src/api/error-codes.ts';
import {
  badValue,
  deviceRefused,
  inDoubt,
  neverAnswered,
  neverRegistered,
  noAnswer,
  storeUnavailable,
  typeUnknown,
  unknownDevice,
} from '../../src/api/error-texts.ts';
import { connectionError } from '../../src/cli/connection-error.ts';
import { operationBody } from './support/bodies.ts';
import { call, onTerminal, screen } from './support/call.ts';
import { FakeGateway } from './support/fake-gateway.ts';

let gateway: FakeGateway;

before(async () => {
  gateway = await FakeGateway.make();
});

after(() => gateway.remove());

/** Each error of a request as a whole: what is typed, what the gateway says, what is seen. */
const refusals: readonly {
  readonly argv: readonly string[];
  readonly error: ErrorDetails;
  readonly exit: number;
  readonly seen: string;
}[] = [
  {
    argv: ['read', 'meter-71', '/3/0/0'],
    error: unknownDevice('meter-71', ['boiler-02', 'meter-7', 'meter-17', 'meter-1999']),
    exit: 5,
    seen: `
error: no device "meter-71". The nearest names: meter-17, meter-7.
  All of them:  holdfast devices
`,
  },
  {
    argv: ['write', 'yard-light', '/3/0/14', '+01:00'],
    error: neverRegistered('yard-light', 'write', 185),
    exit: 5,
    seen: `
error: yard-light has never registered, so there is nothing to write to.
  Its key was added 3m5s ago. Watch it arrive:
  holdfast events --follow --device yard-light
`,
  },
  {
    argv: ['write', 'meter-17', '/3303/0/5700', '21,5'],
    error: badValue('21,5', 'float', '/3303/0/5700', 'Sensor Value', 'Use a point:  21.5'),
    exit: 2,
    seen: `
error: "21,5" is not a float, which /3303/0/5700 (Sensor Value) needs.
  Use a point:  21.5
`,
  },
  {
    argv: ['write', 'meter-17', '/33500/0/1', '21.5'],
    error: typeUnknown('meter-17', '/33500/0/1', '21.5'),
    exit: 2,
    seen: `
error: the type of /33500/0/1 is not known here. Say it, for example:
  holdfast write meter-17 /33500/0/1:float 21.5
`,
  },
  {
    argv: ['device', 'remove', 'meter-17', '--yes'],
    error: storeUnavailable('full'),
    exit: 10,
    seen: `
error: the store is full: the gateway takes no changes until there is room.
  Devices still talk; details and what to do:  holdfast status
`,
  },
];

for (const { argv, error, exit, seen } of refusals) {
  test(`${argv.join(' ')}: ${error.code}`, async () => {
    gateway.answer = () => ({ error });
    assert.deepEqual(await onTerminal(gateway, ...argv), { exit, out: '', err: screen(seen) });
  });
}

test('an operation that failed has its own error', async () => {
  const facts = {
    endpoint: 'valve-3',
    waitedMs: 10_000,
    operation: 1_851,
    sends: 3,
    heardSecondsAgo: 1_560,
    lateMs: 93_000,
  };
  await failing(noAnswer(facts), 7, [
    'error: no answer from valve-3 within 10s (operation 1851, sent 3 times).',
    '  It was last heard 26m ago and may be off. A late answer counts until 93s',
    '  after the first sending:  holdfast events --follow --operation 1851',
  ]);
  const { lateMs: _, ...over } = { ...facts, waitedMs: 93_000 };
  await failing(neverAnswered({ ...over, heardSecondsAgo: 3, verb: 'execute', path: '/3/0/4' }), 7, [
    'error: no answer from valve-3 within 93s (operation 1851, sent 3 times).',
    '  It was last heard 3s ago. It may have executed /3/0/4 all the same: look at',
    '  the device before you repeat the command. What is known of it:',
    '  holdfast device show valve-3',
  ]);
  await failing(neverAnswered({ ...over, verb: 'read', path: '/3/0/13' }), 7, [
    'error: no answer from valve-3 within 93s (operation 1851, sent 3 times).',
    '  It was last heard 26m ago and may be off. What is known of it:',
    '  holdfast device show valve-3',
  ]);
  const refused = deviceRefused({
    endpoint: 'meter-17',
    path: '/3303/0/5700',
    code: codeWithWords('4.05'),
    unchanged: true,
    why: 'Its definition says read-only.',
    operation: 1_842,
  });
  await failing(refused, 6, [
    'error: meter-17 refused: 4.05 method not allowed for /3303/0/5700.',
    '  Its definition says read-only. Nothing was changed.',
  ]);
  await failing(inDoubt('boiler-02', 'execute', '/3/0/4', 1_850), 9, [
    'error: it is not known whether boiler-02 executed /3/0/4 (operation 1850).',
    '  The gateway restarted after sending it and no answer came in time.',
    '  Look at the device, then decide. To send it again:',
    '  holdfast operations retry 1850',
  ]);
});

async function failing(error: ErrorDetails, exit: number, lines: readonly string[]): Promise<void> {
  gateway.answer = () => ({ lines: [operationBody('write', 'x', '/3/0/14', { state: 'failed', error })] });
  assert.deepEqual(await onTerminal(gateway, 'write', 'x', '/3/0/14', '1'), {
    exit,
    out: '',
    err: `${lines.join('\n')}\n`,
  });
}

test('a path that is none is refused before anything is sent', async () => {
  gateway.asked.length = 0;
  const { exit, err } = await onTerminal(gateway, 'read', 'meter-17', '/3303/0/5700/0/1');
  assert.equal(
    err,
    screen(`
error: /3303/0/5700/0/1 is not a path: four numbers at most, 0 to 65534.
  object/instance/resource[/resource instance], for example /3303/0/5700
`),
  );
  assert.equal(exit, 2);
  assert.equal(gateway.asked.length, 0);
});

test('a gateway that does not run: how to start it, in a clone and from the package', async () => {
  const away = await FakeGateway.make(false);
  const inClone = await call(['status'], { gateway: away, cloneRoot: '/somewhere' });
  assert.equal(inClone.exit, 3);
  assert.equal((await call(['devices', '--json'], { gateway: away })).out, '');
  assert.equal(
    inClone.err.replace(/on\s+\S+admin\.sock/, 'on SOCKET'),
    'error: the gateway does not run: nothing listens on SOCKET.\n  Start it:  npm start\n',
  );
  await away.remove();
  const { lines, message, exit } = connectionError('ECONNREFUSED', '/run/holdfast/admin.sock', nobodysCall, nobody);
  assert.equal(message, 'the gateway does not run: nothing listens on /run/holdfast/admin.sock.');
  assert.deepEqual(lines, [
    'Start it:  sudo systemctl start holdfast        (in a clone: npm start)',
    'See why it stopped:  journalctl -u holdfast -n 20',
  ]);
  assert.equal(exit, 3);
});

const nobody = {
  out: { write: async () => {}, isTerminal: false, columns: 80, rows: 24 },
  err: { write: async () => {}, isTerminal: false, columns: 80, rows: 24 },
  input: { stream: process.stdin, isTerminal: false, setRawMode: () => {} },
  environment: {},
  cloneRoot: undefined,
  account: 'ops',
  interrupted: new AbortController().signal,
  now: () => 0,
};
const nobodysCall = { verb: 'write', argv: ['write', 'meter-17', '/3/0/14', '+01:00'], needsAdmin: true };

test('a socket that may not be used: the group that is needed and the command to copy', () => {
  const change = connectionError('EACCES', '/run/holdfast/admin.sock', nobodysCall, nobody);
  assert.equal(change.message, 'you may look but not change: write needs the group "holdfast-admin".');
  assert.deepEqual(change.lines, [
    'Now:        sudo holdfast write meter-17 /3/0/14 +01:00',
    'For good:   sudo adduser ops holdfast-admin   (then log in again)',
  ]);
  assert.equal(change.exit, 4);
  const other = connectionError(
    'EACCES',
    '/nowhere/admin.sock',
    { ...nobodysCall, argv: ['device', 'show', "it's"] },
    nobody,
  );
  assert.deepEqual(other.lines, ["Now:  sudo holdfast device show 'it'\\''s'"]);
  assert.equal(other.exit, 4);
});

test('with --json an error is one line on stderr, with its exit code, code and next command', async () => {
  gateway.answer = () => ({ error: unknownDevice('meter-71', ['meter-17']) });
  const { exit, out, err } = await call(['device', 'show', 'meter-71', '--json'], { gateway });
  assert.equal(exit, 5);
  assert.equal(out, '');
  assert.deepEqual(JSON.parse(err), {
    error: {
      exit: 5,
      code: 'UNKNOWN_DEVICE',
      message: 'no device "meter-71". The nearest name: meter-17.',
      lines: ['All of them:  holdfast devices'],
      next: 'holdfast devices',
      operation: null,
    },
  });
});

test('a gateway of another schema version is not believed', async () => {
  gateway.answer = () => ({ json: {} });
  gateway.schemaVersion = '2';
  const newer = await onTerminal(gateway, 'status');
  assert.equal(newer.exit, 13);
  assert.match(newer.err, /^error: this CLI speaks schema version 1, the gateway 2: upgrade the older\.\n/);
  gateway.schemaVersion = undefined;
  assert.equal((await onTerminal(gateway, 'status')).exit, 13);
  gateway.schemaVersion = '1';
});

test('with several paths all are tried, each reports, and the first failure is the exit code', async () => {
  const failed = noAnswer({
    endpoint: 'm',
    waitedMs: 10_000,
    operation: 2,
    sends: 1,
    heardSecondsAgo: null,
    lateMs: 93_000,
  });
  gateway.answer = () => ({
    lines: [
      operationBody('read', 'm', '/3/0/0', {
        values: [{ path: '/3/0/0', name: null, type: 'string', value: 'x', unit: null }],
      }),
      operationBody('read', 'm', '/3/0/1', { state: 'failed', error: failed }),
      { error: { ...failed, exit: 10, code: 'QUEUE_FULL', message: 'the queue is full.', lines: [] } },
    ],
  });
  const { exit, out, err } = await onTerminal(gateway, 'read', 'm', '/3/0/0', '/3/0/1', '/3/0/2');
  assert.equal(out, 'x\n');
  assert.match(err, /^error: no answer from m within 10s \(operation 2, sent once\)\.\n/);
  assert.match(err, /\nerror: the queue is full\.\n$/);
  assert.equal(exit, 7);
});

test('a fault of ours says how to report it', async () => {
  gateway.answer = () => ({ json: { not: 'a status' } });
  const { exit, err } = await onTerminal(gateway, 'status');
  assert.equal(exit, 1);
  assert.match(err, /^error: this should not happen: [\s\S]*\n {2}A fault of Holdfast\. Report it/);
});
