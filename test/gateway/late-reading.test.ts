import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Monotonic, Now, Wall } from '../../src/base/instants.ts';
import type { StoredRecord } from '../../src/commit/commit.ts';
import { LateReading } from '../../src/gateway/late-reading.ts';
import { Step } from '../../src/gateway/step.ts';
import { Uptime } from '../../src/gateway/uptime.ts';
import type { Aead } from '../../src/records/sealed-record.ts';

const aead: Aead = { seal: (plaintext) => plaintext, open: (sealed) => sealed };
const at = (monotonic: number): Now => ({ monotonic: monotonic as Monotonic, wall: 0 as Wall, wallTrusted: false });
const made = () => {
  const uptime = new Uptime();
  return { uptime, reading: new LateReading({ aead, uptime, entropy: () => {} }) };
};
const record = (key: string): StoredRecord => ({ key, value: new Uint8Array(1) });

test('a device is read when one behind it was, and what was handed over with it may be used', () => {
  const { reading } = made();
  reading.saw([record('as/1')]);
  reading.saw([record('rg/a'), record('rl/b/x/1')]);
  assert.equal(reading.isRead('a'), false, 'what is damaged is set aside first');
  reading.readOn(false);
  assert.deepEqual([reading.isRead('a'), reading.isRead('b'), reading.isThrough], [true, false, false]);
  reading.saw([record('ss/00')]);
  reading.readOn(false);
  assert.deepEqual([reading.isRead('b'), reading.isRead('zz'), reading.isThrough], [true, true, false]);
  reading.readOn(true);
  assert.ok(reading.isThrough);
});

test('with what is read late goes its uptime, in the same commit, and a start goes on from there', () => {
  const { uptime, reading } = made();
  uptime.sawRecordOf(5_000);
  uptime.start(at(0));
  const step = new Step(at(700));
  step.put('soon', 'aw/1', new Uint8Array(1));
  step.put('before-ack', 'rl/a/x/1', new Uint8Array(1));
  for (const commitClass of ['before-ack', 'soon'] as const) reading.addUptime(commitClass, step);
  assert.deepEqual(
    step.takeWrites('soon').map(({ key }) => key),
    ['aw/1'],
  );
  const [, written] = step.takeWrites('before-ack');
  assert.ok(written?.key === 'ut/late' && written.value !== undefined);
  const next = made();
  assert.equal(next.reading.mayServe, false, 'a store without it is read through first');
  assert.equal(next.reading.restore({ key: written.key, value: written.value }), 'ours');
  assert.equal(next.reading.mayServe, true);
  next.uptime.start(at(0));
  assert.ok(next.uptime.at(at(0)) > uptime.at(at(700)));
});
