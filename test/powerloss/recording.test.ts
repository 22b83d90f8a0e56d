/** The recorder and the model against the real directory: what was recorded is what is there. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Random } from '../simulation/random.ts';
import { DiskModel, type Tree } from './disk-model.ts';
import { readHistory } from './history.ts';
import { patchedBuild, smallSizes } from './patched-build.ts';
import { readTree } from './rebuilding.ts';
import { compileRecorder, NoRecorder } from './recorder-library.ts';
import { record } from './recording.ts';
import { readRecording } from './recording-log.ts';
import { survivors } from './survivors.ts';

const everything = 1;

test('with everything that was pending the model is the directory, byte for byte', async (context) => {
  const scratch = mkdtempSync(join(tmpdir(), 'holdfast-recording-'));
  try {
    const library = compileRecorder(scratch);
    const build = patchedBuild(join(scratch, 'copy'), smallSizes);
    const directory = join(scratch, 'recorded');
    mkdirSync(directory);
    const recording = await record({ directory, library, build, seed: 3, course: 'traffic' });
    const operations = readRecording(readFileSync(recording));
    for (const rules of ['ext4', 'posix'] as const) {
      const model = new DiskModel(rules);
      for (const operation of operations) model.apply(operation);
      const real = readTree(join(directory, 'state'));
      assert.deepEqual(signatures(survivors(model, everything, new Random(1))), signatures(real), rules);
    }
    const { values, registrations } = readHistory(operations);
    assert.ok(values.filter(({ acknowledgedAt }) => acknowledgedAt < operations.length).length > 10);
    assert.equal(registrations.size, 8);
  } catch (error) {
    if (!(error instanceof NoRecorder) || process.env['CI'] === 'true') throw error;
    context.skip(error.message);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});

/** LevelDB's notes are not recorded. */
function signatures(tree: Tree): Record<string, string> {
  const entries = [...tree].filter(([path]) => !/\/LOG(\.old)?$/.test(path));
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([path, content]) => [path, content === 'directory' ? content : content.signature()]),
  );
}
