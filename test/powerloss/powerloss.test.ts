/** The real gateway under the recorder, for a few seconds: nothing is lost, and broken writers are caught. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type PowerlossResult, powerloss } from './powerloss.ts';
import { NoRecorder } from './recorder-library.ts';

test('nothing acknowledged is lost in a power cut, and every broken writer is caught', async (context) => {
  const result = await recorded(context);
  if (result === undefined) return;
  const { figures, found, kept } = result;
  assert.deepEqual(found, []);
  const { acknowledgedLost, torn, invented, unopenable } = figures;
  assert.deepEqual({ acknowledgedLost, torn, invented, unopenable }, noneWrong);
  assert.deepEqual(figures.selfTests, {
    unsyncedCaught: true,
    earlyAckCaught: true,
    enospcCaught: true,
    directoryCaught: true,
  });
  assert.ok(figures.distinct > 50, `${figures.distinct} states are too few to say anything`);
  assert.ok(figures.distinct <= figures.states && figures.withAcknowledged <= figures.distinct);
  assert.ok(figures.withAcknowledged > 0.8 * figures.distinct);
  assert.ok(figures.crashesDuringRecovery > 0.1 * figures.states);
  assert.equal(kept, undefined);
});

const noneWrong = { acknowledgedLost: 0, torn: 0, invented: 0, unopenable: 0 };

/** Undefined where this machine cannot record: skipped with the reason, except where nothing may be skipped. */
async function recorded(context: TestContext): Promise<PowerlossResult | undefined> {
  try {
    return await powerloss({ seconds: 8, seed: 1, onProgress: () => {} });
  } catch (error) {
    if (!(error instanceof NoRecorder) || process.env['CI'] === 'true') throw error;
    context.skip(error.message);
    return undefined;
  }
}

test('a machine without a C compiler is told so', async () => {
  const before = process.env['CC'];
  process.env['CC'] = '/nonexistent/cc';
  try {
    await assert.rejects(powerloss({ seconds: 1, seed: 1, onProgress: () => {} }), {
      name: 'NoRecorder',
      message: /there is no C compiler \(\/nonexistent\/cc\)/,
    });
  } finally {
    if (before === undefined) delete process.env['CC'];
    else process.env['CC'] = before;
  }
});

test('a run that is skipped says so to a program too', () => {
  const program = fileURLToPath(new URL('main.js', import.meta.url));
  const env = { ...process.env, CC: '/nonexistent/cc', CI: '' };
  const run = (...words: string[]) => spawnSync(process.execPath, [program, ...words], { encoding: 'utf8', env });
  const { status, stdout } = run('--json');
  assert.equal(status, 0);
  assert.match((JSON.parse(stdout) as { skipped: string }).skipped, /^there is no C compiler/);
  assert.equal(run().stdout, '');
});
