import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import { jsonLog } from '../../src/host/log.ts';
import { reportRepair } from '../../src/host/repair-report.ts';

test('each note is an error of the log; the status takes so many', () => {
  const lines: string[] = [];
  const log = jsonLog('debug', { write: (line) => void lines.push(line) });
  const notes = ['of the start'];
  for (let i = 1; i <= limits.storeNotesMax; i++) reportRepair(log, notes, `note ${i}`);
  assert.deepEqual([notes.length, notes[1], lines.length], [limits.storeNotesMax, 'note 1', limits.storeNotesMax]);
  assert.match(lines.at(-1) ?? '', /"level":"error".*"reason":"store-repaired".*"msg":"note 20"/);
});
