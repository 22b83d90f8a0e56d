/** The gateway's REST interface on its unix socket, as far as the demo uses it. */
import { Agent, request } from 'node:http';
import { DemoFailure } from './demo-failure.ts';

export interface RestAnswer {
  readonly status: number;
  readonly text: string;
}

/** Below the number of connections that the gateway takes, the event stream's own among them. */
const connectionsMax = 64;

export class Rest {
  private readonly socketPath: string;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  /** Adds a device and its key, or one that has a certificate; durable when it resolves. */
  async add(endpoint: string, key: string | undefined): Promise<void> {
    const tls = key === undefined ? { mode: 'x509' } : { mode: 'psk', details: { identity: endpoint, key } };
    await this.expect('PUT', '/api/security/clients/', JSON.stringify({ endpoint, tls }));
  }

  /** Observes a resource of a device. */
  async observe(endpoint: string, path: string): Promise<void> {
    await this.succeed('POST', `/api/clients/${encodeURIComponent(endpoint)}${path}/observe?timeout=20`);
  }

  /** Reads a resource: its value as text. */
  async read(endpoint: string, path: string): Promise<string> {
    const content = await this.succeed('GET', `/api/clients/${encodeURIComponent(endpoint)}${path}?timeout=20`);
    return String((content as { value?: unknown } | undefined)?.value);
  }

  /** The id of the newest event in the log. */
  async newestEvent(): Promise<number> {
    const { text } = await this.expect('GET', '/api/holdfast/status');
    return (JSON.parse(text) as { events: { lastId: number | null } }).events.lastId ?? 0;
  }

  close(): void {
    this.agent.destroy();
  }

  /** A request that the device has to answer well; its content. */
  private async succeed(method: string, path: string): Promise<unknown> {
    const { text } = await this.expect(method, path);
    const body = JSON.parse(text) as { success?: boolean; content?: unknown };
    if (body.success !== true) throw new DemoFailure(`${method} ${path} was answered ${text}`);
    return body.content;
  }

  private async expect(method: string, path: string, body = ''): Promise<RestAnswer> {
    const answer = await this.send(method, path, body);
    if (answer.status === 200) return answer;
    throw new DemoFailure(`${method} ${path} was answered ${answer.status} ${answer.text}`);
  }

  private send(method: string, path: string, body: string): Promise<RestAnswer> {
    const { socketPath, agent } = this;
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => reject(new DemoFailure(`${method} ${path}: ${error.message}`));
      const sent = request({ socketPath, agent, method, path }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', failed);
      });
      sent.on('error', failed);
      sent.end(body);
    });
  }
}
