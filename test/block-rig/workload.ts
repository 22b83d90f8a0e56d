/**
 * What goes on while the disk fails: a few observed devices that report as fast as they are acknowledged, and new devices that register
 * one after the other.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Operator } from '../interop/operator.ts';
import type { Random } from '../simulation/random.ts';
import type { CleanUp } from './clean-up.ts';
import { FieldDevice } from './field-device.ts';
import { type Ledger, type ReportKind, reportedPath } from './ledger.ts';

export interface WorkloadOptions {
  readonly operator: Operator;
  readonly port: number;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly cleanUp: CleanUp;
  /** Between two reports of a device; none when left out. Long runs need one: the gateway remembers so many messages of a peer. */
  readonly pauseMs?: number;
}

const reportersCount = 3;
const newcomerEveryMs = 30;
/** A device that is refused asks again, not in a loop. */
const refusedPauseMs = 200;

export class Workload {
  readonly reporters: readonly FieldDevice[];
  private readonly options: WorkloadOptions;
  private readonly newcomers = new Set<FieldDevice>();
  private stopped = false;

  private constructor(options: WorkloadOptions, reporters: readonly FieldDevice[]) {
    this.options = options;
    this.reporters = reporters;
  }

  /** Resolves once the reporters are registered and observed. */
  static async open(options: WorkloadOptions): Promise<Workload> {
    const { operator, port, ledger, random, cleanUp } = options;
    const reporters: FieldDevice[] = [];
    const workload = new Workload(options, reporters);
    cleanUp.add('the devices', () => workload.close());
    for (let index = 1; index <= reportersCount; index++) {
      const device = await FieldDevice.open({ endpoint: `reporter-${index}`, port, ledger, random: random.fork() });
      reporters.push(device);
      if (!(await device.register())) throw new Error(`${device.endpoint} could not register`);
      await operator.observe(device.endpoint, reportedPath);
    }
    return workload;
  }

  /** Begins, and goes on until it is closed. */
  run(): void {
    for (const device of this.reporters) {
      void this.reportOn(device, 'notification');
      void this.reportOn(device, 'send');
    }
    void this.registerOn();
  }

  /** No further reports; those under way are left to themselves. */
  stop(): void {
    this.stopped = true;
  }

  private async reportOn(device: FieldDevice, kind: ReportKind): Promise<void> {
    while (!this.stopped) {
      const isTaken = await device.report(kind);
      await wait(isTaken ? (this.options.pauseMs ?? 0) : refusedPauseMs);
    }
  }

  private async registerOn(): Promise<void> {
    const { port, ledger, random } = this.options;
    for (let number = 1; !this.stopped; number++) {
      const device = await FieldDevice.open({ endpoint: `newcomer-${number}`, port, ledger, random: random.fork() });
      this.newcomers.add(device);
      while (!this.stopped && !(await device.register())) await wait(refusedPauseMs);
      if (this.stopped) return;
      // Its socket stays open: whoever came from its port next would take its registration's place.
      await wait(newcomerEveryMs);
    }
  }

  private close(): void {
    this.stop();
    for (const device of [...this.reporters, ...this.newcomers]) device.close();
  }
}
