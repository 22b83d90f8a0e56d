/** `holdfast operations`: the list, one of them, withdrawing, sending anew; and what is wrong with a call. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { OperationBody } from '../../src/api/bodies/operation.ts';
import { inDoubt, nothingToCancel, unknownOperation } from '../../src/api/error-texts.ts';
import { operationBody, queuedBody, valueBody } from './support/bodies.ts';
import { call, inPipe, onTerminal, screen } from './support/call.ts';
import { FakeGateway } from './support/fake-gateway.ts';

let gateway: FakeGateway;

before(async () => {
  gateway = await FakeGateway.make();
});

beforeEach(() => {
  gateway.asked.length = 0;
});

after(() => gateway.remove());

const sleeper = 'urn:imei:352099001761481';
const doubted = operationBody('execute', 'boiler-02', '/3/0/4', {
  operation: 12_000_009,
  state: 'in-doubt',
  code: null,
  roundTripMs: null,
  sends: 3,
  acceptedSecondsAgo: 288,
  error: inDoubt('boiler-02', 'execute', '/3/0/4', 12_000_009),
});
const listed: readonly OperationBody[] = [
  operationBody('discover', 'meter-17', '/3303', { operation: 12_000_007, acceptedSecondsAgo: 8_040 }),
  { ...queuedBody('write', sleeper, '/1/0/1', 12_000_008), acceptedSecondsAgo: 312 },
  doubted,
  operationBody('write', 'meter-17', '/3303/0/5700', { operation: 12_000_010, state: 'failed', code: '4.05' }),
];

test('operations are a table that fits the terminal, with a summary', async () => {
  gateway.answer = () => ({ array: listed });
  const { exit, out } = await onTerminal(gateway, 'operations');
  assert.equal(
    out,
    screen(`
      ID  STATE     VERB      ENDPOINT       PATH          AGE    EXPIRES  CODE
12000007  done      discover  meter-17       /3303         2h14m  -        2.05
12000008  queued    write     urn:imei:35…1  /1/0/1        5m12s  1d       -
12000009  in-doubt  execute   boiler-02      /3/0/4        4m48s  -        -
12000010  failed    write     meter-17       /3303/0/5700  4s     -        4.05

4 operations: 1 queued, 1 done, 1 failed, 1 in-doubt
`),
  );
  assert.equal(exit, 0);
  assert.ok(out.split('\n').every((line) => line.length < 80));
});

test('in a pipe they are rows with tabs, uncut; in JSON one a line, valid as a whole', async () => {
  gateway.answer = () => ({ array: listed });
  const { out } = await inPipe(gateway, 'operations', 'list', '--no-header');
  assert.equal(out.split('\n')[1], `12000008\tqueued\twrite\t${sleeper}\t/1/0/1\t5m12s\t1d\t-`);
  const json = await inPipe(gateway, 'operations', '--json');
  assert.equal(json.out.trimEnd().split('\n').length, listed.length + 2);
  assert.deepEqual(JSON.parse(json.out), listed);
});

test('filters go to the gateway, with and without the word list', async () => {
  gateway.answer = () => ({ array: [] });
  const query = async (...flags: readonly string[]) => {
    const { exit, out, err } = await inPipe(gateway, 'operations', ...flags);
    assert.deepEqual([exit, out], [0, '']);
    return [Object.fromEntries(gateway.asked.at(-1)?.query ?? []), err];
  };
  const flags = ['--state', 'queued,in-doubt', '--device', 'valve north/3', '--limit', '5'];
  const narrowed = [{ ep: 'valve north/3', state: 'queued,in-doubt', last: '5' }, 'No operation fits.\n'];
  assert.deepEqual(await query(...flags), narrowed);
  assert.deepEqual(await query('list', ...flags), narrowed);
  assert.deepEqual(await query(), [{}, 'No operations: nothing was asked of a device, or it is long over.\n']);
  assert.deepEqual(await inPipe(gateway, 'operations', '--json'), { exit: 0, out: '[\n]\n', err: '' });
});

test('one that waits, with what can be done about it', async () => {
  gateway.answer = () => ({ json: { ...queuedBody('write', sleeper, '/1/0/1', 1_843), acceptedSecondsAgo: 312 } });
  const { exit, out, err } = await onTerminal(gateway, 'operations', 'show', '1843');
  assert.equal(
    out,
    screen(`
1843  write urn:imei:352099001761481 /1/0/1                               queued
  accepted  5m12s ago, by ops
  sent      never
  waits     the device sleeps, last heard 2h14m ago, next Update due within
            21h; dropped in 1d
`),
  );
  assert.equal(err, '\nWait for it:  holdfast operations wait 1843\nWithdraw it:  holdfast operations cancel 1843\n');
  assert.equal(exit, 0);
});

test('one in doubt is shown, not an error; its commands are talk', async () => {
  gateway.answer = () => ({ json: doubted });
  const { exit, out, err } = await inPipe(gateway, 'operations', 'show', '12000009');
  assert.equal(
    out,
    screen(`
12000009  execute boiler-02 /3/0/4                                      in-doubt
  accepted  4m48s ago, by ops
  sent      3 times

it is not known whether boiler-02 executed /3/0/4 (operation 12000009).
  The gateway restarted after sending it and no answer came in time.
  Look at the device, then decide. To send it again:
  holdfast operations retry 12000009
`),
  );
  assert.equal(err, '\nLet it be:  holdfast operations cancel 12000009\n');
  assert.equal(exit, 0);
});

test('one that is done has its values; with --json it is as the gateway has it', async () => {
  const values = [valueBody('/3303/0/5700', 'Sensor Value', 'float', 21.5)];
  const done = operationBody('read', 'meter-17', '/3303/0/5700', { values });
  gateway.answer = () => ({ json: done });
  const { out, err } = await onTerminal(gateway, 'operations', 'show', '1842');
  assert.equal(
    out,
    screen(`
1842  read meter-17 /3303/0/5700                                            done
  accepted  4s ago, by ops
  sent      once
  answer    2.05, after 38 ms, senml-cbor

PATH          NAME          TYPE   VALUE
/3303/0/5700  Sensor Value  float  21.5
`),
  );
  assert.equal(err, '');
  assert.deepEqual(JSON.parse((await inPipe(gateway, 'operations', 'show', '1842', '--json')).out), done);
});

test('several are withdrawn, the newest first; each reports, and the first failure is the exit code', async () => {
  gateway.answer = ({ route }) => {
    assert.ok(route.kind === 'cancel-operation');
    const { id } = route;
    if (id === 7) return { error: unknownOperation(7) };
    const over = { operation: id, state: 'cancelled', sends: id === 1_850 ? 1 : 0 } as const;
    return id === 1_842
      ? { error: nothingToCancel(id, 'done') }
      : { json: operationBody('execute', 'boiler-02', '/3/0/4', over) };
  };
  const { exit, out, err } = await inPipe(gateway, 'operations', 'cancel', '1849', '7', '1850', '1842');
  assert.deepEqual(
    gateway.asked.map(({ route }) => ('id' in route ? route.id : undefined)),
    [1_850, 1_849, 1_842, 7],
  );
  assert.equal(
    err,
    screen(`
Operation 1850 cancelled: execute boiler-02 /3/0/4. It had been sent already,
so boiler-02 may have executed /3/0/4 all the same.
Operation 1849 cancelled: execute boiler-02 /3/0/4. It had not been sent.
error: operation 1842 is done, so there is nothing to cancel. Nothing was
  changed.
error: no operation 7: ids are forgotten some time after their end.
  All that are known:  holdfast operations
`),
  );
  assert.deepEqual([exit, out], [2, '']);
  const json = await inPipe(gateway, 'operations', 'cancel', '1850', '--json');
  assert.deepEqual([json.exit, JSON.parse(json.out).state], [0, 'cancelled']);
});

test('a wrong call is told in its words, with the nearest thing there is; nothing is asked', async () => {
  const wrong = async (...argv: readonly string[]) => {
    const { exit, err } = await inPipe(gateway, 'operations', ...argv);
    assert.equal(exit, 2, argv.join(' '));
    return err.split('\n')[0];
  };
  assert.equal(
    await wrong('cancle', '5'),
    'error: unknown command "operations cancle"; did you mean "operations cancel"?',
  );
  assert.match((await wrong('1843')) ?? '', /^error: unknown command "operations 1843"/);
  assert.equal(await wrong('--stat', 'done'), 'error: unknown flag "--stat"; did you mean "--state"?');
  assert.equal(await wrong('--state', 'dne'), 'error: --state has no "dne"; did you mean "done"?');
  assert.equal(await wrong('--limit', 'x'), 'error: --limit is "x", which is not a number.');
  assert.equal(await wrong('show', 'all'), 'error: "all" is not the id of an operation, which is a number.');
  assert.equal(await wrong('wait'), 'error: operations wait needs an id.');
  assert.equal(await wrong('show', '1', '2'), 'error: operations show was given more arguments than it takes.');
  assert.equal(gateway.asked.length, 0);
});

test('help of the group and of the list open with examples', async () => {
  const group = await call(['operations', '--help']);
  assert.match(
    group.out,
    /^Examples:\n {2}holdfast operations\n {2}holdfast operations --state queued,sent,in-doubt\n {2}holdfast operations show/,
  );
  assert.match(group.out, /\n {2}retry {7}send one anew that is in doubt\n/);
  assert.match((await call(['operations', 'list', '--help'])).out, /--limit <count> {6}the newest so many\n/);
});
