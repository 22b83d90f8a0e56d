/** Commands that wait or follow: tables of events, filters, and the gateway's restart, which they survive. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { EventBody } from '../../src/api/bodies/event.ts';
import { errorDetails } from '../../src/api/error-codes.ts';
import {
  eventBody,
  fleet,
  operationBody,
  queuedBody,
  recoveryBody,
  statusBody,
  unseen,
  valueBody,
} from './support/bodies.ts';
import { call, inPipe, onTerminal, screen } from './support/call.ts';
import { FakeGateway } from './support/fake-gateway.ts';

let gateway: FakeGateway;

beforeEach(async () => {
  gateway = await FakeGateway.make();
});

afterEach(() => gateway.remove());

function at(time: string): string {
  return `2026-11-22T${time}.000Z`;
}

function notification(id: number | null, time: string, value: number): EventBody {
  const values = [{ path: '/3303/0/5700', name: 'Sensor Value', type: 'float', value }];
  return eventBody('NOTIFICATION', { id, at: at(time), endpoint: 'meter-17', path: '/3303/0/5700', values });
}

const boolean = (path: string) => ({ path, name: null, type: 'bool', value: true });
const imei = 'urn:imei:352099001761481';
const log: readonly EventBody[] = [
  notification(48_210, '18:29:58', 21.4),
  eventBody('SEND', {
    id: 48_211,
    at: at('18:30:02'),
    endpoint: 'boiler-02',
    values: ['/3200/0/5500', '/3200/1/5500', '/3200/2/5500'].map(boolean),
  }),
  eventBody('AWAKE', { at: at('18:30:05'), endpoint: imei, detail: { forSeconds: 93 } }),
  eventBody('REQUEST_RESPONSE', {
    id: 48_212,
    at: at('18:30:06'),
    endpoint: imei,
    operation: 1_843,
    detail: { verb: 'write', state: 'done', code: '2.04' },
  }),
  eventBody('CHANGE', {
    id: 48_213,
    at: at('18:30:11'),
    endpoint: 'yard-light',
    account: 'ops',
    detail: { text: 'added' },
  }),
  eventBody('REGISTRATION', {
    at: at('18:30:12'),
    endpoint: 'yard-light',
    detail: { lifetimeSeconds: 300, objects: 4 },
  }),
];

test('events are a table whose columns are set before the first row', async () => {
  gateway.answer = () => ({ lines: log });
  const { exit, out } = await onTerminal(gateway, 'events', '--from', '48209');
  assert.equal(
    out,
    screen(`
   ID  TIME      TYPE              DEVICE         WHAT
48210  18:29:58  NOTIFICATION      meter-17       /3303/0/5700 = 21.4
48211  18:30:02  SEND              boiler-02      /3200/0/5500 = true, 2 more
    -  18:30:05  AWAKE             urn:imei:35…1  for 93s
48212  18:30:06  REQUEST_RESPONSE  urn:imei:35…1  1843: written (2.04)
48213  18:30:11  CHANGE            yard-light     added by ops
    -  18:30:12  REGISTRATION      yard-light     lifetime 300s, 4 objects
`),
  );
  assert.equal(exit, 0);
  assert.equal(gateway.asked[0]?.query.get('from'), '48209');
});

test('the default is the last 20; filters go to the gateway', async () => {
  gateway.answer = () => ({ lines: [] });
  await inPipe(gateway, 'events', '--type', 'SEND,GAP', '--device', 'valve north/3');
  const query = gateway.asked[0]?.query;
  assert.deepEqual(Object.fromEntries(query ?? []), { last: '20', type: 'SEND,GAP', ep: 'valve north/3' });
});

test('a limit without a beginning means the newest, unless more are waited for', async () => {
  const asked = async (...flags: string[]) => {
    gateway.asked.length = 0;
    gateway.answer = () => ({ lines: [] });
    const { exit } = await inPipe(gateway, 'events', ...flags);
    return [exit, gateway.asked[0]?.query.get('last'), gateway.asked[0]?.query.get('from')];
  };
  assert.deepEqual(await asked('--limit', '3'), [0, '3', null]);
  assert.deepEqual(await asked('--limit', '3', '--from', 'start'), [0, null, 'start']);
  assert.deepEqual(await asked('--limit', '3', '--for', '1ms'), [0, '20', null]);
  assert.equal((await asked('--limit', '1001'))[0], 2);
});

test('a log that is not the one that was read before says so', async () => {
  gateway.answer = () => ({ lines: [eventBody('GAP', { detail: { lost: 0, oldestId: 1 } })] });
  const { out } = await inPipe(gateway, 'events', '--from', '48210', '--no-header');
  assert.equal(out, '-\t-\tGAP\t\tanother log than the one you read before, it begins at 1\n');
});

test('a refusal shows its address; a gap says what is lost', async () => {
  gateway.answer = () => ({
    lines: [
      eventBody('REFUSED', {
        at: at('18:30:00'),
        detail: { address: '192.0.2.17:52114', listener: 'ipv4', text: 'unknown identity "meter-71\u001b[2J"' },
      }),
      eventBody('GAP', { detail: { lost: 12_004, oldestId: 36_206 } }),
    ],
  });
  const { out } = await inPipe(gateway, 'events', '--no-header');
  assert.equal(
    out,
    '-\t18:30:00\tREFUSED\t192.0.2.17:52114\tunknown identity "meter-71\\x1b[2J"\n' +
      '-\t-\tGAP\t\t12,004 events lost, oldest is 36206\n',
  );
  const terminal = await onTerminal(gateway, 'events', '--no-header');
  assert.match(terminal.out, /GAP 12,004 events lost, oldest is 36206\n$/);
});

test('--limit ends a stream, --for ends it by time, both with exit code 0', async () => {
  gateway.answer = () => ({ lines: log, ending: 'stay' });
  const limited = await inPipe(gateway, 'events', '--follow', '--limit', '2', '--json');
  assert.deepEqual(
    limited.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    log.slice(0, 2),
  );
  const timed = await inPipe(gateway, 'events', '--for', '50ms', '--no-header');
  assert.equal(timed.out.trimEnd().split('\n').length, log.length);
  assert.equal(timed.exit, 0);
});

test('following survives the restart of the gateway, and goes on after the last id', async () => {
  let starts = 0;
  gateway.answer = () =>
    starts++ === 0
      ? { lines: [notification(48_213, '18:31:17', 21.5)], ending: 'break', cursor: 48_200 }
      : { lines: [notification(48_214, '18:31:27', 21.6)], ending: 'stay', cursor: 48_213 };
  const { exit, out, err } = await call(['events', '--follow', '--limit', '2', '--no-header'], {
    gateway,
    realClock: true,
  });
  assert.equal(exit, 0);
  assert.equal(out.trimEnd().split('\n').length, 2);
  assert.match(
    err,
    /^-- gateway gone; reconnecting --\n-- gateway back after \d\.\ds; continuing after event 48213 --\n$/,
  );
  assert.equal(gateway.asked[1]?.query.get('from'), '48213');
});

test('before any event has an id, it goes on from where the stream began', async () => {
  let starts = 0;
  gateway.answer = () => ({ lines: log.slice(2, 3), ending: starts++ === 0 ? 'break' : 'stay', cursor: 77 });
  await call(['events', '--from', 'now', '--follow', '--limit', '2'], { gateway, realClock: true });
  assert.equal(gateway.asked[0]?.query.get('from'), 'now');
  assert.equal(gateway.asked[1]?.query.get('from'), '77');
});

test('waiting for an operation ends with it, also when it was over before', async () => {
  gateway.answer = ({ route }) =>
    route.kind === 'show-operation'
      ? { json: operationBody('write', 'm', '/1/0/1', { operation: 1_843 }) }
      : { lines: [], ending: 'stay' };
  const over = await inPipe(gateway, 'events', '--follow', '--operation', '1843', '--no-header');
  assert.equal(over.out, '-\t-\tREQUEST_RESPONSE\tm\t1843: written (2.04)\n');
  gateway.answer = ({ route }) =>
    route.kind === 'show-operation'
      ? { json: queuedBody('write', 'm', '/1/0/1', 1_843) }
      : { lines: log.slice(3, 4), ending: 'stay' };
  assert.equal((await inPipe(gateway, 'events', '--follow', '--operation', '1843')).exit, 0);
  gateway.answer = ({ route }) =>
    route.kind === 'show-operation'
      ? { error: errorDetails('UNKNOWN_OPERATION', 'no operation 1843.') }
      : { lines: [], ending: 'stay' };
  assert.equal((await inPipe(gateway, 'events', '--follow', '--operation', '1843')).exit, 5);
});

const observed = operationBody('observe', 'meter-17', '/3303/0/5700', {
  values: [valueBody('/3303/0/5700', 'Sensor Value', 'float', 21.5)],
  observation: { already: false },
});

test('observe confirms what is kept and how to end it', async () => {
  gateway.answer = () => ({ lines: [observed] });
  const argv = ['observe', 'meter-17', '/3303/0/5700', '--pmin', '10s', '--pmax', '60s'];
  assert.deepEqual(await onTerminal(gateway, ...argv), {
    exit: 0,
    out: '',
    err: screen(`
meter-17 /3303/0/5700 observed, now 21.5. Kept over restarts and registrations
until: holdfast unobserve meter-17 /3303/0/5700
`),
  });
  const { pminSeconds, pmaxSeconds } = JSON.parse(gateway.asked[0]?.body ?? '');
  assert.deepEqual([pminSeconds, pmaxSeconds], [10, 60]);
  gateway.answer = () => ({ lines: [{ ...observed, observation: { already: true } }] });
  assert.match((await onTerminal(gateway, ...argv)).err, /^meter-17 \/3303\/0\/5700 already observed, now 21\.5\./);
});

test('a wish for a device that is not there is taken, exit code 0', async () => {
  const device = { state: 'unseen', heardSecondsAgo: null, nextUpdateInSeconds: null, connected: false } as const;
  const wish = operationBody('observe', 'yard-light', '/3303/0/5700', {
    operation: null,
    state: 'queued',
    code: null,
    device,
  });
  gateway.answer = () => ({ lines: [wish] });
  assert.deepEqual(await onTerminal(gateway, 'observe', 'yard-light', '/3303/0/5700'), {
    exit: 0,
    out: '',
    err: 'Will be observed when yard-light registers.\n',
  });
  gateway.answer = () => ({ lines: [{ ...wish, device: { ...device, state: 'muted' } }] });
  const { err } = await onTerminal(gateway, 'observe', 'yard-light', '/3303/0/5700');
  assert.equal(err, 'Will be observed when yard-light is unmuted and registers again.\n');
});

test('observe --follow prints values over a restart, and Ctrl-C ends it but not the observation', async () => {
  const controller = new AbortController();
  let streams = 0;
  gateway.answer = ({ route }) => {
    if (route.kind === 'operate') return { lines: [observed] };
    if (route.kind === 'status') return { json: statusBody };
    return streams++ === 0
      ? { lines: [notification(1, '18:31:17', 21.6), notificationOf('/3303/1/5700')], ending: 'break', cursor: 0 }
      : { lines: [notification(3, '18:31:27', 21.7)], ending: 'stay', cursor: 2 };
  };
  const { exit, out, err } = await call(['observe', 'meter-17', '/3303/0/5700', '--follow'], {
    gateway,
    terminal: true,
    interrupted: controller.signal,
    onWritten: (written) => written.includes('21.7') && controller.abort(),
  });
  assert.equal(exit, 130);
  assert.equal(
    out,
    screen(`
18:31:07  meter-17  /3303/0/5700  21.5
18:31:17  meter-17  /3303/0/5700  21.6
18:31:27  meter-17  /3303/0/5700  21.7
`),
  );
  assert.match(err, /^-- gateway gone; reconnecting --\n-- gateway back after .*; continuing after event 2 --\n/);
  assert.match(err, / {2}Still observed\. To stop: holdfast unobserve meter-17 \/3303\/0\/5700\n$/);
});

function notificationOf(path: string): EventBody {
  return { ...notification(2, '18:31:20', 1), path };
}

test('unobserve withdraws one, or all', async () => {
  gateway.answer = () => ({
    lines: [operationBody('unobserve', 'm', '/3303/0', { operation: null, code: null, roundTripMs: null })],
  });
  assert.deepEqual(await onTerminal(gateway, 'unobserve', 'm', '/3303/0'), {
    exit: 0,
    out: '',
    err: 'm /3303/0 no longer observed\n',
  });
  await onTerminal(gateway, 'unobserve', 'm', '--all');
  assert.deepEqual(JSON.parse(gateway.asked[1]?.body ?? '').paths, []);
});

test('devices --watch prints a line for each device that changed, never a repeat', async () => {
  const controller = new AbortController();
  let looks = 0;
  gateway.answer = () => {
    looks++;
    const later = fleet.slice(0, 2).map((device) => ({ ...device, heardSecondsAgo: looks }));
    return { array: looks < 3 ? later : [...later, { ...later[0], ...unseen, endpoint: 'new', state: 'unseen' }] };
  };
  const { out } = await call(['devices', '--watch', '--no-header'], {
    gateway,
    interrupted: controller.signal,
    onWritten: (written) => written.includes('new\t') && controller.abort(),
  });
  assert.deepEqual(
    out
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t')[0]),
    ['boiler-02', 'meter-17', 'new'],
  );
});

test('devices --watch on a terminal stays within the screen', async () => {
  const controller = new AbortController();
  gateway.answer = () => ({ array: fleet });
  const { exit, out } = await call(['devices', '--watch'], {
    gateway,
    terminal: true,
    rows: 8,
    interrupted: controller.signal,
    onWritten: () => controller.abort(),
  });
  assert.equal(exit, 130);
  const lines = out.split('\n');
  assert.equal(lines.length, 8);
  assert.match(lines[4] ?? '', /^… 4 more devices$/);
});

test('recovery --watch prints what has changed, survives a restart, and ends with the recovery', async () => {
  const { devices } = recoveryBody;
  let asked = 0;
  gateway.answer = () => {
    asked++;
    if (asked < 3) return { json: recoveryBody };
    return {
      json: {
        ...recoveryBody,
        running: false,
        lastedSeconds: 140,
        devices: { ...devices, heard: 2_030, toDo: 0, underWay: 0 },
      },
    };
  };
  const { exit, out, err } = await inPipe(gateway, 'recovery', '--watch');
  assert.deepEqual(out.split('\n'), [
    '1,380 of 2,120 devices heard; 645 to do, 5 under way, 88 asleep, 2 unreachable',
    '2,030 of 2,120 devices heard; 88 asleep, 2 unreachable',
    '',
  ]);
  assert.deepEqual([exit, err, asked], [0, '', 3]);
});
