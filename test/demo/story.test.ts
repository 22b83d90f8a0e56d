/** The demo's words and tables. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Figures } from './accounting.ts';
import {
  devicesLine,
  type Ending,
  ending,
  gatewayLine,
  headline,
  killsLine,
  row,
  rowUnderWay,
  tableHead,
} from './story.ts';

const figures: Figures = {
  devices: 100,
  kills: 5,
  acknowledged: 4_812,
  handshakesAfterRestart: 0,
  registrationsAfterRestart: 0,
  acknowledgedLost: 0,
  sequenceReused: 0,
  readyMs: 440,
  firstNotificationMs: 800,
};
const well: Ending = {
  figures,
  longestSilenceMs: 1_000,
  tookMs: 27_300,
  notProved: undefined,
  powerCut: false,
  wrong: undefined,
};
const marked = (text: string): string => `<${text}>`;

test('the beginning', () => {
  const told = [headline(100) + gatewayLine(400), devicesLine(100, 100, 100, 100), killsLine(false)].join('\n');
  assert.equal(
    told,
    `Holdfast demo: 100 devices, 1 gateway, killed 5 times without warning.

A gateway that forgets its connections goes dark when it restarts, then every
device shakes hands and registers again, all at once. Watch this one.

1  gateway       serving after 0.4s
2  devices       100 of 100 connected: one handshake, one registration each
3  kills         SIGKILL while devices wait for an acknowledgement`,
  );
  assert.equal(devicesLine(37, 100), '2  devices       37 of 100 connected');
  assert.match(devicesLine(100, 100, 103, 100), /: 103 handshakes, 100 registrations$/);
});

test('the table of kills, its last row under way', () => {
  const whole = { handshakes: 0, registrations: 0, heard: 100, devices: 100 };
  const table = [
    tableHead,
    row(1, { ...whole, inFlight: 14, readyMs: 412, allHeardMs: 940 }),
    row(3, { ...whole, inFlight: 17, readyMs: 400, allHeardMs: 1_000 }),
    rowUnderWay(5, 'starting'),
  ].join('\n');
  assert.equal(
    table,
    `   KILL  IN FLIGHT  SERVING AGAIN  HANDSHAKES  REGISTRATIONS  ALL HEARD, READ
   1            14          0.41s           0              0  100 of 100 0.9s
   3            17          0.40s           0              0  100 of 100 1.0s
   5            ..  starting                               -`,
  );
  const some = row(5, { ...whole, inFlight: 12, readyMs: 430, heard: 37, allHeardMs: undefined });
  assert.match(some, /\s37 of 100$/);
  const many = { ...whole, heard: 1_000, devices: 1_000 };
  assert.ok(row(5, { ...many, inFlight: 100, readyMs: 1_400, allHeardMs: 12_345 }).length <= 80);
});

test('the sums and the verdict when all is well', () => {
  assert.equal(
    ending(well, marked),
    `
COUNTED BY THE DEVICES                    A GATEWAY THAT FORGETS     THIS ONE
handshakes after the kills                                   500            0
registrations after the kills                                500            0
acknowledged messages lost                               unknown   0 of 4,812
DTLS sequence numbers used twice                               -            0
longest silence a device saw                                   -         1.0s

No device noticed. Nothing acknowledged was lost.                      27s, ok
A kill leaves the disk's cache. To lose it too:  npm run demo -- --power-cut
More devices: npm run demo -- --devices 1000     Your own: see README
`,
  );
});

test('cut power is told as such, in lines that fit', () => {
  assert.match(killsLine(true), /^3 {2}power cuts .*the disk loses/);
  const lines = ending({ ...well, powerCut: true }, marked).split('\n');
  assert.match(lines.join('\n'), /The disk held no more than it has to\./);
  assert.ok([killsLine(true), ...lines].every((line) => line.length <= 80));
});

test('a figure that should be 0 and is not has its row marked, and the end names device, message and log', () => {
  const wrong = 'meter-007: its message 12 was acknowledged and is not in the event log\nLogs of the gateway: /tmp/x';
  const lines = ending({ ...well, figures: { ...figures, acknowledgedLost: 3 }, wrong }, marked).split('\n');
  const lost = 'acknowledged messages lost        WRONG                  unknown   3 of 4,812';
  assert.equal(lines[4], `<${lost}>`);
  assert.ok(lost.length <= 80);
  assert.deepEqual(lines.slice(-4), [...wrong.split('\n'), '27s, FAILED', '']);
});

test('too few acknowledgements prove nothing', () => {
  const lines = ending({ ...well, notProved: 'only 12 messages were acknowledged' }, marked).split('\n');
  assert.deepEqual(lines.slice(-3), ['Nothing is proved: only 12 messages were acknowledged.', '27s, NOT PROVED', '']);
});
