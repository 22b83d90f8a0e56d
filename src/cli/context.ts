/** Everything a verb works with: the flags, the gateway, and the two ways to say something. */
import { linesOfClone } from '../api/clone-commands.ts';
import { type ErrorBody, type ErrorDetails, errorDetails } from '../api/error-codes.ts';
import { type ExitCode, exitCodes } from '../api/exit-codes.ts';
import { textWidth } from '../api/wrap.ts';
import { CliError } from './cli-error.ts';
import { connectionError } from './connection-error.ts';
import { errorText } from './error-text.ts';
import { escapeText } from './escape.ts';
import { GatewayClient } from './gateway-client.ts';
import type { Globals } from './globals.ts';
import type { Io } from './io.ts';
import { socketPath } from './socket-path.ts';
import { type Style, styleFor } from './style.ts';
import { type Column, tableLines } from './table.ts';

export interface Call {
  /** The verb as it was typed, `device add`. */
  readonly verb: string;
  /** All arguments, to be shown in a command that can be copied. */
  readonly argv: readonly string[];
  /** Whether it changes something, here or on a device. */
  readonly needsAdmin: boolean;
}

export class Context {
  readonly io: Io;
  readonly json: boolean;
  readonly header: boolean;
  /** Of stdout. */
  readonly style: Style;
  /** Of stderr. */
  readonly errStyle: Style;
  readonly #globals: Globals;
  readonly #call: Call;
  #client: GatewayClient | undefined;

  constructor(io: Io, globals: Globals, call: Call) {
    this.io = io;
    this.json = globals.json === true;
    this.header = globals.header;
    this.style = styleFor(io.out, io, globals.color, globals.utc === true);
    this.errStyle = styleFor(io.err, io, globals.color, globals.utc === true);
    this.#globals = globals;
    this.#call = call;
  }

  /** The gateway; connected to only when something is asked of it. */
  get gateway(): GatewayClient {
    if (this.#client === undefined) {
      const path = socketPath(this.#globals.socket, this.#call.needsAdmin, this.io);
      const describe = (code: string) => connectionError(code, path, this.#call, this.io);
      this.#client = new GatewayClient(path, this.io.account, this.io.interrupted, describe);
    }
    return this.#client;
  }

  /** Result, to stdout. */
  async print(...lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.io.out.write(`${lines.join('\n')}\n`);
  }

  async printTable(columns: readonly Column[], rows: readonly (readonly string[])[]): Promise<void> {
    await this.print(...tableLines(columns, rows, this.style, this.header));
  }

  /** Talk, to stderr; nothing with `--json`. Lines are escaped here. */
  async say(...lines: readonly string[]): Promise<void> {
    if (this.json || lines.length === 0) return;
    await this.io.err.write(`${this.typed(lines.map(escapeText)).join('\n')}\n`);
  }

  /** Lines with the commands in them as they are typed here. For people only. */
  typed(lines: readonly string[], width: number = textWidth): readonly string[] {
    return this.io.cloneRoot === undefined ? lines : linesOfClone(lines, width);
  }

  /** Reports an error and returns its exit code. */
  async report(details: ErrorDetails): Promise<ExitCode> {
    const body: ErrorBody = { error: details };
    await this.io.err.write(
      this.json ? `${JSON.stringify(body)}\n` : errorText(this.#typedError(details), this.errStyle),
    );
    return details.exit;
  }

  #typedError(details: ErrorDetails): ErrorDetails {
    return { ...details, lines: this.typed(details.lines, textWidth - 2) };
  }

  /** Runs one of several things that are all tried; what goes wrong with it is reported, and its exit code returned. */
  async attempt(work: () => Promise<ExitCode>): Promise<ExitCode> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof CliError) return this.report(error.details);
      throw error;
    }
  }
}

/** The exit code of several attempts: the first failure's. */
export function firstFailure(codes: readonly ExitCode[]): ExitCode {
  return codes.find((code) => code !== exitCodes.done) ?? exitCodes.done;
}

export function connectionLostDetails(): ErrorDetails {
  return errorDetails('NOT_RUNNING', 'the gateway stopped before it answered.', {
    lines: ['Whether it runs again:  holdfast status'],
    next: 'holdfast status',
  });
}
