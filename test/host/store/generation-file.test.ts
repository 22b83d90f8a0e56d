import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { readGenerationFile, writeGenerationFile } from '../../../src/host/store/generation-file.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-generation-'));
  path = join(directory, 'generation');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('the generation file', () => {
  it('keeps the newest number, over any number of writes, in two blocks', async () => {
    assert.deepEqual(await readGenerationFile(path), { place: 'absent', damagedSlots: 0 });
    for (const generation of [1, 2, 3, 1027, 2 ** 40]) {
      await writeGenerationFile(path, generation);
      assert.deepEqual(await readGenerationFile(path), { place: generation, damagedSlots: 0 });
      assert.equal((await stat(path)).size, 8_192);
    }
  });

  it('is written in turn: the number before the newest is still there', async () => {
    for (const generation of [5, 6, 7]) await writeGenerationFile(path, generation);
    await spoilSlotOf(7);
    assert.deepEqual(await readGenerationFile(path), { place: 6, damagedSlots: 1 });
  });

  it('cut anywhere in the write of a slot holds the old number or the new one', async () => {
    for (const generation of [5, 6]) await writeGenerationFile(path, generation);
    const before = await readFile(path);
    await writeGenerationFile(path, 7);
    const after = await readFile(path);
    for (let written = 0; written <= after.length; written += written < 24 || written > 4_090 ? 1 : 64) {
      await writeFile(path, Buffer.concat([after.subarray(0, written), before.subarray(written)]));
      const { place } = await readGenerationFile(path);
      assert.ok(place === 6 || place === 7, `${written} bytes: ${place}`);
    }
  });

  it('with a damaged slot is written there first', async () => {
    for (const generation of [5, 6, 7]) await writeGenerationFile(path, generation);
    await spoilSlotOf(6);
    await writeGenerationFile(path, 8);
    await spoilSlotOf(8);
    assert.equal((await readGenerationFile(path)).place, 7);
  });

  it('of another size, or without any number, is unreadable and made anew', async () => {
    for (const size of [0, 100, 4_096, 10_000]) {
      await writeFile(path, new Uint8Array(size).fill(1));
      assert.equal((await readGenerationFile(path)).place, 'unreadable');
      await writeGenerationFile(path, 9);
      assert.deepEqual(await readGenerationFile(path), { place: 9, damagedSlots: 0 });
      assert.equal((await stat(path)).size, 8_192);
    }
  });

  it('cut off after the first slot still says what that slot holds', async () => {
    await writeGenerationFile(path, 5);
    await truncate(path, 4_096);
    assert.equal((await readGenerationFile(path)).place, 5);
  });

  it('that cannot be written is an error', async () => {
    await assert.rejects(writeGenerationFile(join(directory, 'missing', 'generation'), 1));
  });
});

/** Flips one bit of the number in the slot that holds it. */
async function spoilSlotOf(generation: number): Promise<void> {
  const contents = await readFile(path);
  const slot = [0, 4_096].find((at) => contents.readBigUInt64BE(at + 4) === BigInt(generation));
  assert.ok(slot !== undefined);
  contents[slot + 11] = (contents[slot + 11] as number) ^ 0x40;
  await writeFile(path, contents);
}
