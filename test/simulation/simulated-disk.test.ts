/** The crash model of the simulated disk, beyond what the contract says of every store. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8Encode } from '../../src/base/bytes.ts';
import type { CommitClass, Write } from '../../src/commit/commit.ts';
import { encodeGeneration, generationKey } from '../../src/records/generation-record.ts';
import { type Fate, SimulatedDisk, worstFate } from './simulated-disk.ts';

const value = utf8Encode('1');
const bestFate: Fate = { chance: () => true, between: (_min, max) => max };

describe('a cut', () => {
  for (const commitClass of ['before-ack', 'soon'] as const) {
    for (const fate of [bestFate, worstFate]) {
      it(`${fate === bestFate ? 'keeps' : 'loses'} a ${commitClass} batch in flight as a whole, and never a completed one`, () => {
        const { disk, submit } = opened();
        submit(commitClass, [{ key: 'a', value }]);
        completeAll(disk);
        submit(commitClass, [
          { key: 'a', value: undefined },
          { key: 'b', value },
          { key: 'c', value: new Uint8Array(10_000) },
        ]);
        disk.begin(2);
        assert.equal(disk.isBusy, true);
        disk.cut(fate);
        const { records, lastStop } = disk.open();
        assert.deepEqual(
          records.map(({ key }) => key),
          fate === bestFate ? ['b', 'c'] : ['a'],
        );
        assert.equal(lastStop, 'unclean');
      });
    }
  }

  it('can tear a frame, and lose one of several: the group does not count, and nothing takes it for damage', () => {
    for (let kept = 0; kept < 3; kept++) {
      const { disk, submit } = opened();
      submit('before-ack', [{ key: 'a', value }]);
      completeAll(disk);
      submit('before-ack', [{ key: 'b', value: new Uint8Array(9_000).fill(7) }]);
      disk.begin(2);
      let frame = 0;
      disk.cut({ chance: () => frame++ !== kept, between: () => 1 });
      const { records, notes } = disk.open();
      assert.deepEqual([records.map(({ key }) => key), notes], [['a'], []]);
    }
  });

  it('during a clean stop leaves the marker with the last batch or neither', () => {
    for (const fate of [bestFate, worstFate]) {
      const { disk } = opened();
      disk.submit({ id: 1, class: 'soon', writes: [{ key: 'a', value }], isLast: true });
      disk.begin(2);
      disk.cut(fate);
      const { records, lastStop } = disk.open();
      assert.deepEqual([records.length, lastStop], fate === bestFate ? [1, 'clean'] : [0, 'unclean']);
    }
  });

  it('during a raise of the generation can leave the file ahead; the number is not given again', () => {
    const { disk, submit } = opened();
    submit('before-ack', [{ key: generationKey, value: encodeGeneration(2) }]);
    disk.begin(2);
    let asked = 0;
    disk.cut({ chance: () => asked++ === 0, between: (min) => min });
    assert.equal(disk.open().generation, 3);
  });

  it('during any open gives the next one a number that was never given', () => {
    for (const after of ['nothing', 'file', 'records', 'ring', 'marker'] as const) {
      const fresh = new SimulatedDisk();
      fresh.openCutShort(after);
      assert.equal(fresh.open().lastStop, after === 'marker' ? 'unclean' : 'first', after);
      fresh.cut(worstFate);
      fresh.openCutShort(after);
      assert.ok(fresh.open().generation >= (after === 'nothing' ? 2 : 4), after);
    }
  });
});

describe('the disk', () => {
  it('keeps what it was handed, not what becomes of it', () => {
    const { disk, submit } = opened();
    const mutable = new Uint8Array([1]);
    submit('soon', [{ key: 'a', value: mutable }]);
    mutable[0] = 2;
    completeAll(disk);
    assert.deepEqual(disk.kept(), [{ key: 'a', value: new Uint8Array([1]) }]);
  });

  it('lets both lanes go on side by side, and a group wait for no hand-over', () => {
    const { disk, submit } = opened();
    submit('soon', [{ key: 's', value }]);
    submit('before-ack', [{ key: 'a', value }]);
    assert.deepEqual(disk.begin(2), ['database', 'ring']);
    disk.complete('ring');
    assert.deepEqual(
      disk.takeSettled().map(({ id }) => id),
      [2],
    );
    disk.cut(worstFate);
    assert.deepEqual(
      disk.open().records.map(({ key }) => key),
      ['a'],
    );
  });
});

interface Opened {
  readonly disk: SimulatedDisk;
  submit(commitClass: CommitClass, writes: readonly Write[]): void;
}

function opened(): Opened {
  const disk = new SimulatedDisk();
  assert.equal(disk.open().generation, 1);
  let id = 0;
  return { disk, submit: (commitClass, writes) => disk.submit({ id: ++id, class: commitClass, writes }) };
}

function completeAll(disk: SimulatedDisk): void {
  for (let lanes = disk.begin(1); lanes.length > 0; lanes = disk.begin(1))
    for (const lane of lanes) disk.complete(lane);
}
