import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../src/base/limits.ts';
import { logged } from '../../management/fake-knowledge.ts';
import { FakeMachine, idsIn, open, Reader, serving, turn } from './fake-machine.ts';

test('a reader begins with what happens from now on', async (t) => {
  const machine = withLog(3);
  const { socketPath } = await serving(t, machine);
  const message = await open(socketPath, '/api/event');
  assert.equal(message.headers['content-type'], 'text/event-stream; charset=utf-8');
  assert.equal(message.headers['holdfast-cursor'], '3');
  const reader = new Reader(message);
  await reader.until(() => machine.listeners.size > 0);
  machine.happens(logged(4));
  machine.emit({ kind: 'awake', endpoint: 'meter-17', forMs: 93_000 });
  const text = await reader.until((came) => came.includes('AWAKE'));
  assert.deepEqual(idsIn(text), [4]);
  assert.match(text, /event: AWAKE\ndata: \{"ep":"meter-17"\}\n\n$/);
  reader.close();
});

test('from an id on, then live: nothing missing, nothing twice, however the two meet', async (t) => {
  const machine = withLog(950);
  const { socketPath } = await serving(t, machine);
  const reader = new Reader(await open(socketPath, '/api/event?from=10'));
  // Events go on happening while the log is replayed, some in the very turns of the replay.
  for (let id = 951; id <= 1_200; id++) {
    machine.happens(logged(id));
    if (id % 3 === 0) await turn();
  }
  const text = await reader.until((came) => came.includes('id: 1200\n'));
  assert.deepEqual(
    idsIn(text),
    Array.from({ length: 1_190 }, (_, i) => 11 + i),
  );
  reader.close();
});

test('an event that a replay found before it was told is not told twice', async (t) => {
  const machine = withLog(3);
  const { socketPath } = await serving(t, machine);
  const reader = new Reader(await open(socketPath, '/api/event?from=0'));
  await reader.until((came) => came.includes('id: 3\n'));
  machine.emit({ kind: 'logged', event: logged(3) });
  machine.happens(logged(4));
  assert.deepEqual(idsIn(await reader.until((came) => came.includes('id: 4\n'))), [1, 2, 3, 4]);
  reader.close();
});

test('Last-Event-ID resumes where a broken stream ended', async (t) => {
  const machine = withLog(20);
  const { socketPath } = await serving(t, machine);
  const first = new Reader(await open(socketPath, '/api/event?from=start'));
  const seen = idsIn(await first.until((came) => came.includes('id: 20\n')));
  first.close();
  for (let id = 21; id <= 40; id++) machine.happens(logged(id));
  const headers = { 'last-event-id': String(seen.at(-1)) };
  const second = new Reader(await open(socketPath, '/api/event?from=start', { headers }));
  const text = await second.until((came) => came.includes('id: 40\n'));
  assert.deepEqual(
    [...seen, ...idsIn(text)],
    Array.from({ length: 40 }, (_, i) => 1 + i),
  );
  assert.doesNotMatch(text, /GAP/);
  second.close();
});

test('a log that no longer reaches back says how much is lost, and goes on', async (t) => {
  const machine = withLog(50);
  machine.log.splice(0, 30);
  const { socketPath } = await serving(t, machine);
  const reader = new Reader(await open(socketPath, '/api/event?from=10'));
  const text = await reader.until((came) => came.includes('id: 50\n'));
  assert.match(text, /event: GAP\ndata: \{"lost":20,"oldestId":31\}\n\nevent: NOTIFICATION\nid: 31\n/);
  reader.close();
  const all = new Reader(await open(socketPath, '/api/event?from=start'));
  assert.doesNotMatch(await all.until((came) => came.includes('id: 50\n')), /GAP/);
  all.close();
});

test('a cursor from another log: the reader hears that ids begin again and misses nothing', async (t) => {
  const machine = withLog(5);
  const { socketPath } = await serving(t, machine);
  const reader = new Reader(await open(socketPath, '/api/event?from=900'));
  await reader.until((came) => came.includes('GAP'));
  machine.happens(logged(6));
  const text = await reader.until((came) => came.includes('NOTIFICATION'));
  assert.deepEqual(idsIn(text), [6]);
  reader.close();
});

test('our stream ends when it is not to be followed', async (t) => {
  const machine = withLog(250);
  const { socketPath } = await serving(t, machine);
  const message = await open(socketPath, '/api/holdfast/events?from=100');
  assert.equal(message.headers['content-type'], 'application/x-ndjson; charset=utf-8');
  const reader = new Reader(message);
  await reader.until(() => reader.ended);
  const lines = reader.text.trimEnd().split('\n');
  assert.deepEqual([lines.length, JSON.parse(lines[0] ?? '').id, JSON.parse(lines.at(-1) ?? '').id], [150, 101, 250]);
  assert.equal(machine.listeners.size, 0);
});

test('an idle stream is kept alive', async (t) => {
  const { socketPath } = await serving(t, new FakeMachine(), { heartbeatMs: 10 });
  const reader = new Reader(await open(socketPath, '/api/event'));
  await reader.until((came) => came.split(':\n\n').length > 3);
  reader.close();
});

test('a reader who does not keep up is closed; his cursor lets him go on', async (t) => {
  const machine = withLog(0);
  const { socketPath } = await serving(t, machine);
  const message = await open(socketPath, '/api/event?from=0');
  message.pause();
  while (machine.listeners.size === 0) await turn();
  await turn();
  const text = 'x'.repeat(10_000);
  const event = (id: number) => ({ ...logged(id), endpoint: text });
  let id = 0;
  while (machine.listeners.size > 0 && id < 2_000) {
    machine.happens(event(++id));
    await turn();
  }
  assert.equal(machine.listeners.size, 0, 'the reader is closed');
  assert.ok(id * text.length < 4 * limits.eventStreamBytesMax, `after ${id} events`);
  const reader = new Reader(message);
  await reader.until(() => reader.ended);
  const seen = idsIn(reader.text.slice(0, reader.text.lastIndexOf('\n\n') + 2));
  const headers = { 'last-event-id': String(seen.at(-1) ?? 0) };
  const again = new Reader(await open(socketPath, '/api/event', { headers }));
  const rest = idsIn(await again.until((came) => came.includes(`id: ${id}\n`)));
  assert.deepEqual(
    [...seen, ...rest],
    Array.from({ length: id }, (_, i) => i + 1),
  );
  again.close();
});

test('a reader who leaves is forgotten', async (t) => {
  const machine = withLog(0);
  const { socketPath } = await serving(t, machine);
  const reader = new Reader(await open(socketPath, '/api/event'));
  await reader.until(() => machine.listeners.size === 1);
  reader.close();
  for (let i = 0; i < 100 && machine.listeners.size > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(machine.listeners.size, 0);
});

function withLog(count: number): FakeMachine {
  const machine = new FakeMachine();
  for (let id = 1; id <= count; id++) machine.log.push(logged(id));
  return machine;
}
