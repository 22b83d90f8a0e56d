/** Which numbered notifications the event log holds, read from its start to its end by the REST interface. */
import { type IncomingMessage, request } from 'node:http';
import { Rest } from '../../demo/rest.ts';
import type { Totals } from './messages.ts';

export class EventNumbers {
  private readonly numbers = new Map<string, Set<number>>();

  /** Reads up to what is the newest event now. Rejects when the log says that something of it is missing. */
  static async read(socketPath: string): Promise<EventNumbers> {
    const rest = new Rest(socketPath);
    const newest = await rest.newestEvent();
    rest.close();
    const read = new EventNumbers();
    await new Promise<void>((resolve, reject) => {
      const asked = request({ socketPath, path: '/api/event?from=start' }, (response) => {
        read.follow(response, newest, resolve, reject);
      });
      asked.on('error', reject);
      asked.end();
    });
    return read;
  }

  /** How many acknowledged notifications are not in it. */
  missing(totals: readonly Totals[]): number {
    let missing = 0;
    for (const { endpoint, acknowledged } of totals) {
      const known = this.numbers.get(endpoint);
      for (let number = 1; number <= acknowledged; number++) if (known?.has(number) !== true) missing++;
    }
    return missing;
  }

  private follow(response: IncomingMessage, newest: number, done: () => void, failed: (error: Error) => void): void {
    let text = '';
    response.setEncoding('utf8');
    response.on('error', failed);
    response.on('data', (chunk: string) => {
      text += chunk;
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        if (event.startsWith('event: GAP')) return failed(new Error('events fell out of the log'));
        if (this.take(event) >= newest) {
          done();
          return void response.destroy();
        }
      }
    });
  }

  /** The id of the event. */
  private take(event: string): number {
    const fields = new Map(event.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line]));
    const field = (name: string): string => fields.get(name)?.slice(name.length + 2) ?? '';
    if (field('event') === 'NOTIFICATION') {
      const { ep, val } = JSON.parse(field('data')) as { ep: string; val?: { value?: unknown } };
      const known = this.numbers.get(ep) ?? new Set<number>();
      this.numbers.set(ep, known.add(Number(val?.value)));
    }
    return Number(field('id'));
  }
}
