/** `device reset`, and what `device show` says of what was learned of a device. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deviceScreen } from '../../src/cli/screens/device-screen.ts';
import { meter17 } from './support/bodies.ts';
import { call, screen } from './support/call.ts';
import { FakeGateway } from './support/fake-gateway.ts';

let gateway: FakeGateway;

before(async () => {
  gateway = await FakeGateway.make();
});

after(() => gateway.remove());

test('a reset says what was dropped, and what is under way', async () => {
  const body = { endpoint: 'meter-17', result: 'reset', dropped: true, handshake: 'abbreviated' };
  gateway.answer = () => ({ json: body });
  const begun = await call(['device', 'reset', 'meter-17'], { gateway });
  assert.equal(
    begun.err,
    screen(`
Reset meter-17: its connection is dropped; an abbreviated handshake is under
way. See what came of it:
  holdfast device show meter-17
`),
  );
  assert.deepEqual([begun.exit, begun.out], [0, '']);
  assert.deepEqual(gateway.asked[0]?.route, { kind: 'reset-device', endpoint: 'meter-17' });
  const json = await call(['device', 'reset', 'meter-17', '--json'], { gateway });
  assert.equal(json.out, `${JSON.stringify(body)}\n`);
});

test('a device that cannot be shaken hands with comes by itself', async () => {
  gateway.answer = () => ({ json: { endpoint: 'meter-17', result: 'reset', dropped: false, handshake: null } });
  const { err } = await call(['device', 'reset', 'meter-17'], { gateway });
  assert.equal(
    err,
    screen(`
Reset meter-17: it had no connection; it has to come by itself, with a new
handshake. Wait for it:
  holdfast events --follow --device meter-17
`),
  );
});

test('what was learned is one line, and nothing where nothing is known', () => {
  const line = (learned: typeof meter17.learned) => {
    const style = { columns: 80, color: false, utc: false, terminal: false, unicode: true };
    return deviceScreen({ ...meter17, learned }, style as never).find((text) => text.trim().startsWith('learned'));
  };
  const unknown = {
    acceptsHandshake: null,
    triedSecondsAgo: null,
    failures: 0,
    resumes: null,
    connectionId: true,
    keepsConnection: null,
  };
  assert.equal(line(null), undefined);
  assert.equal(line(unknown), undefined);
  assert.match(line({ ...unknown, acceptsHandshake: false, failures: 3 }) ?? '', /learned +ignores handshakes$/);
  assert.match(line({ ...unknown, failures: 1 }) ?? '', /learned +1 handshake in vain$/);
  const drops = { ...unknown, acceptsHandshake: true, resumes: true, keepsConnection: false };
  assert.match(line(drops) ?? '', /accepts handshakes, resumes, drops idle connections$/);
});
