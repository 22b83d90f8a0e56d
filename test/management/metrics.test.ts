import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answered, ask, FakeKnowledge } from './fake-knowledge.ts';

function metrics(knowledge = new FakeKnowledge()): string {
  const { status, contentType, body } = answered(knowledge, ask('GET', '/metrics'));
  assert.equal(status, 200);
  assert.equal(contentType, 'text/plain; version=0.0.4; charset=utf-8');
  return body;
}

test('every line is of the text format, every metric has its help and its type once, before its samples', () => {
  const described = new Set<string>();
  for (const line of metrics().trimEnd().split('\n')) {
    const [, kind, name = ''] = /^# (HELP|TYPE) (holdfast_[a-z0-9_]+) \S/.exec(line) ?? [];
    if (kind === 'HELP') {
      assert.ok(!described.has(name), `${name} once`);
      described.add(name);
    }
    if (kind !== undefined) continue;
    const [, sampled = ''] = /^(holdfast_[a-z0-9_]+)(?:\{[a-z]+="[^"\\]*"\})? -?\d+(?:\.\d+)?$/.exec(line) ?? [];
    assert.ok(described.has(sampled), line);
  }
  assert.ok(described.size > 20);
});

test('what rises ends in _total, and nothing else does', () => {
  for (const [, name = '', type] of metrics().matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    assert.equal(name.endsWith('_total'), type === 'counter', name);
  }
});

test('wear, drops, devices and the state of the store', () => {
  const knowledge = new FakeKnowledge();
  knowledge.store = 'full';
  knowledge.wearState = 'over';
  const text = metrics(knowledge);
  for (const line of [
    'holdfast_written_bytes_total 138200000',
    'holdfast_store_commits_total 11204',
    'holdfast_write_budget_bytes_per_day 1095890410',
    'holdfast_write_budget_exceeded 1',
    'holdfast_commit_spacing_seconds 0.5',
    'holdfast_drops_total{reason="replayed-record"} 9',
    'holdfast_devices{state="online"} 1',
    'holdfast_store_state{state="full"} 1',
    'holdfast_store_state{state="ok"} 0',
  ]) {
    assert.ok(text.includes(`\n${line}\n`), line);
  }
});

test('what is not known is not told', () => {
  assert.ok(!metrics().includes('holdfast_device_written_bytes_total'));
});
