/** Calls the command line inside the test's process, on a terminal or in a pipe, with a clock that stands at one time. */
import { PassThrough } from 'node:stream';
import type { ExitCode } from '../../../src/api/exit-codes.ts';
import type { Io, Sink } from '../../../src/cli/io.ts';
import { run } from '../../../src/cli/run.ts';
import type { FakeGateway } from './fake-gateway.ts';

process.env['TZ'] = 'UTC';

/** The time in the screens of the command line's description. */
export const screenTimeMs = Date.parse('2026-11-22T18:31:07.000Z');

export interface CallOptions {
  readonly gateway?: FakeGateway;
  /** A terminal for stdout and stderr; otherwise a pipe. */
  readonly terminal?: boolean;
  /** A terminal for stdin. */
  readonly keyboard?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly input?: string | Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
  readonly cloneRoot?: string;
  readonly interrupted?: AbortSignal;
  readonly realClock?: boolean;
  /** Called with everything on stdout and stderr so far, each time something is written. */
  readonly onWritten?: (out: string, err: string) => void;
}

export interface Called {
  readonly exit: ExitCode;
  readonly out: string;
  readonly err: string;
}

export async function call(argv: readonly string[], options: CallOptions = {}): Promise<Called> {
  const written = { out: '', err: '' };
  const sink = (name: 'out' | 'err'): Sink => ({
    write: async (text) => {
      written[name] += typeof text === 'string' ? text : Buffer.from(text).toString('latin1');
      options.onWritten?.(written.out, written.err);
    },
    isTerminal: options.terminal === true,
    columns: options.columns ?? 80,
    rows: options.rows ?? 24,
  });
  const stdin = new PassThrough();
  stdin.end(options.input ?? '');
  const socket = options.gateway === undefined ? {} : { HOLDFAST_SOCKET: options.gateway.socketPath };
  const io: Io = {
    out: sink('out'),
    err: sink('err'),
    input: { stream: stdin, isTerminal: options.keyboard === true, setRawMode: () => {} },
    environment: { LANG: 'C.UTF-8', NO_COLOR: '1', ...socket, ...options.environment },
    cloneRoot: options.cloneRoot,
    account: 'ops',
    interrupted: options.interrupted ?? new AbortController().signal,
    now: () => (options.realClock === true ? Date.now() : screenTimeMs),
  };
  const exit = await run(argv, io);
  return { exit, ...written };
}

/** On a terminal of 80 columns. */
export function onTerminal(gateway: FakeGateway, ...argv: readonly string[]): Promise<Called> {
  return call(argv, { gateway, terminal: true });
}

export function inPipe(gateway: FakeGateway, ...argv: readonly string[]): Promise<Called> {
  return call(argv, { gateway });
}

/** A screen as it stands in a test: without the line break after the opening quote. */
export function screen(text: string): string {
  return text.replace(/^\n/, '');
}
