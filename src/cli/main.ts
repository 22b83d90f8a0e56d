#!/usr/bin/env node
/** The entry of the command line: connects the process to `run`. */
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { exitCodes } from '../api/exit-codes.ts';
import type { Io, Sink } from './io.ts';
import { run } from './run.ts';

const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort());

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? exitCodes.readerGone : exitCodes.unexpected),
  );
}

const code = await run(process.argv.slice(2), processIo());
process.exit(code);

function processIo(): Io {
  return {
    out: sinkOf(process.stdout),
    err: sinkOf(process.stderr),
    input: {
      get stream() {
        return process.stdin;
      },
      isTerminal: process.stdin.isTTY === true,
      setRawMode: (raw) => void process.stdin.setRawMode(raw),
    },
    environment: process.env,
    cloneRoot: cloneRoot(),
    account: accountName(),
    interrupted: interruption.signal,
    now: () => Date.now(),
  };
}

function sinkOf(stream: WriteStream): Sink {
  return {
    write: (text) => new Promise((resolve) => stream.write(text, () => resolve())),
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns ?? 80;
    },
    get rows() {
      return stream.rows ?? 24;
    },
  };
}

/** The checkout this was built in. Packages live under /usr; the gateway tells the two apart by the same rule. */
function cloneRoot(): string | undefined {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
  return root.startsWith('/usr/') ? undefined : root;
}

/** Who is behind `sudo` is of more interest than root. */
function accountName(): string {
  const sudoUser = process.env['SUDO_USER'];
  if (sudoUser !== undefined && sudoUser !== '') return sudoUser;
  try {
    return userInfo().username;
  } catch {
    // An account without an entry in the password file.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
