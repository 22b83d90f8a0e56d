/**
 * A program that stores the id of the last event it has seen and goes on after it, over restarts of the gateway: what it lists
 * is what the gateway acknowledged to one device, each notification once.
 */
import type { Operator } from './operator.ts';

export interface Notification {
  readonly id: number;
  readonly path: string;
  readonly value: number;
  /** On the clock of `performance.now()`. */
  readonly seenAtMs: number;
}

const retryMs = 50;

export class Notifications {
  readonly seen: Notification[] = [];
  private readonly operator: Operator;
  private readonly endpoint: string;
  private closed = false;
  private end = (): void => {};

  constructor(operator: Operator, endpoint: string) {
    this.operator = operator;
    this.endpoint = endpoint;
    void this.follow();
  }

  /** The first one with a value above `value`; throws when none comes in time. */
  async above(value: number, withinMs: number): Promise<Notification> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const found = this.seen.find((notification) => notification.value > value);
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error(`no notification above ${value} within ${withinMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  get last(): number {
    return this.seen.at(-1)?.value ?? 0;
  }

  close(): void {
    this.closed = true;
    this.end();
  }

  private async follow(): Promise<void> {
    while (!this.closed) {
      try {
        const stream = await this.operator.events(this.endpoint, this.seen.at(-1)?.id.toString());
        this.end = () => stream.destroy();
        let text = '';
        for await (const part of stream.setEncoding('utf8')) {
          const events = (text + part).split('\n\n');
          text = events.pop() ?? '';
          for (const event of events) this.take(event);
        }
      } catch {
        // The gateway was killed: the next try goes on after what has been seen.
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  private take(event: string): void {
    const fields = new Map(event.split('\n').map((line) => [line.split(': ', 1)[0] ?? '', line.replace(/^\w+: /, '')]));
    const id = fields.get('id');
    if (fields.get('event') !== 'NOTIFICATION' || id === undefined) return;
    const { res, val } = JSON.parse(fields.get('data') ?? '{}') as { res: string; val: { value: string } };
    this.seen.push({ id: Number(id), path: res, value: Number(val.value), seenAtMs: performance.now() });
  }
}
