// The screen of a set-up, column by column.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationText, StepReport, stepLine } from '../../scripts/lib/step-report.mjs';

test('finished steps stand in columns', () => {
  const lines = [
    stepLine({ number: 1, of: 4, name: 'packages' }, 'done', '14s'),
    stepLine({ number: 2, of: 4, name: 'mbedTLS 3.6.6 source' }, 'done, checksum right', '5s'),
    stepLine({ number: 3, of: 4, name: 'mbedTLS to WebAssembly' }, 'done', '48s'),
    stepLine({ number: 4, of: 4, name: 'TypeScript' }, 'there already', ''),
  ];
  assert.deepEqual(lines, [
    '  1/4 packages                     done                    14s',
    '  2/4 mbedTLS 3.6.6 source         done, checksum right     5s',
    '  3/4 mbedTLS to WebAssembly       done                    48s',
    '  4/4 TypeScript                   there already',
  ]);
});

test('durations stay short', () => {
  assert.deepEqual([0, 400, 48_000, 59_499, 60_000, 125_000].map(durationText), [
    '0s',
    '0s',
    '48s',
    '59s',
    '1m00s',
    '2m05s',
  ]);
});

test('in a pipe a step is printed once, when it is done', () => {
  const screen = recorder(false);
  const report = new StepReport(screen, { number: 1, of: 4, name: 'packages' });
  report.start();
  report.progress(0.5);
  assert.equal(screen.text, '');
  report.done('done');
  assert.equal(screen.text, '  1/4 packages                     done                     0s\n');
});

test('on a terminal the running step is drawn in place', () => {
  const screen = recorder(true);
  const report = new StepReport(screen, { number: 1, of: 4, name: 'packages' });
  report.start();
  report.failed();
  assert.equal(
    screen.text,
    '\r\x1b[K  1/4 packages                     ...                      0s\r\x1b[K  1/4 packages                     failed\n',
  );
});

/** @param {boolean} isTTY */
function recorder(isTTY) {
  return {
    isTTY,
    text: '',
    /** @param {string} text */
    write(text) {
      this.text += text;
    },
  };
}
