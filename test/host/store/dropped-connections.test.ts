/** A store on another board: what could number its records alike on both is not taken along. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { LevelStore } from '../../../src/host/store/level-store.ts';
import { LevelRig } from '../../contracts/level-rig.ts';
import { bytes, contents, put, remove } from '../../contracts/store-scene.ts';

let rig: LevelRig;
beforeEach(async () => {
  rig = await LevelRig.make();
});
afterEach(() => rig.end());

const kept = { 'cr/a': bytes('key'), 'rg/a': bytes('registered'), 'sn/a': bytes('seen'), 'ss/1': bytes('session') };

describe('a store that was copied', () => {
  beforeEach(async () => {
    const first = on('board a');
    await first.open();
    const inDatabase = [put('as/1', bytes('connection')), put('aw/1', bytes('window')), put('rg/a', kept['rg/a'])];
    await first.commit([...inDatabase, put('cr/a', kept['cr/a']), put('ss/1', kept['ss/1'])], 'soon');
    await first.commit([put('as/2', bytes('connection')), put('aw/2', bytes('window'))], 'before-ack');
    await first.commit([put('aw/1', bytes('newer')), put('sn/a', kept['sn/a']), remove('ss/none')], 'before-ack');
    await first.close();
  });

  it('to another board keeps registrations, keys and sessions, and drops connections, also those in the journal', async () => {
    const moved = on('board b');
    const { notes, generation } = await moved.open();
    assert.match(notes.join('\n'), /^This store was used on another board before: .* one new handshake\.$/);
    assert.equal(generation, 2);
    assert.deepEqual(await contents(moved), kept);
    await moved.commit([put('as/3', bytes('connection'))], 'before-ack');
    await moved.close();
    const again = on('board b');
    assert.deepEqual((await again.open()).notes, [], 'it is said once');
    assert.deepEqual(await contents(again), { ...kept, 'as/3': bytes('connection') });
    await again.close();
  });

  for (const board of ['board a', '']) {
    it(`and is started ${board === '' ? 'where no board has a name' : 'on its own board'} goes on as before`, async () => {
      const same = on(board);
      assert.deepEqual((await same.open()).notes, []);
      const alive = { 'as/1': 'connection', 'as/2': 'connection', 'aw/1': 'newer', 'aw/2': 'window' };
      const expected = Object.entries(alive).map(([key, text]) => [key, bytes(text)]);
      assert.deepEqual(await contents(same), { ...Object.fromEntries(expected), ...kept });
      await same.close();
      const other = on('board b');
      assert.match((await other.open()).notes.join(), /another board/, 'the name of the first board is not forgotten');
      await other.close();
    });
  }
});

function on(board: string): LevelStore {
  return new LevelStore({ directory: rig.directory, board, journalBytes: 65_536, ballastBytes: 4_096 });
}
