/** What a command needs of the process around it, as a value: tests hand in their own. `main.ts` makes the real one. */
import type { Readable } from 'node:stream';

export interface Sink {
  /** Resolves when the text has been taken; a slow reader slows the writer. */
  write(text: string | Uint8Array): Promise<void>;
  readonly isTerminal: boolean;
  /** Characters a line; 80 when unknown. */
  readonly columns: number;
  /** Lines of the screen; 24 when unknown. */
  readonly rows: number;
}

export interface Source {
  readonly stream: Readable;
  readonly isTerminal: boolean;
  /** Shows (or hides) what is typed; only on a terminal. */
  setRawMode(raw: boolean): void;
}

export interface Io {
  readonly out: Sink;
  readonly err: Sink;
  readonly input: Source;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The root of the source checkout this CLI runs from; undefined when it is installed. */
  readonly cloneRoot: string | undefined;
  /** The account in whose name changes are made. */
  readonly account: string;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** Milliseconds since 1970. */
  now(): number;
}
