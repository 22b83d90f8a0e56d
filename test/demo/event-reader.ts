/**
 * Reads the gateway's event log by cursor over all its restarts: server-sent events of `GET /api/event`, continued after the last
 * id with `Last-Event-ID`, as any program of an operator would.
 */
import { type IncomingMessage, request } from 'node:http';
import { counterPath } from './device-objects.ts';

const againAfterMs = 50;

export class EventReader {
  /** Numbers that came, by endpoint. */
  readonly received = new Map<string, Set<number>>();
  /** What the log itself says is missing. */
  readonly gaps: string[] = [];
  private newest = 0;
  private readonly socketPath: string;
  private current: ReturnType<typeof request> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(socketPath: string) {
    this.socketPath = socketPath;
    this.connect();
  }

  /** The id of the last event that was read. */
  get cursor(): number {
    return this.newest;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.current?.destroy();
  }

  private connect(): void {
    const { socketPath, newest } = this;
    const from = newest === 0 ? { path: '/api/event?from=start' } : { path: '/api/event' };
    const headers = newest === 0 ? {} : { 'last-event-id': String(newest) };
    this.current = request({ socketPath, ...from, headers }, (response) => this.read(response));
    this.current.on('error', () => this.again());
    this.current.end();
  }

  private read(response: IncomingMessage): void {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
      // An event is complete with its empty line; half of one is lost with its connection, and comes again.
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) this.take(event);
    });
    response.on('error', () => {});
    response.on('close', () => this.again());
  }

  private take(event: string): void {
    const fields = new Map(event.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line]));
    const field = (name: string): string | undefined => fields.get(name)?.slice(name.length + 2);
    const type = field('event');
    const data = field('data');
    if (type === 'GAP') this.gaps.push(data ?? '');
    if (type === 'NOTIFICATION' && data !== undefined) this.notification(data);
    const id = field('id');
    if (id !== undefined) this.newest = Number(id);
  }

  private notification(data: string): void {
    const { ep, res, val } = JSON.parse(data) as { ep: string; res?: string; val?: { value?: unknown } };
    if (res !== counterPath) return;
    const numbers = this.received.get(ep) ?? new Set<number>();
    this.received.set(ep, numbers.add(Number(val?.value)));
  }

  private again(): void {
    clearTimeout(this.timer);
    if (!this.closed) this.timer = setTimeout(() => this.connect(), againAfterMs);
  }
}
