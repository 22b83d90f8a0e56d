/**
 * A unix socket of operators. Its file is for the gateway's own account only (mode 0600 from its first moment), then for a group as
 * well, where it has one; the file of a process that died is taken away, that of one that lives is left alone and is an error.
 */
import { chmodSync, chownSync, lstatSync, readFileSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { errorCode, StartError } from '../start-error.ts';

/** What Linux has room for in an address, less the final zero. Longer ones would be cut silently. */
const pathBytesMax = 107;

export interface UnixSocket {
  readonly path: string;
  /** The name of the group whose members may connect; without one only the gateway's account may, and root. */
  readonly group?: string;
}

/** Listens on the socket's path. Throws `StartError` when that cannot be. */
export async function listenOnUnixSocket(server: Server, { path, group }: UnixSocket): Promise<void> {
  const length = Buffer.byteLength(path);
  if (length > pathBytesMax) {
    throw new StartError(30, `the socket path has ${length} bytes; ${pathBytesMax} is the most there can be: ${path}`);
  }
  await removeStale(path);
  try {
    await listening(server, () => listenNarrowly(server, path));
  } catch (error) {
    throw new StartError(34, `cannot listen on ${path}: ${errorCode(error) ?? String(error)}.`);
  }
  chmodSync(path, 0o600);
  if (group !== undefined) shareWith(group, path);
}

function shareWith(group: string, path: string): void {
  const id = groupId(group);
  if (id === undefined)
    throw new StartError(34, `there is no group "${group}".`, `Make it:  sudo addgroup --system ${group}`);
  try {
    chownSync(path, -1, id);
    chmodSync(path, 0o660);
  } catch (error) {
    const sentence = `${path} cannot be given to the group "${group}": ${errorCode(error) ?? String(error)}.`;
    throw new StartError(34, sentence, 'The account of the gateway has to be a member of it.');
  }
}

/** Node has no getgrnam(3); groups of a directory service, which /etc/group does not name, are none of a gateway's. */
function groupId(group: string): number | undefined {
  const entry = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${group}:`));
  const id = entry?.split(':')[2];
  return id === undefined ? undefined : Number(id);
}

/**
 * The file gets its mode as it is made: with a wider one another account could connect before it is narrowed. Node binds within
 * `listen`, so nothing else of this process is made under that mask.
 */
function listenNarrowly(server: Server, path: string): void {
  const mask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
}

async function removeStale(path: string): Promise<void> {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return;
  if (!status.isSocket()) throw new StartError(34, `${path} is in the way: it is not a socket.`);
  if (await isAlive(path)) {
    throw new StartError(31, `another process listens on ${path}.`, 'Who it is:  holdfast status');
  }
  unlinkSync(path);
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // A full backlog or a socket of another account is a living process, too.
    socket.on('error', (error) => resolve(!['ECONNREFUSED', 'ENOENT'].includes(errorCode(error) ?? '')));
  });
}

/** Resolves when the server listens; rejects with what keeps it from that. */
export function listening(server: Server, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    listen();
  });
}
