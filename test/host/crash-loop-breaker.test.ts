/** The breadcrumb outlives the process that left it, and says what it had in hand; who stops leaves no death. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { limits } from '../../src/base/limits.ts';
import type { InHand } from '../../src/gateway/crash-loop.ts';
import { type BreakerOptions, CrashLoopBreaker } from '../../src/host/crash-loop-breaker.ts';

const memory = '/dev/shm';
const state = mkdtempSync(join(tmpdir(), 'holdfast-state-'));
const made: string[] = [state];

after(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

function inMemory(): string {
  const directory = mkdtempSync(join(memory, 'holdfast-test-'));
  made.push(directory);
  return directory;
}

const meter: InHand = { kind: 'peer', name: 'field|meter "7" ü' };
type Life = (breaker: CrashLoopBreaker) => void;

/** Lives one after the other, each of which dies; returns what is convicted at the start of each and of one more. */
function convicted(directory: string, lives: readonly Life[], options: Partial<BreakerOptions> = {}): unknown[] {
  return [...lives, () => {}].map((live) => {
    const breaker = new CrashLoopBreaker({ stateDirectory: state, directory, ...options });
    const culprit = breaker.open();
    live(breaker);
    return culprit;
  });
}

const killedWith =
  ({ kind, name }: InHand): Life =>
  (breaker) =>
    breaker.nowInHand(kind, name);

test('a peer that was in hand at three deaths of any kind is convicted', () => {
  const killed = killedWith(meter);
  assert.deepEqual(convicted(inMemory(), [killed, killed, killed]), [undefined, undefined, undefined, meter]);
});

test('an address or a record is written down as an error ends the process; a kill is found out one death later', () => {
  const record: InHand = { kind: 'record', name: 'rg/meter' };
  const error: Life = (breaker) => {
    breaker.nowInHand(record.kind, record.name);
    breaker.leave();
  };
  assert.deepEqual(convicted(inMemory(), [error, error, error]).at(-1), record);
  const killed = killedWith(record);
  assert.deepEqual(convicted(inMemory(), [killed, killed, killed]).at(-1), undefined);
  assert.deepEqual(convicted(inMemory(), [killed, killed, killed, killed]).at(-1), record);
});

test('what has left the hand is not blamed', async () => {
  const directory = inMemory();
  for (let i = 0; i < limits.deathsInARowMax; i++) {
    const breaker = new CrashLoopBreaker({ stateDirectory: state, directory });
    assert.equal(breaker.open(), undefined);
    breaker.nowInHand(meter.kind, meter.name);
    breaker.nothingInHand();
    await turn();
    breaker.leave();
  }
  assert.deepEqual(convicted(directory, []), [undefined]);
});

test('a stop is no death, and ends no row; nothing is left behind where there is none', () => {
  const directory = inMemory();
  const killed = killedWith(meter);
  const stopped: Life = (breaker) => {
    breaker.nowInHand(meter.kind, meter.name);
    breaker.close();
  };
  assert.deepEqual(convicted(directory, [stopped, stopped, stopped]).at(-1), undefined);
  convicted(directory, [stopped]);
  new CrashLoopBreaker({ stateDirectory: state, directory }).open();
  const empty = inMemory();
  convicted(empty, []);
  const last = new CrashLoopBreaker({ stateDirectory: state, directory: empty });
  last.open();
  last.close();
  assert.deepEqual(readdirSync(empty), []);
  assert.deepEqual(convicted(inMemory(), [killed, stopped, killed, stopped, killed]).at(-1), meter);
});

test('having served for a while ends the row', async () => {
  const directory = inMemory();
  const killed = killedWith(meter);
  convicted(directory, [killed, killed]);
  const served = new CrashLoopBreaker({ stateDirectory: state, directory, rowEndsMs: 5 });
  served.open();
  served.serving();
  await wait(30);
  killed(served);
  assert.deepEqual(convicted(directory, []), [undefined]);
});

test('where there is no memory for files it serves without', () => {
  const killed = killedWith(meter);
  assert.deepEqual(convicted(join(state, 'missing'), [killed, killed, killed]).at(-1), undefined);
});

test("another's file is not followed, a damaged one means nothing, and crumbs of what is gone are removed", () => {
  const directory = inMemory();
  convicted(directory, [killedWith(meter)]);
  const [name = ''] = readdirSync(directory);
  assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600);
  writeFileSync(join(directory, name), 'no crumb');
  assert.deepEqual(convicted(directory, []), [undefined]);
  rmSync(join(directory, name));
  const precious = join(state, 'precious');
  writeFileSync(precious, 'precious');
  symlinkSync(precious, join(directory, name));
  assert.deepEqual(convicted(directory, [killedWith(meter)]), [undefined, undefined]);
  assert.equal(statSync(precious).size, 'precious'.length);
  rmSync(join(directory, name));

  const gone = mkdtempSync(join(tmpdir(), 'holdfast-gone-'));
  new CrashLoopBreaker({ stateDirectory: gone, directory }).open();
  const [stale = ''] = readdirSync(directory);
  rmSync(gone, { recursive: true });
  new CrashLoopBreaker({ stateDirectory: state, directory }).open();
  assert.equal(existsSync(join(directory, stale)), false);
});
