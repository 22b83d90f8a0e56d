import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Figures } from '../bench/wear/figures.ts';
import { screen } from '../bench/wear/screen.ts';
import type { WearFigures } from '../bench/wear/wear.ts';

test('a goal that is missed is marked, one that is met is not', () => {
  const lines = screen(figuresOf({ deviceMBPerDay: 311 }, 15)).split('\n');
  assert.ok(lines.includes('  ! goal: 310 MB a day at most'));
  assert.ok(lines.includes('    goal: 15 times below a sync for each event'));
  assert.ok(screen(figuresOf({ deviceMBPerDay: 310 }, 14.9)).includes('\n    goal: 310 MB a day at most\n'));
  assert.ok(screen(figuresOf({}, 14.9)).includes('  ! goal: 15 times below'));
  assert.ok(screen(figuresOf({ ackDelayMsP99: 900 }, 20)).includes('  ! goal: ack P99 below 900 ms'));
});

test('bytes are judged where those of a device are counted alone, and delays everywhere', () => {
  const shown = screen({ ...figuresOf({ deviceMBPerDay: 9_999 }, 1), isDevice: false });
  assert.doesNotMatch(shown, /MB a day at most|times below/);
  assert.match(shown, /goal: ack P99 below 900 ms/);
});

test('what was not measured has no row but a reason, in lines that fit', () => {
  const shown = screen({ ...figuresOf({}, 20), reasons: { LMDB: 'there is no such thing here. '.repeat(5).trim() } });
  assert.match(shown, /\nLMDB was not measured: there is no/);
  assert.doesNotMatch(shown, /LMDB, same batches/);
  assert.match(shown, /\n {2}Holdfast +300\.0 +2400 +250 ms +500 ms\n/);
  assert.match(shown, /\n {2}SQLite, same batches +900\.0 +3 /);
  for (const line of shown.split('\n')) assert.ok(line.length <= 79, line);
});

function figuresOf(own: Partial<Figures>, syncTimesOurs: number): WearFigures {
  const figures = {
    deviceMBPerDay: 300,
    commitsPerDay: 2_400,
    ackDelayMsP50: 250,
    ackDelayMsP99: 500,
    simulatedSeconds: 3_600,
    ...own,
  };
  const both = <Kind>(one: Kind) => ({ withoutNotifications: one, withNotifications: one });
  return {
    devices: 1_000,
    seed: 1,
    method: 'a method',
    isDevice: true,
    fileSystemClockMBPerDay: null,
    ...both(figures),
    syncPerEvent: both({ ...figures, timesOurs: syncTimesOurs }),
    sqlite: both({ ...figures, deviceMBPerDay: 900, timesOurs: 3 }),
    lmdb: null,
    reasons: {},
  };
}
