/** `holdfast observations`: wishes, running relations, and earlier ones that still count. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ListedObservationBody } from '../../src/api/bodies/device.ts';
import { unknownDevice } from '../../src/api/error-texts.ts';
import { meter17 } from './support/bodies.ts';
import { inPipe, onTerminal, screen } from './support/call.ts';
import { FakeGateway } from './support/fake-gateway.ts';

let gateway: FakeGateway;

before(async () => {
  gateway = await FakeGateway.make();
});

after(() => gateway.remove());

const running: ListedObservationBody = {
  endpoint: 'meter-17',
  path: '/3303/0/5700',
  pminSeconds: 10,
  pmaxSeconds: 60,
  state: 'running',
  value: 21.5,
  type: 'float',
  receivedSecondsAgo: 4,
  received: 1_574,
  formers: [],
};
const observed: readonly ListedObservationBody[] = [
  running,
  {
    ...running,
    endpoint: 'urn:uuid:1a2b3c4d-0000-4000-8000-0123dec0ffee',
    path: '/3/0/9',
    pminSeconds: null,
    pmaxSeconds: null,
    state: 'wished',
    value: null,
    type: null,
    receivedSecondsAgo: null,
    received: 0,
    formers: [{ askedSecondsAgo: 8_040, ended: true }],
  },
];

test('what came before a restart has no age, and is not said never to have come', async () => {
  gateway.answer = () => ({ array: [{ ...running, value: null, type: null, receivedSecondsAgo: null }] });
  const { out } = await inPipe(gateway, 'observations', '--no-header');
  assert.equal(out, 'meter-17\t/3303/0/5700\t10-60s\trunning\t-\t-\t1,574\n');
});

test('observations are a table that fits the terminal; a former relation has a row of its own', async () => {
  gateway.answer = () => ({ array: observed });
  const { exit, out } = await onTerminal(gateway, 'observations');
  assert.equal(
    out,
    screen(`
ENDPOINT             PATH          EVERY   STATE    LAST VALUE  AGE    RECEIVED
meter-17             /3303/0/5700  10-60s  running  21.5        4s        1,574
urn:uuid:1a2b3…ffee  /3/0/9        -       wished   -           never         0
urn:uuid:1a2b3…ffee  /3/0/9        -       former   -           2h14m         -

2 observations of 2 devices: 1 running, 1 wished
`),
  );
  assert.equal(exit, 0);
});

test('in a pipe they are rows with tabs, in JSON one wish a line', async () => {
  gateway.answer = () => ({ array: observed });
  const { out } = await inPipe(gateway, 'observations', '--no-header');
  assert.equal(out.split('\n')[0], 'meter-17\t/3303/0/5700\t10-60s\trunning\t21.5\t4s\t1,574');
  assert.equal(out.trimEnd().split('\n').length, 3);
  const json = await inPipe(gateway, 'observations', '--json');
  assert.equal(json.out.trimEnd().split('\n').length, observed.length + 2);
  assert.deepEqual(JSON.parse(json.out), observed);
});

test('one device: its name reaches the gateway as it is, and an unknown one is exit code 5', async () => {
  gateway.answer = () => ({ array: [] });
  assert.deepEqual(await onTerminal(gateway, 'observations', 'valve north/3'), {
    exit: 0,
    out: '',
    err: "valve north/3 is not observed. Begin: holdfast observe 'valve north/3' PATH\n",
  });
  assert.equal(gateway.asked.at(-1)?.query.get('ep'), 'valve north/3');
  gateway.answer = () => ({ error: unknownDevice('meter-71', [meter17.endpoint]) });
  const { exit, out } = await inPipe(gateway, 'observations', 'meter-71');
  assert.deepEqual([exit, out], [5, '']);
});

test('nothing at all is no failure; how to begin is on stderr', async () => {
  gateway.answer = () => ({ array: [] });
  assert.deepEqual(await onTerminal(gateway, 'observations'), {
    exit: 0,
    out: '',
    err: 'Nothing is observed yet. Begin: holdfast observe NAME PATH\n',
  });
});
