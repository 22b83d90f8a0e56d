/** What a failed connection to the socket means for the person in front of it. */
import { readFileSync, statSync } from 'node:fs';
import { getgroups } from 'node:process';
import { type ErrorDetails, errorDetails } from '../api/error-codes.ts';
import { loginBeganBefore, mayNotChange, mayNotConnect, notRunning, shellWord } from '../api/error-texts.ts';
import type { Call } from './context.ts';
import type { Io } from './io.ts';

const packageSocketDirectory = '/run/holdfast/';

/** `code` is the operating system's: ENOENT, ECONNREFUSED, EACCES ... */
export function connectionError(code: string, socketPath: string, call: Call, io: Io): ErrorDetails {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ECONNREFUSED':
      return notRunning(socketPath, io.cloneRoot !== undefined);
    case 'EACCES':
    case 'EPERM':
      return noPermission(socketPath, call, io);
    default:
      return errorDetails('UNEXPECTED', `the gateway cannot be reached over ${socketPath} (${code}).`);
  }
}

function noPermission(socketPath: string, call: Call, io: Io): ErrorDetails {
  const command = ['holdfast', ...call.argv.map(shellWord)].join(' ');
  if (!socketPath.startsWith(packageSocketDirectory)) return mayNotConnect(socketPath, command, ownerOf(socketPath));
  if (joinedTooLate(io.account)) return loginBeganBefore();
  if (call.needsAdmin) return mayNotChange(call.verb, command, io.account);
  const forGood = `sudo adduser ${io.account} holdfast-read`;
  return errorDetails('NO_PERMISSION', `you may not look: ${call.verb} needs the group "holdfast-read".`, {
    lines: [`Now:        sudo ${command}`, `For good:   ${forGood}   (then log in again)`],
    next: `sudo ${command}`,
  });
}

/** Whether the account is in the group by now, but this login does not know it. */
function joinedTooLate(account: string): boolean {
  const line = readOr(() => readFileSync('/etc/group', 'utf8'), '')
    .split('\n')
    .find((entry) => entry.startsWith('holdfast-admin:'));
  const [, , gid, members = ''] = line?.split(':') ?? [];
  const active = getgroups?.() ?? [];
  return members.split(',').includes(account) && !active.includes(Number(gid));
}

/** The name of the account that a file belongs to; undefined when it may not even be looked at. */
function ownerOf(path: string): string | undefined {
  const uid = readOr(() => statSync(path).uid, undefined);
  if (uid === undefined) return undefined;
  const entry = readOr(() => readFileSync('/etc/passwd', 'utf8'), '')
    .split('\n')
    .find((line) => line.split(':')[2] === String(uid));
  return entry?.split(':')[0];
}

function readOr<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
