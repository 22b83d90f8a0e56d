/** Where the process speaks: JSON lines for machines, a screen and short lines at a terminal. */
import { writeSync } from 'node:fs';
import type { LoadedConfiguration } from './configuration.ts';
import { jsonLog, type Log, terminalLog } from './log.ts';

export interface Output {
  readonly kind: 'json' | 'text';
  readonly log: Log;
  /** A text as it stands, on the standard output. */
  print(text: string): void;
}

/** `asked` is what the arguments say; without a word, terminals get text. */
export function openOutput(
  asked: 'json' | 'text' | undefined,
  isTerminal: boolean,
  loaded: LoadedConfiguration,
): Output {
  const kind = asked ?? (isTerminal ? 'text' : 'json');
  const { configuration, terminalLogLevel } = loaded;
  const log =
    kind === 'json' ? jsonLog(configuration.logLevel) : terminalLog(terminalLogLevel, (text) => writeAll(2, text));
  return { kind, log, print: (text) => writeAll(1, text) };
}

/** Written before it returns, since the process may end next. A reader that went away is nothing to die of. */
export function writeAll(fd: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0, tries = 0; written < bytes.length && tries < 100; tries++) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EAGAIN') return;
    }
  }
}
