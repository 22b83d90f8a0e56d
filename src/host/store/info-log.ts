/**
 * LevelDB's own log of an open: it names what recovery dropped, and nothing else does (open succeeds). A torn tail is
 * dropped without a word, so each such line is worth an alarm.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '../../base/limits.ts';

const notesMax = 10;

/** One note for each message about dropped bytes since the last open, ten at most. */
export async function droppingNotes(databaseDirectory: string): Promise<string[]> {
  const lines = (await beginning(join(databaseDirectory, 'LOG'))).split('\n');
  const dropping = lines.filter((line) => line.includes('dropping'));
  return dropping.slice(0, notesMax).map((line) => `LevelDB dropped damaged bytes of its log: ${line.trim()}`);
}

async function beginning(path: string): Promise<string> {
  try {
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read({ buffer: new Uint8Array(limits.infoLogBytesMax) });
      return new TextDecoder('latin1').decode(buffer.subarray(0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch {
    return ''; // The store is whole without it.
  }
}
