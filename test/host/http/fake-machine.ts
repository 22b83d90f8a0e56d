/** A machine without a gateway, a server over it in a folder of its own, and a client for its unix socket. */
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { GatewayEvent, LoggedEvent } from '../../../src/gateway/events.ts';
import type { OperatorAction, OperatorAnswer } from '../../../src/gateway/operator.ts';
import type { Machine } from '../../../src/host/http/machine.ts';
import { type HttpOptions, type RunningHttp, startHttp } from '../../../src/host/http/server.ts';
import { FakeKnowledge } from '../../management/fake-knowledge.ts';

export class FakeMachine extends FakeKnowledge implements Machine {
  readonly asked: { readonly action: OperatorAction; readonly account: string }[] = [];
  readonly listeners = new Set<(event: GatewayEvent) => void>();
  /** What the gateway answers. */
  answer: (action: OperatorAction) => OperatorAnswer | Promise<OperatorAnswer> = () => ({
    kind: 'error',
    code: 'BAD_REQUEST',
    message: 'not said',
  });

  async operate(action: OperatorAction, account: string): Promise<OperatorAnswer> {
    this.asked.push({ action, account });
    return this.answer(action);
  }

  subscribe(listener: (event: GatewayEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  emit(event: GatewayEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  /** Into the log and out to everybody, as a commit does. */
  happens(event: LoggedEvent): void {
    this.log.push(event);
    this.emit({ kind: 'logged', event });
  }
}

export interface Serving extends RunningHttp {
  readonly socketPath: string;
}

/** A server that ends with its test. */
export async function serving(t: TestContext, machine: Machine, over: Partial<HttpOptions> = {}): Promise<Serving> {
  const folder = temporaryFolder(t);
  const socketPath = join(folder, 'admin.sock');
  const http = await startHttp({ machine, socket: { path: socketPath }, ...over });
  t.after(() => http.close());
  return { ...http, socketPath };
}

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-http-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Asked {
  readonly method?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of the unix socket. */
  readonly tcp?: string;
}

/** The head of an answer, as a stream. */
export function open(
  socketPath: string,
  path: string,
  { method = 'GET', body, headers = {}, tcp }: Asked = {},
): Promise<IncomingMessage> {
  const colon = tcp?.lastIndexOf(':') ?? 0;
  const where = tcp === undefined ? { socketPath } : { host: tcp.slice(0, colon), port: Number(tcp.slice(colon + 1)) };
  return new Promise((resolve, reject) => {
    const sent = request({ ...where, path, method, headers, agent: false }, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The whole answer. */
export async function ask(socketPath: string, path: string, asked: Asked = {}) {
  const message = await open(socketPath, path, asked);
  message.setEncoding('utf8');
  let body = '';
  for await (const chunk of message) body += chunk;
  return { status: message.statusCode ?? 0, headers: message.headers, body };
}

/** Collects a stream, and waits for what it is to hold. */
export class Reader {
  text = '';
  ended = false;
  private readonly message: IncomingMessage;
  private wake: (() => void) | undefined;

  constructor(message: IncomingMessage) {
    this.message = message;
    message.setEncoding('utf8');
    message.on('data', (chunk: string) => {
      this.text += chunk;
      this.wake?.();
    });
    message.on('error', () => {});
    message.resume();
    message.on('close', () => {
      this.ended = true;
      this.wake?.();
    });
  }

  /** Resolves when `holds`, or fails after some seconds with what came. */
  async until(holds: (text: string) => boolean): Promise<string> {
    const giveUpAt = Date.now() + 5_000;
    while (!holds(this.text)) {
      if (Date.now() > giveUpAt) throw new Error(`waited in vain; came: ${this.text.slice(-500)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 50);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.text;
  }

  close(): void {
    this.message.destroy();
  }
}

/** The ids in a stream of server-sent events. */
export function idsIn(text: string): number[] {
  return [...text.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
}

export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
