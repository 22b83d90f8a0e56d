/** The process of the devices as the demo sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DemoFailure } from './demo-failure.ts';
import type { DeviceTotals, FleetProgress, FromFleet, ToFleet } from './fleet-messages.ts';

const program = fileURLToPath(new URL('fleet-process.js', import.meta.url));

export class FleetClient {
  /** Called when the process fails or ends by itself. */
  onFault: (text: string) => void = () => {};
  onProgress: (progress: FleetProgress) => void = () => {};
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown>;
  private readonly listeners = new Set<(message: FromFleet) => void>();
  private closing = false;
  private latest: FleetProgress | undefined;

  constructor() {
    this.child = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
    this.exited = once(this.child, 'exit');
    this.child.on('message', (message) => this.took(message as FromFleet));
    void this.exited.then(() => {
      if (!this.closing) this.onFault('the process of the devices ended by itself');
    });
  }

  tell(message: ToFleet): void {
    this.child.send(message);
  }

  /** Resolves with the first progress for which it holds. Rejects after the patience, with the sentence and who is missing. */
  async until(
    holds: (progress: FleetProgress) => boolean,
    patienceMs: number,
    otherwise: string,
  ): Promise<FleetProgress> {
    const seen = (message: FromFleet): FleetProgress | undefined =>
      message.kind === 'progress' && holds(message) ? message : undefined;
    return await this.next(seen, patienceMs, otherwise);
  }

  /** Kills the gateway at the moment that the order names. */
  async kill(order: Omit<Extract<ToFleet, { kind: 'kill' }>, 'kind'>): Promise<Extract<FromFleet, { kind: 'killed' }>> {
    this.tell({ kind: 'kill', ...order });
    const seen = (message: FromFleet) => (message.kind === 'killed' ? message : undefined);
    return await this.next(seen, order.afterMs + 30_000, 'the devices did not get to kill the gateway');
  }

  async totals(): Promise<readonly DeviceTotals[]> {
    this.tell({ kind: 'totals' });
    const seen = (message: FromFleet) => (message.kind === 'totals' ? message.devices : undefined);
    return await this.next(seen, 30_000, 'the devices did not say what they counted');
  }

  async close(): Promise<void> {
    this.closing = true;
    this.child.kill('SIGKILL');
    await this.exited;
  }

  private took(message: FromFleet): void {
    if (message.kind === 'fault') this.onFault(`a fault in the process of the devices: ${message.text}`);
    if (message.kind === 'progress') {
      this.latest = message;
      this.onProgress(message);
    }
    for (const listener of this.listeners) listener(message);
  }

  private next<T>(seen: (message: FromFleet) => T | undefined, patienceMs: number, otherwise: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.listeners.delete(listener);
      };
      const listener = (message: FromFleet): void => {
        const found = seen(message);
        if (found === undefined) return;
        end();
        resolve(found);
      };
      const timer = setTimeout(() => {
        end();
        const missing = this.latest?.notHeard;
        reject(new DemoFailure(missing === undefined ? otherwise : `${otherwise}; missing: ${missing}`));
      }, patienceMs).unref();
      this.listeners.add(listener);
    });
  }
}
