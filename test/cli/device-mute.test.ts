/** `device mute` and `device unmute`, and what `device show` and the verbs say of a muted device. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { muted } from '../../src/api/error-texts.ts';
import { deviceScreen } from '../../src/cli/screens/device-screen.ts';
import { meter17 } from './support/bodies.ts';
import { call, screen } from './support/call.ts';
import { FakeGateway } from './support/fake-gateway.ts';

let gateway: FakeGateway;

before(async () => {
  gateway = await FakeGateway.make();
});

beforeEach(() => {
  gateway.asked.length = 0;
});

after(() => gateway.remove());

test('muting, for good and for a time', async () => {
  gateway.answer = () => ({ json: { endpoint: 'meter-17', result: 'muted' } });
  const forGood = await call(['device', 'mute', 'meter-17'], { gateway });
  assert.equal(
    forGood.err,
    screen(`
Muted meter-17: its connection ended, and what it sends is dropped, until:
  holdfast device unmute meter-17
`),
  );
  assert.deepEqual([forGood.exit, forGood.out, gateway.asked[0]?.body], [0, '', '{}']);
  const told = await call(['device', 'mute', 'meter-17', '--for', '2h'], { gateway });
  assert.match(told.err, /^Muted meter-17: .* dropped, for 2h, or\nuntil:\n {2}holdfast device unmute meter-17\n$/);
  const forTwoHours = await call(['device', 'mute', 'meter-17', '--for', '2h', '--json'], { gateway });
  assert.equal(forTwoHours.out, '{"endpoint":"meter-17","result":"muted"}\n');
  assert.equal(gateway.asked[2]?.body, '{"forMs":7200000}');
  assert.deepEqual(gateway.asked[2]?.route, { kind: 'mute-device', endpoint: 'meter-17' });
});

test('a wrong duration changes nothing', async () => {
  for (const [words, sentence] of [
    ['soon', /^error: --for is "soon", which is not a duration\./],
    ['0s', /^error: --for is 0, which mutes nothing\. Nothing was changed\./],
  ] as const) {
    const { exit, err } = await call(['device', 'mute', 'meter-17', '--for', words], { gateway });
    assert.equal(exit, 2);
    assert.match(err, sentence);
  }
  assert.equal(gateway.asked.length, 0);
});

test('unmuting says how the device comes back; one that is not muted is left as it is', async () => {
  gateway.answer = () => ({ json: { endpoint: 'a b', result: 'unmuted' } });
  const { exit, err } = await call(['device', 'unmute', 'a b'], { gateway });
  assert.equal(
    err,
    screen(`
Unmuted a b: it comes in with a new handshake and registration. Watch it:
  holdfast events --follow --device 'a b'
`),
  );
  assert.equal(exit, 0);
  gateway.answer = () => ({ json: { endpoint: 'a b', result: 'not-muted' } });
  assert.equal((await call(['device', 'unmute', 'a b'], { gateway })).err, 'a b is not muted. Nothing was changed.\n');
});

test('nothing is asked of a muted device, and the sentence says what to do', async () => {
  gateway.answer = () => ({ error: muted('meter-17') });
  const { exit, err } = await call(['read', 'meter-17', '/3/0/0'], { gateway });
  assert.equal(exit, 10);
  assert.equal(
    err,
    screen(`
error: meter-17 is muted, so nothing is sent to it.
  Since when and why:  holdfast device show meter-17
  To end it:  holdfast device unmute meter-17
`),
  );
});

test('device show says since when, until when and why', () => {
  const style = { columns: 80, terminal: false, color: false, utf8: true, utc: true };
  const reason = 'the gateway died again and again of what it sent';
  const body = { reason, account: 'crash-loop breaker', since: null, secondsAgo: 7_200, unmutedInSeconds: null };
  const lines = deviceScreen({ ...meter17, state: 'muted', muted: body }, style as never);
  assert.equal(lines[1], '  muted         2h ago, until it is unmuted: the gateway died again and again');
  assert.equal(lines[2], '                of what it sent');
});
