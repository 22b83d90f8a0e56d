/** Muting over REST: bodies, what the gateway is asked, and what is said of a muted device. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceDetail } from '../../src/gateway/views.ts';
import { attention } from '../../src/management/attention.ts';
import { answered, ask, device, FakeKnowledge, planned } from './fake-knowledge.ts';

const target = '/api/holdfast/devices/meter%2F17/mute';
const muted: DeviceDetail = device('meter/17', {
  state: 'muted',
  muted: {
    reason: 'the gateway died again and again of what it sent',
    account: 'crash-loop breaker',
    byBreaker: true,
    sinceWall: undefined,
    secondsAgo: 7,
    endsInSeconds: undefined,
  },
});

test('PUT mutes, for good or for a time; DELETE unmutes', () => {
  const action = (method: string, body = '') => {
    const plan = planned(new FakeKnowledge().add(device('meter/17')), ask(method, target, { body }));
    assert.ok(plan.kind === 'operate');
    return plan.action;
  };
  assert.deepEqual(action('PUT', '{}'), { kind: 'mute-device', endpoint: 'meter/17' });
  assert.deepEqual(action('PUT', '{"forMs":60000}'), { kind: 'mute-device', endpoint: 'meter/17', forMs: 60_000 });
  assert.deepEqual(action('DELETE'), { kind: 'unmute-device', endpoint: 'meter/17' });
});

test('a body that says nothing of the kind is refused, and so is an unknown device', () => {
  for (const body of ['', '[]', '{"forMs":0}', '{"forMs":-1}', '{"forMs":"1h"}', '{"forMs":1.5}', 'null']) {
    const plan = planned(new FakeKnowledge().add(device('meter/17')), ask('PUT', target, { body }));
    assert.ok(plan.kind === 'respond' && plan.response.status === 400, body);
  }
  const plan = planned(new FakeKnowledge(), ask('DELETE', target));
  assert.ok(plan.kind === 'respond' && plan.response.status === 404);
});

test('what the gateway answers is told', () => {
  const plan = planned(new FakeKnowledge().add(muted), ask('DELETE', target));
  assert.ok(plan.kind === 'operate');
  const said = plan.next({ kind: 'not-muted', endpoint: 'meter/17' });
  assert.ok(said.kind === 'respond');
  assert.deepEqual(JSON.parse(said.response.body), { endpoint: 'meter/17', result: 'not-muted' });
});

test('device show says since when and why, and nothing can be asked of it', () => {
  const here = new FakeKnowledge().add(muted);
  const shown = JSON.parse(answered(here, ask('GET', '/api/holdfast/devices/meter%2F17')).body);
  assert.deepEqual(shown.muted, {
    reason: 'the gateway died again and again of what it sent',
    account: 'crash-loop breaker',
    since: null,
    secondsAgo: 7,
    unmutedInSeconds: null,
  });
});

test('status names the devices that the breaker has muted', () => {
  const here = new FakeKnowledge();
  const say = (count: number, endpoints: readonly string[]) => {
    here.statusOver = { mutedByBreaker: { count, endpoints } };
    const answer = here.inspect({ kind: 'status' });
    assert.ok(answer.kind === 'status');
    return attention(answer.status, here.information()).find(({ code }) => code === 'devices-muted');
  };
  assert.equal(say(0, []), undefined);
  assert.deepEqual(say(1, ['valve 3']), {
    code: 'devices-muted',
    text: 'valve 3 is muted: the gateway died again and again of what it sent',
    next: "holdfast device show 'valve 3'",
  });
  assert.match(
    say(4, ['a', 'b', 'c'])?.text ?? '',
    /^4 devices are muted \(a, b, c …\): the gateway died .* what they sent$/,
  );
});
