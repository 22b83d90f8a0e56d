/**
 * A gateway that is none: it listens on a unix socket in a directory of its own and answers what a test tells it. Paths are
 * read with the contract's own parser, so a path that the real gateway would not know fails here too.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ErrorDetails, errorCodes } from '../../../src/api/error-codes.ts';
import { arrayLines, stringifyJson } from '../../../src/api/json.ts';
import { parseRoute, type Route } from '../../../src/api/route-parser.ts';
import { contentTypes, headers, jsonSchemaVersion } from '../../../src/api/version.ts';

export interface Asked {
  readonly route: Route;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly account: string | undefined;
}

export type Answer =
  | { readonly json: unknown }
  | { readonly array: readonly unknown[] }
  | { readonly lines: readonly unknown[]; readonly ending?: 'end' | 'stay' | 'break'; readonly cursor?: number }
  | { readonly error: ErrorDetails };

export class FakeGateway {
  readonly directory: string;
  readonly socketPath: string;
  readonly asked: Asked[] = [];
  schemaVersion: string | undefined = String(jsonSchemaVersion);
  answer: (asked: Asked) => Answer = () => ({ json: {} });
  #server: Server | undefined;

  constructor(directory: string) {
    this.directory = directory;
    this.socketPath = join(directory, 'admin.sock');
  }

  /** Makes the directory; with `listens` false nothing answers there yet. */
  static async make(listens = true): Promise<FakeGateway> {
    const gateway = new FakeGateway(await mkdtemp(join(tmpdir(), 'holdfast-cli-')));
    if (listens) await gateway.listen();
    return gateway;
  }

  listen(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    this.#server = server;
    return new Promise((resolve) => server.listen(this.socketPath, resolve));
  }

  /** Like a kill: every connection breaks. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.directory, { recursive: true });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    if (this.schemaVersion !== undefined) response.setHeader(headers.schema, this.schemaVersion);
    const parsed = parseRoute(request.method ?? '', request.url ?? '');
    if (parsed.kind !== 'route') {
      response.writeHead(404).end(`no route for ${request.method} ${request.url}`);
      return;
    }
    const account = request.headers[headers.account];
    const asked = {
      route: parsed.route,
      query: parsed.query,
      body,
      account: Array.isArray(account) ? account[0] : account,
    };
    this.asked.push(asked);
    send(response, this.answer(asked));
  }
}

function send(response: ServerResponse, answer: Answer): void {
  if ('error' in answer) {
    response.writeHead(errorCodes[answer.error.code].status, { 'content-type': contentTypes.json });
    response.end(JSON.stringify({ error: answer.error }));
    return;
  }
  if ('json' in answer) {
    response.writeHead(200, { 'content-type': contentTypes.json }).end(stringifyJson(answer.json));
    return;
  }
  if ('array' in answer) {
    response.writeHead(200, { 'content-type': contentTypes.json });
    const elements = answer.array.map((element, i) => arrayLines.element(stringifyJson(element), i === 0));
    response.end(arrayLines.open + elements.join('') + arrayLines.close(elements.length === 0));
    return;
  }
  const cursor = answer.cursor === undefined ? {} : { [headers.cursor]: String(answer.cursor) };
  response.writeHead(200, { 'content-type': contentTypes.jsonLines, ...cursor });
  response.write(`\n${answer.lines.map((line) => `${stringifyJson(line)}\n`).join('')}`, () => {
    if (answer.ending === 'break') response.destroy();
    else if (answer.ending !== 'stay') response.end();
  });
}
