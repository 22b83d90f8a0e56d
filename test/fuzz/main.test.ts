/** The fuzzing command: it covers what it says, and a wrong call is told. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { targets } from './targets.ts';

const program = fileURLToPath(new URL('./main.js', import.meta.url));
const fuzz = (...words: string[]) => spawnSync(process.execPath, [program, ...words], { encoding: 'utf8' });

for (const target of Object.keys(targets)) {
  test(`a short run of ${target} finds nothing and prints what it covered`, () => {
    const { status, stdout, stderr } = fuzz(target, '--datagrams', '2000', '--seed', '3');
    assert.equal(status, 0, stderr);
    const report = JSON.parse(stdout) as { target: string; seed: number; datagrams: number };
    assert.deepEqual([report.target, report.seed], [target, 3]);
    assert.ok(report.datagrams >= 2_000);
  });
}

test('a wrong call ends with 2 and a sentence', () => {
  for (const words of [[], ['nothing'], ['dtls', '--datagrams', '0'], ['dtls', '--seed', 'x'], ['dtls', '--more']]) {
    const { status, stderr } = fuzz(...words);
    assert.equal(status, 2, words.join(' '));
    assert.match(stderr, /^error: .*\.\n {2}How to call it/);
  }
});
