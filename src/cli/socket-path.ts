/**
 * Where the gateway's socket is. Never looked for in the current directory: a socket planted there would be handed keys.
 */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { wrongCall } from './cli-error.ts';
import type { Io } from './io.ts';

/** `sun_path` of unix(7) has 108 bytes, the last of them a zero. */
const socketPathBytesMax = 107;

const packageDirectory = '/run/holdfast';

/**
 * `said` is the option's value. Where nobody says anything it is the admin's; what does not need that goes over the one for looking
 * when the account may use no other. Throws when the path is longer than a socket's can be.
 */
export function socketPath(said: string | undefined, needsAdmin: boolean, io: Io): string {
  const path = said ?? (io.environment['HOLDFAST_SOCKET'] || defaultPath(needsAdmin, io));
  const bytes = Buffer.byteLength(path);
  if (bytes > socketPathBytesMax) {
    throw wrongCall(`the path of the socket has ${bytes} bytes; a unix socket's has ${socketPathBytesMax} at most.`, [
      path,
    ]);
  }
  return path;
}

function defaultPath(needsAdmin: boolean, { cloneRoot }: Io): string {
  if (cloneRoot !== undefined) return join(cloneRoot, 'var', 'admin.sock');
  const admin = join(packageDirectory, 'admin.sock');
  const read = join(packageDirectory, 'read.sock');
  return !needsAdmin && !mayUse(admin) && mayUse(read) ? read : admin;
}

/** To connect to a unix socket is to write to it. */
function mayUse(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
