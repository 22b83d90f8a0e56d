/**
 * Tells a crash of ours from a power cut at the next start: a file with the stack, written as the process dies, moved aside as
 * the next one begins. It is not synced: after a power cut soon afterwards the power cut is the better answer.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Never throws: the process is dying of something else. */
export function leaveCrashMark(stateDirectory: string, text: string): void {
  try {
    writeFileSync(join(stateDirectory, 'crash'), `${text}\n`, { mode: 0o600 });
  } catch {
    // The log has the stack as well.
  }
}

/** Whether the process before died of a crash. The stack stays readable in `crash.previous`. */
export function takeCrashMark(stateDirectory: string): boolean {
  const mark = join(stateDirectory, 'crash');
  if (!existsSync(mark)) return false;
  try {
    renameSync(mark, join(stateDirectory, 'crash.previous'));
  } catch {
    // A directory that takes no writes is told by the store.
  }
  return true;
}
