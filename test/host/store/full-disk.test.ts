/** The real store on a disk that fills up: guarded, with injected errors, and on a small file system of its own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { limits } from '../../../src/base/limits.ts';
import { frameBytes } from '../../../src/commit/journal/frame.ts';
import { openLevelDatabase } from '../../../src/host/store/level-database.ts';
import { LevelStore, type LevelStoreOptions } from '../../../src/host/store/level-store.ts';
import { StoreOpenError } from '../../../src/host/store/store.ts';
import { databaseOver } from '../../contracts/database-over.ts';
import { LevelRig } from '../../contracts/level-rig.ts';
import { bytes, contents, isStoreError, put } from '../../contracts/store-scene.ts';

describe('a disk with little room', () => {
  let rig: LevelRig;
  let nowMs = 0;
  beforeEach(async () => {
    rig = await LevelRig.make();
  });
  afterEach(() => rig.end());

  function store(more: Partial<LevelStoreOptions> = {}): LevelStore {
    return new LevelStore({
      directory: rig.directory,
      journalBytes: 16 * frameBytes,
      ballastBytes: 65_536,
      monotonicMs: () => nowMs,
      freeBytes: async () => rig.freeBytes,
      ...more,
    });
  }

  it('keeps batches from the database, not from the journal, and takes them again without a reopening', async () => {
    let opens = 0;
    const kept = store({
      openDatabase: (directory, createIfMissing) => {
        opens++;
        return openLevelDatabase(directory, createIfMissing);
      },
    });
    await kept.open();
    [rig.freeBytes, nowMs] = [limits.freeSpaceBytesMin - 1, nowMs + limits.freeSpaceCheckedMs];
    await assert.rejects(kept.commit([put('s', bytes('refused'))], 'soon'), isStoreError('full'));
    await kept.commit([put('a', bytes('acknowledged'))], 'before-ack');
    await assert.rejects(kept.recover(), isStoreError('full'));
    assert.deepEqual(kept.health().database, 'full');
    rig.freeBytes = limits.freeSpaceBytesMin;
    await kept.recover();
    await kept.commit([put('s', bytes('taken'))], 'soon');
    assert.equal(opens, 1, 'the handle was never in doubt');
    await kept.close();
    const again = store();
    await again.open();
    assert.deepEqual(await contents(again), { a: bytes('acknowledged'), s: bytes('taken') });
    await again.close();
  });

  for (const when of ['opened', 'opened again after a refused batch'] as const) {
    it(`gives the ballast away when the store cannot be ${when} without its room`, async () => {
      const ballast = join(rig.directory, 'ballast');
      let refusing = false;
      const openDatabase: LevelStoreOptions['openDatabase'] = async (directory, createIfMissing) => {
        const full = () => new Error('IO error: 000007.ldb: No space left on device');
        if (refusing && existsSync(ballast)) throw full();
        const real = await openLevelDatabase(directory, createIfMissing);
        return databaseOver(real, {
          writeDurably: async (writes) => {
            if (refusing && existsSync(ballast)) throw full();
            await real.writeDurably(writes);
          },
        });
      };
      const first = store({ openDatabase });
      await first.open();
      await first.commit([put('a', bytes('acknowledged'))], 'before-ack');
      if (when === 'opened') {
        await first.close();
        assert.ok(existsSync(ballast));
        refusing = true;
        const next = store({ openDatabase });
        const { notes } = await next.open();
        assert.match(notes[0] ?? '', /disk is full: .*ballast was deleted/);
        assert.deepEqual(await contents(next), { a: bytes('acknowledged') });
        await next.close();
        return;
      }
      await writeFile(ballast, new Uint8Array(65_536));
      refusing = true;
      await assert.rejects(first.commit([put('s', bytes('refused'))], 'soon'), isStoreError('full'));
      await first.recover();
      await first.close([put('s', bytes('taken'))]);
      const next = store();
      assert.equal((await next.open()).lastStop, 'clean');
      await next.close();
    });
  }
});

const mountable = process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0;

describe('a small file system', { skip: mountable ? false : 'needs root, to mount one' }, () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'holdfast-small-'));
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', directory]);
    assert.equal(mounted.status, 0, String(mounted.stderr));
  });
  afterEach(async () => {
    spawnSync('umount', ['-l', directory]);
    await rm(directory, { recursive: true, force: true });
  });

  /** Without the guard: LevelDB itself meets the full disk. */
  function store(): LevelStore {
    return new LevelStore({
      directory,
      journalBytes: 32 * frameBytes,
      ballastBytes: 1_048_576,
      freeBytes: async () => 2 ** 40,
    });
  }

  /** Takes what is free, all but `left` bytes. */
  async function fillUp(left: number): Promise<void> {
    const handle = await open(join(directory, 'filler'), 'w');
    let size = 0;
    for (const piece of [65_536, 4_096]) {
      try {
        for (;;) size += (await handle.write(new Uint8Array(piece))).bytesWritten;
      } catch {}
    }
    await handle.truncate(Math.max(0, size - left));
    await handle.close();
  }

  it('that is full: the journal goes on, nothing acknowledged is lost, and room is enough to recover', async () => {
    const kept = store();
    await kept.open();
    await kept.commit([put('rg/before', bytes('acknowledged'))], 'soon');
    await fillUp(8_192);
    await assert.rejects(async () => {
      for (let i = 0; i < 50; i++) await kept.commit([put('s', new Uint8Array(3_000).fill(i))], 'soon');
    }, isStoreError('full'));
    await kept.commit([put('rg/during', bytes('acknowledged'))], 'before-ack');
    await rm(join(directory, 'filler'));
    await kept.recover();
    await kept.commit([put('rg/after', bytes('acknowledged'))], 'soon');
    await kept.close();
    const again = store();
    await again.open();
    const { s, ...others } = await contents(again);
    assert.deepEqual(Object.keys(others), ['rg/after', 'rg/before', 'rg/during']);
    assert.ok(s !== undefined);
    await again.close();
  });

  it('that is full at the start opens in the room of the ballast', async () => {
    const kept = store();
    await kept.open();
    await kept.commit([put('rg/a', new Uint8Array(200_000).fill(7))], 'soon');
    await kept.close();
    assert.ok(existsSync(join(directory, 'ballast')));
    await fillUp(0);
    const again = store();
    const { notes } = await again.open();
    assert.match(notes[0] ?? '', /ballast was deleted/);
    assert.deepEqual(Object.keys(await contents(again)), ['rg/a']);
    await again.close();
  });

  it('that is read-only: refused as such, and taken again when it is writable', async () => {
    const kept = store();
    await kept.open();
    await kept.commit([put('rg/before', bytes('acknowledged'))], 'before-ack');
    await kept.close();
    remount('ro');
    await assert.rejects(store().open(), (error) => error instanceof StoreOpenError && /read-only/.test(error.message));
    remount('rw');
    const again = store();
    await again.open();
    assert.deepEqual(Object.keys(await contents(again)), ['rg/before']);
    await again.close();
  });

  function remount(how: 'ro' | 'rw'): void {
    const done = spawnSync('mount', ['-o', `remount,${how}`, directory]);
    assert.equal(done.status, 0, String(done.stderr));
  }
});
