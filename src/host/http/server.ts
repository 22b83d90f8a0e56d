/**
 * The HTTP server of operators and programs: on a unix socket, on a second one for those who may only look, and on a loopback TCP
 * port, where these are given.
 *
 *   request ──► trusted? ──► body ──► plan (management, pure) ──► runner: respond, wait, stream
 *
 * On Node's own server: the routes are parsed by `src/api`, shared with those who call them, and answers are mostly streams whose
 * back-pressure must be seen, so a framework would bring a second router and hooks that nothing here uses.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { type ErrorCode, errorDetails } from '../../api/error-codes.ts';
import { headers, jsonSchemaVersion } from '../../api/version.ts';
import { limits } from '../../base/limits.ts';
import { plan } from '../../management/management.ts';
import type { Knowledge } from '../../management/plan.ts';
import { errorResponse } from '../../management/response.ts';
import { errorCode, StartError } from '../start-error.ts';
import { knowledgeOf, type Machine } from './machine.ts';
import { PlanRunner, sendResponse } from './plan-runner.ts';
import { readBody } from './request-body.ts';
import { distrustOf, isLoopback } from './trusted-caller.ts';
import { listening, listenOnUnixSocket, type UnixSocket } from './unix-socket.ts';

export interface HttpOptions {
  readonly machine: Machine;
  readonly socket: UnixSocket;
  /** Answers from the gateway's own knowledge: nothing is changed by it, no device is asked. */
  readonly readSocket?: UnixSocket | undefined;
  /** Port 0 takes a free one. */
  readonly tcp?: { readonly host: string; readonly port: number };
  /** Told of faults of ours in answering somebody, for the log. */
  readonly report?: (fault: unknown) => void;
  /** For tests; `limits.httpHeartbeatMs` otherwise. */
  readonly heartbeatMs?: number;
}

export interface RunningHttp {
  /** Ends every connection and takes the socket's file away. */
  close(): Promise<void>;
  /** `127.0.0.1:8080`. */
  readonly tcpAddress?: string;
}

/** Starts to serve. Throws `StartError`: 30 for a host that is not loopback, 31 for a port or socket in use, 34 for a path. */
export async function startHttp(o: HttpOptions): Promise<RunningHttp> {
  const { tcp } = o;
  if (tcp !== undefined && !isLoopback(tcp.host)) {
    const sentence = `--http ${tcp.host}:${tcp.port} is not a loopback address; only 127.0.0.1 and the like are served.`;
    throw new StartError(30, sentence, 'From elsewhere use ssh:  ssh GATEWAY holdfast status');
  }
  const report = o.report ?? (() => {});
  const runner = new PlanRunner(o.machine, report, o.heartbeatMs ?? limits.httpHeartbeatMs);
  const common = { knowledge: knowledgeOf(o.machine), runner, report };
  const servers: Server[] = [];
  try {
    await listenLocally(servers, o.socket, { ...common, mayChange: true });
    if (o.readSocket !== undefined) await listenLocally(servers, o.readSocket, { ...common, mayChange: false });
    if (tcp === undefined) return { close: () => closeAll(servers) };
    const remote = await listenOnTcp(tcp, (request, response, port) => {
      void serve({ ...common, mayChange: true, request, response, port });
    });
    servers.push(remote);
    return { close: () => closeAll(servers), tcpAddress: addressText(remote) };
  } catch (error) {
    await closeAll(servers);
    throw error;
  }
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function listenLocally(
  servers: Server[],
  socket: UnixSocket,
  common: Omit<Call, 'request' | 'response'>,
): Promise<void> {
  const server = newServer((request, response) => void serve({ ...common, request, response }));
  servers.push(server);
  await listenOnUnixSocket(server, socket);
}

function newServer(handler: Handler): Server {
  const server = createServer({ maxHeaderSize: limits.httpHeaderBytesMax }, handler);
  server.maxConnections = limits.httpConnectionsMax;
  server.headersTimeout = limits.httpReceiveMs;
  server.requestTimeout = limits.httpReceiveMs;
  server.timeout = limits.httpIdleMs;
  return server;
}

async function listenOnTcp(
  { host, port }: { readonly host: string; readonly port: number },
  handler: (request: IncomingMessage, response: ServerResponse, port: number) => void,
): Promise<Server> {
  const server = newServer((request, response) => handler(request, response, request.socket.localPort ?? 0));
  try {
    await listening(server, () => server.listen({ host, port }));
    return server;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EADDRINUSE') throw new StartError(31, `--http ${host}:${port} is in use by another process.`);
    throw new StartError(30, `--http ${host}:${port} cannot be listened on: ${code ?? String(error)}.`);
  }
}

function addressText(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
  for (const server of servers) server.closeAllConnections();
  await Promise.all(closed);
}

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly knowledge: Knowledge;
  readonly runner: PlanRunner;
  readonly report: (fault: unknown) => void;
  readonly mayChange: boolean;
  /** The TCP port it came in on; undefined for the unix socket. */
  readonly port?: number;
}

/** A fault of ours in answering one caller is told to him and to the log; it does not end the gateway. */
async function serve(call: Call): Promise<void> {
  try {
    await answer(call);
  } catch (fault) {
    call.report(fault);
    if (call.response.headersSent) call.response.destroy();
    else refuse(call, 'UNEXPECTED', 'The gateway met a fault of its own; its log says more.');
  }
}

async function answer(call: Call): Promise<void> {
  const { request, response, port } = call;
  response.setHeader(headers.schema, String(jsonSchemaVersion));
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  const distrust = port === undefined ? undefined : distrustOf(request.headers, port);
  if (distrust !== undefined) return refuse(call, 'NO_PERMISSION', distrust);
  const body = await readBody(request, limits.httpBodyBytesMax);
  switch (body.kind) {
    case 'broken-off':
      return;
    case 'too-long':
      return refuse(call, 'LIMIT_REACHED', `The body has over ${limits.httpBodyBytesMax} bytes.`, 413);
    case 'not-utf8':
      return refuse(call, 'BAD_REQUEST', 'The body is not UTF-8.');
    case 'text':
      return carryOut(call, body.text);
  }
}

async function carryOut({ request, response, runner, knowledge, port, mayChange }: Call, body: string): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const lastEventId = header(request, headers.lastEventId);
  const asked = {
    method: request.method ?? '',
    target: request.url ?? '',
    body,
    wantsJson: header(request, headers.schema) !== undefined,
    ...(lastEventId === undefined ? {} : { lastEventId }),
  };
  await runner.run(plan(asked, knowledge), {
    response,
    account: accountOf(request, port),
    mayChange,
    signal: gone.signal,
  });
}

/** Refused before it was read to its end, so the connection cannot serve another request. */
function refuse({ response }: Call, code: ErrorCode, message: string, status?: number): void {
  const refusal = errorResponse(errorDetails(code, message));
  response.setHeader('connection', 'close');
  sendResponse({ ...refusal, status: status ?? refusal.status }, response);
}

/** Names of accounts as they may stand in a log: no spaces or control characters. */
const accountPattern = /^[\p{L}\p{N}._@\\+-]{1,64}$/u;

/**
 * In whose name changes are made. Node does not show the credentials of a unix socket's peer; whoever may open the socket is
 * believed, since that is the gateway's own account, or a member of the group that may change everything. On TCP anybody on the machine could claim a name: nobody is believed.
 */
function accountOf(request: IncomingMessage, port: number | undefined): string {
  if (port !== undefined) return 'http';
  const claimed = header(request, headers.account);
  const name = claimed === undefined ? undefined : decoded(claimed);
  return name !== undefined && accountPattern.test(name) ? name : userInfo().username;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
