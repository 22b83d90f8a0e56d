// Lets one set-up run at a time: two of them would pull node_modules away from under each other. The lock is a file
// with the process id of its holder; the lock of a process that is gone counts for nothing.

import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetUpError } from './set-up-error.mjs';

const POLL_MS = 300;
const WAIT_MAX_MS = 30 * 60_000;

/**
 * Waits for the lock `file` and takes it.
 * @param {string} file
 * @param {(holder: number) => void} onWait called once if another process holds it
 * @returns {Promise<() => void>} gives it back
 */
export async function takeLock(file, onWait) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let told = false;
  for (let waitedMs = 0; waitedMs < WAIT_MAX_MS; waitedMs += POLL_MS) {
    if (create(file)) {
      return () => fs.rmSync(file, { force: true });
    }
    const holder = holderOf(file);
    if (holder !== null && !isAlive(holder)) {
      fs.rmSync(file, { force: true });
      continue;
    }
    if (!told && holder !== null) {
      told = true;
      onWait(holder);
    }
    await sleep(POLL_MS);
  }
  throw new SetUpError('another set-up of this clone does not come to its end.', [
    `Look at it:  ps -f -p ${holderOf(file)}`,
  ]);
}

/** @param {string} file @returns {boolean} whether it was not there before */
function create(file) {
  try {
    fs.writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

/** @param {string} file @returns {number | null} null while it is being written or given back */
function holderOf(file) {
  try {
    return Number.parseInt(fs.readFileSync(file, 'utf8'), 10) || null;
  } catch {
    return null;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
