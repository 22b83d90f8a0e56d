/** The crash model of the simulated disk, beyond what the contract says of every store. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8Encode } from '../../src/base/bytes.ts';
import { encodeGeneration, generationKey } from '../../src/records/generation-record.ts';
import { SimulatedDisk } from './simulated-disk.ts';

const value = utf8Encode('1');

describe('a cut', () => {
  for (const keep of [true, false]) {
    it(`${keep ? 'keeps' : 'loses'} the batch in flight as a whole, and never a completed one`, () => {
      const disk = opened();
      disk.begin([{ key: 'a', value }]);
      assert.equal(disk.complete(), undefined);
      disk.begin([
        { key: 'a', value: undefined },
        { key: 'b', value },
        { key: 'c', value },
      ]);
      assert.equal(disk.isInFlight, true);
      disk.cut(keep);
      const { records, lastStop } = disk.open();
      assert.deepEqual(
        records.map(({ key }) => key),
        keep ? ['b', 'c'] : ['a'],
      );
      assert.equal(lastStop, 'unclean');
    });
  }

  it('during a clean stop leaves the marker with the last batch or neither', () => {
    for (const keep of [true, false]) {
      const disk = opened();
      disk.beginStop([{ key: 'a', value }]);
      disk.cut(keep);
      const { records, lastStop } = disk.open();
      assert.deepEqual([records.length, lastStop], keep ? [1, 'clean'] : [0, 'unclean']);
    }
  });

  it('during a raise of the generation can leave the file ahead; the number is not given again', () => {
    const disk = opened();
    disk.begin([{ key: generationKey, value: encodeGeneration(2) }]);
    disk.cut(false, true);
    assert.equal(disk.open().generation, 3);
  });

  it('during any open gives the next one a number that was never given', () => {
    for (const after of ['nothing', 'file', 'records', 'marker'] as const) {
      const fresh = new SimulatedDisk();
      fresh.openCutShort(after);
      assert.equal(fresh.open().lastStop, after === 'marker' ? 'unclean' : 'first', after);
      fresh.cut(false);
      fresh.openCutShort(after);
      assert.ok(fresh.open().generation >= (after === 'nothing' ? 2 : 4), after);
    }
  });
});

describe('the disk', () => {
  it('takes one batch at a time, and none after a refused one until it is recovered', () => {
    const disk = opened();
    disk.begin([{ key: 'a', value }]);
    assert.throws(() => disk.begin([]), /one batch/);
    disk.fault = 'full';
    assert.equal(disk.complete(), 'full');
    assert.throws(() => disk.begin([]), /takes batches/);
    assert.equal(disk.recover(), 'full');
    disk.fault = undefined;
    assert.equal(disk.recover(), undefined);
    disk.begin([{ key: 'b', value }]);
    assert.equal(disk.complete(), undefined);
    assert.deepEqual(
      disk.kept().map(({ key }) => key),
      ['b'],
    );
  });

  it('keeps what it was handed, not what becomes of it', () => {
    const disk = opened();
    const mutable = new Uint8Array([1]);
    disk.begin([{ key: 'a', value: mutable }]);
    mutable[0] = 2;
    disk.complete();
    assert.deepEqual(disk.kept(), [{ key: 'a', value: new Uint8Array([1]) }]);
  });

  it('is closed by a clean stop', () => {
    const disk = opened();
    disk.beginStop([]);
    disk.complete();
    assert.throws(() => disk.begin([]), /takes batches/);
    assert.equal(disk.open().lastStop, 'clean');
  });
});

function opened(): SimulatedDisk {
  const disk = new SimulatedDisk();
  assert.equal(disk.open().generation, 1);
  return disk;
}
