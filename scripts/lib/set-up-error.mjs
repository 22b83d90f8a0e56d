// What goes wrong while setting up, as a person is told it: one sentence, the reason where it is known, the next
// command. The exit code is always 36, "set-up incomplete", so that a script can tell it from the gateway's own
// refusals to start.

import fs from 'node:fs';
import path from 'node:path';
import { FAILURE_LOG, fromRoot } from './paths.mjs';

export const EXIT_SET_UP_INCOMPLETE = 36;

/** Set-up cannot go on. `message` is the sentence, `next` holds the indented lines below it. */
export class SetUpError extends Error {
  /**
   * @param {string} sentence
   * @param {string[]} next
   */
  constructor(sentence, next) {
    super(sentence);
    this.name = 'SetUpError';
    this.next = next;
  }
}

const RUN_AGAIN = 'Run it again, it goes on where it stopped:  npm run setup';
const LINES_SHOWN = 3;
const NO_NETWORK = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|UND_ERR_|ERR_SOCKET/;
const DISK_FULL = /ENOSPC|No space left on device|EDQUOT/;
const NOT_WRITABLE = /EACCES|EPERM|EROFS/;

/**
 * The sentence for a failure whose text is known: a full disk, a folder that may not be written, no network; else null.
 * @param {string} what what could not be done, as the sentence's beginning: "the packages could not be installed"
 * @param {string} text the error's message and code, or a command's whole output
 * @returns {SetUpError | null}
 */
export function knownFailure(what, text) {
  if (DISK_FULL.test(text)) {
    return new SetUpError(`${what}: the disk is full.`, ['Look for what fills it:  df -h .', RUN_AGAIN]);
  }
  const network = NO_NETWORK.exec(text);
  if (network) {
    return new SetUpError(`${what}: the network cannot be reached (${network[0].replace(/_$/, '')}).`, [
      'Set-up needs the network once; after it none is needed.',
      RUN_AGAIN,
    ]);
  }
  const writable = NOT_WRITABLE.exec(text);
  if (writable) {
    return new SetUpError(`${what}: a file may not be written here (${writable[0]}).`, [
      'The clone must belong to the account that sets it up:  ls -ld .',
    ]);
  }
  return null;
}

/**
 * The error to throw for `cause`: as it is when it is one of ours, the known sentence where there is one, else a plain
 * sentence whose whole output is kept in build/set-up.log.
 * @param {string} what
 * @param {unknown} cause
 * @returns {SetUpError}
 */
export function asSetUpError(what, cause) {
  if (cause instanceof SetUpError) {
    return cause;
  }
  const text = describe(cause);
  return knownFailure(what, text) ?? new SetUpError(`${what}.`, [...tellingLines(text), keepLog(text), RUN_AGAIN]);
}

/** What is printed: `error: ` and the sentence, then the indented lines. */
export function errorText(/** @type {SetUpError} */ error) {
  return `error: ${error.message}\n${error.next.map((line) => `  ${line}\n`).join('')}`;
}

/** @param {unknown} cause @returns {string} */
function describe(cause) {
  if (!(cause instanceof Error)) {
    return String(cause);
  }
  const code = 'code' in cause ? ` (${String(cause.code)})` : '';
  return `${cause.message}${code}${cause.cause === undefined ? '' : `\n${describe(cause.cause)}`}`;
}

/** @param {string} text @returns {string[]} what npm gives as its reason, else the last words, the most telling ones */
function tellingLines(text) {
  const lines = text.split(/[\n\r]/).filter((line) => line.trim() !== '' && !/fetched +\d+%/.test(line));
  const fromNpm = lines.filter((line) => /^npm error (?!code|errno|A complete log)\S/.test(line));
  return (fromNpm.length > 0 ? fromNpm.slice(0, LINES_SHOWN) : lines.slice(-LINES_SHOWN)).map((line) => line.trim());
}

/** @param {string} text @returns {string} where it was kept */
function keepLog(text) {
  try {
    fs.mkdirSync(path.dirname(FAILURE_LOG), { recursive: true });
    fs.writeFileSync(FAILURE_LOG, `${text}\n`);
  } catch {
    return 'Its whole output could not be kept.';
  }
  return `Its whole output:  ${fromRoot(FAILURE_LOG)}`;
}
