/**
 * Where the gateway's socket is. Never looked for in the current directory: a socket planted there would be handed keys.
 */
import { join } from 'node:path';
import { wrongCall } from './cli-error.ts';
import type { Io } from './io.ts';

/** `sun_path` of unix(7) has 108 bytes, the last of them a zero. */
const socketPathBytesMax = 107;

const packageDirectory = '/run/holdfast';

/** `said` is the option's value. Throws when the path is longer than a socket's can be. */
export function socketPath(said: string | undefined, io: Io): string {
  const environment = io.environment['HOLDFAST_SOCKET'];
  const directory = io.cloneRoot === undefined ? packageDirectory : join(io.cloneRoot, 'var');
  const path = said ?? (environment === undefined || environment === '' ? join(directory, 'admin.sock') : environment);
  const bytes = Buffer.byteLength(path);
  if (bytes > socketPathBytesMax) {
    throw wrongCall(`the path of the socket has ${bytes} bytes; a unix socket's has ${socketPathBytesMax} at most.`, [
      path,
    ]);
  }
  return path;
}
