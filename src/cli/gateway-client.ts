/**
 * Talks HTTP to the gateway over its unix socket: one connection a request, so that nothing is left to go stale. Checks the
 * schema version of every answer before anything in it is believed.
 */
import { type IncomingMessage, request } from 'node:http';
import { type ErrorDetails, errorDetails, isErrorBody } from '../api/error-codes.ts';
import { parseJson } from '../api/json.ts';
import { headers, jsonSchemaVersion } from '../api/version.ts';
import { CliError, ConnectionLost, Interrupted } from './cli-error.ts';
import { LineQueue } from './line-queue.ts';

/** A gateway that runs answers at once; this long is a fault. */
const answerTimeoutMs = 30_000;

export interface GatewayRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Besides the usual time for an answer to begin. */
  readonly extraMs?: number;
  /** Instead of Ctrl-C alone. */
  readonly signal?: AbortSignal;
}

export interface GatewayAnswer {
  readonly status: number;
  header(name: string): string | undefined;
  /** The body's lines as they arrive; empty ones (keep-alive) are left out. Throws `ConnectionLost` when it breaks off. */
  lines(): AsyncGenerator<string>;
  text(): Promise<string>;
}

export class GatewayClient {
  readonly #socketPath: string;
  readonly #account: string;
  readonly #describe: (code: string) => ErrorDetails;
  readonly #interrupted: AbortSignal;

  /** `describe` turns the code of a failed connection (`ENOENT`, `EACCES`) into what the user is told. */
  constructor(socketPath: string, account: string, interrupted: AbortSignal, describe: (code: string) => ErrorDetails) {
    this.#socketPath = socketPath;
    this.#account = account;
    this.#interrupted = interrupted;
    this.#describe = describe;
  }

  /** Sends a request; resolves with the head of an answer that is not an error. Throws `CliError`, or `ConnectionLost`. */
  async open(wanted: GatewayRequest): Promise<GatewayAnswer> {
    const message = await this.#exchange(wanted);
    const answer = answerOf(message);
    checkSchema(answer);
    if (answer.status < 400) return answer;
    throw new CliError(errorOf(answer.status, await answer.text()));
  }

  /** Sends a request and parses the whole JSON answer. */
  async json<Body>(wanted: GatewayRequest): Promise<Body> {
    const answer = await this.open(wanted);
    return parseJson(await answer.text()) as Body;
  }

  #exchange(wanted: GatewayRequest): Promise<IncomingMessage> {
    const { promise, resolve, reject } = deferred<IncomingMessage>();
    const body = wanted.body === undefined ? undefined : Buffer.from(wanted.body);
    const signal =
      wanted.signal === undefined ? this.#interrupted : AbortSignal.any([this.#interrupted, wanted.signal]);
    const sent = request({
      socketPath: this.#socketPath,
      method: wanted.method,
      path: wanted.path,
      agent: false,
      signal,
      headers: {
        host: 'localhost',
        [headers.schema]: String(jsonSchemaVersion),
        [headers.account]: encodeURIComponent(this.#account),
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length }),
        ...wanted.headers,
      },
    });
    const timer = setTimeout(() => sent.destroy(notAnswering()), answerTimeoutMs + (wanted.extraMs ?? 0));
    let connected = false;
    sent.on('socket', (socket) => socket.on('connect', () => (connected = true)));
    sent.on('error', (error) => {
      clearTimeout(timer);
      reject(signal.aborted ? new Interrupted() : this.#failure(error, connected));
    });
    sent.on('response', (message) => {
      clearTimeout(timer);
      resolve(message);
    });
    sent.end(body);
    return promise;
  }

  #failure(error: Error & { readonly code?: string }, connected: boolean): Error {
    if (error instanceof CliError) return error;
    if (connected) return new ConnectionLost(error.message);
    return new CliError(this.#describe(error.code ?? 'unknown'));
  }
}

function answerOf(message: IncomingMessage): GatewayAnswer {
  const queue = new LineQueue(message);
  return {
    status: message.statusCode ?? 0,
    header: (name) => {
      const value = message.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    lines: () => queue.read(),
    text: async () => {
      const lines: string[] = [];
      for await (const line of queue.read()) lines.push(line);
      return lines.join('\n');
    },
  };
}

function checkSchema(answer: GatewayAnswer): void {
  const theirs = answer.header(headers.schema);
  if (theirs === String(jsonSchemaVersion)) return;
  const message =
    theirs === undefined
      ? 'what answers on the socket is not a Holdfast gateway, or one older than this CLI.'
      : `this CLI speaks schema version ${jsonSchemaVersion}, the gateway ${theirs}: upgrade the older.`;
  throw new CliError(
    errorDetails('SCHEMA_DIFFERS', message, { lines: ['Which is which:  holdfast version'], next: 'holdfast version' }),
  );
}

/** The error in a body, or a fault of ours when there is none to be found. */
function errorOf(status: number, text: string): ErrorDetails {
  try {
    const body = JSON.parse(text);
    if (isErrorBody(body)) return body.error;
  } catch {
    // Falls through: a body that is not ours.
  }
  return errorDetails('UNEXPECTED', `the gateway answered ${status} and did not say why.`, {
    lines: ['This is a fault of Holdfast; its log says more:  journalctl -u holdfast -n 50'],
  });
}

function notAnswering(): CliError {
  const message = 'the gateway runs but does not answer.';
  return new CliError(
    errorDetails('UNEXPECTED', message, { lines: ['What it logged:  journalctl -u holdfast -n 50'] }),
  );
}

function deferred<Value>() {
  let resolve: (value: Value) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<Value>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
