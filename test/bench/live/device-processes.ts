/** The processes of the devices as a bench sees them: told the same, counted together. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FromDevices, LiveDevice, Progress, ToDevices, Totals } from './messages.ts';

const program = fileURLToPath(new URL('devices-process.js', import.meta.url));
/** Sockets are counted against the limit of a process. */
const devicesPerProcessMax = 2_500;

type Told<Kind extends FromDevices['kind']> = Extract<FromDevices, { readonly kind: Kind }>;

export class DeviceProcesses {
  private readonly children: readonly ChildProcess[];
  private readonly latest: (Progress | undefined)[];
  private readonly listeners = new Set<(message: FromDevices, index: number) => void>();
  private fault: string | undefined;

  constructor(devices: number) {
    this.children = Array.from({ length: Math.ceil(devices / devicesPerProcessMax) }, () =>
      fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] }),
    );
    this.latest = this.children.map(() => undefined);
    for (const [index, child] of this.children.entries()) {
      child.on('message', (message) => this.took(message as FromDevices, index));
    }
  }

  tell(message: ToDevices): void {
    for (const child of this.children) child.send(message);
  }

  tellFirst(message: ToDevices): void {
    this.children[0]?.send(message);
  }

  /** Spreads the devices over the processes. Whether they are registered is told by `until`. */
  connect(devices: readonly LiveDevice[]): void {
    for (const [index, child] of this.children.entries()) {
      const some = devices.filter((_, place) => place % this.children.length === index);
      child.send({ kind: 'connect', devices: some } satisfies ToDevices);
    }
  }

  /** The sum over all processes, when the next of them reports and it holds. Rejects with the sentence after the patience. */
  async until(holds: (sum: Progress) => boolean, patienceMs: number, otherwise: string): Promise<Progress> {
    return await this.heard(
      () => {
        const sum = this.sum();
        return sum !== undefined && holds(sum) ? sum : undefined;
      },
      patienceMs,
      otherwise,
    );
  }

  /** Fresh counts: of reports that were made after this call. */
  async progress(patienceMs: number): Promise<Progress> {
    this.latest.fill(undefined);
    return await this.until(() => true, patienceMs, 'the devices are silent');
  }

  async bare(order: Omit<Extract<ToDevices, { kind: 'bare' }>, 'kind'>, patienceMs: number): Promise<void> {
    this.tellFirst({ kind: 'bare', ...order });
    await this.heard(
      (message) => (message.kind === 'bare-done' ? message : undefined),
      patienceMs,
      'bare sockets lost datagrams',
    );
  }

  async totals(patienceMs: number): Promise<readonly Totals[]> {
    this.tell({ kind: 'totals' });
    const told: Told<'totals'>[] = [];
    const all = (message: FromDevices): readonly Told<'totals'>[] | undefined =>
      message.kind === 'totals' && told.push(message) === this.children.length ? told : undefined;
    const found = await this.heard(all, patienceMs, 'the devices did not say what they counted');
    return found.flatMap(({ devices }) => devices);
  }

  async close(): Promise<void> {
    const gone = this.children.map((child) => once(child, 'exit'));
    for (const child of this.children) child.kill('SIGKILL');
    await Promise.all(gone);
  }

  private took(message: FromDevices, index: number): void {
    if (message.kind === 'fault') this.fault ??= message.text;
    if (message.kind === 'progress') this.latest[index] = message;
    for (const listener of this.listeners) listener(message, index);
  }

  private sum(): Progress | undefined {
    const all = this.latest.filter((one) => one !== undefined);
    if (all.length < this.children.length) return undefined;
    return all.reduce((a, b) => ({
      kind: 'progress',
      registered: a.registered + b.registered,
      observed: a.observed + b.observed,
      inFlight: a.inFlight + b.inFlight,
      acknowledged: a.acknowledged + b.acknowledged,
      handshakes: a.handshakes + b.handshakes,
      registrations: a.registrations + b.registrations,
      resets: a.resets + b.resets,
      heard: a.heard + b.heard,
      firstAnswerAtMs: earlier(a.firstAnswerAtMs, b.firstAnswerAtMs),
      firstAcknowledgedAtMs: earlier(a.firstAcknowledgedAtMs, b.firstAcknowledgedAtMs),
      answeredFull: a.answeredFull + b.answeredFull,
      answeredResumed: a.answeredResumed + b.answeredResumed,
      answeredBytes: a.answeredBytes + b.answeredBytes,
      asked: a.asked + b.asked,
      lastAskedAtMs: later(a.lastAskedAtMs, b.lastAskedAtMs),
    }));
  }

  private heard<T>(seen: (message: FromDevices) => T | undefined, patienceMs: number, otherwise: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.listeners.delete(listener);
      };
      const fail = (text: string): void => {
        end();
        reject(new Error(text));
      };
      const listener = (message: FromDevices): void => {
        if (this.fault !== undefined) return fail(`a fault in a process of the devices: ${this.fault}`);
        const found = seen(message);
        if (found === undefined) return;
        end();
        resolve(found);
      };
      const timer = setTimeout(() => fail(`${otherwise}: ${JSON.stringify(this.sum() ?? {})}`), patienceMs).unref();
      this.listeners.add(listener);
    });
  }
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

function later(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}
