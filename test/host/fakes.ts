/** Stand-ins for the parts of a runtime: a machine that records what it is told, a scheduler without spacing, a store that obeys. */
import type { Address } from '../../src/base/address.ts';
import type { Monotonic, Now, Wall } from '../../src/base/instants.ts';
import type { Commit, CommitId, StoredRecord, Write } from '../../src/commit/commit.ts';
import type { Batch } from '../../src/commit/commit-scheduler.ts';
import {
  type DamagedRecord,
  type Datagram,
  type Gateway,
  type Input,
  type ListenerName,
  nothing,
  type Outcome,
  type StoreState,
} from '../../src/gateway/contract.ts';
import type { GatewayEvent } from '../../src/gateway/events.ts';
import type { Answer } from '../../src/gateway/views.ts';
import type { Clock } from '../../src/host/clock.ts';
import type { RunningStore, Scheduler } from '../../src/host/commit-pump.ts';
import type { Serving } from '../../src/host/restoration.ts';
import type { DatagramHandler, Transport } from '../../src/host/transport.ts';

export const field = 'field' as ListenerName;
export const device = '127.0.0.9:5000' as Address;

export const testClock: Clock = {
  now: (): Now => ({ monotonic: performance.now() as Monotonic, wall: Date.now() as Wall, wallTrusted: false }),
  trust: () => ({ trusted: false, source: undefined }),
};

export function commitOf(id: number): Commit {
  return { id: id as CommitId, class: 'before-ack', writes: [{ key: `k${id}`, value: new Uint8Array([id]) }] };
}

export function datagram(...bytes: number[]): Input {
  return { kind: 'datagram', listener: field, from: device, bytes: new Uint8Array(bytes) };
}

/** Every datagram makes one commit; `committed` answers with one datagram that carries the commit's id. */
export class FakeGateway implements Gateway {
  readonly steps: string[] = [];
  deadline: Monotonic | undefined;
  mayServe = false;
  onReceive: (input: Input) => Outcome = () => this.commitNext();
  private commits = 0;

  restore(): readonly DamagedRecord[] {
    this.steps.push('restore');
    return [];
  }
  restored(): Outcome {
    this.steps.push('restored');
    return nothing;
  }
  readOn(isAll: boolean): Outcome {
    this.steps.push(isAll ? 'read all' : 'read on');
    return nothing;
  }
  receive(input: Input): Outcome {
    this.steps.push('receive');
    return this.onReceive(input);
  }
  advance(): Outcome {
    this.steps.push('advance');
    this.deadline = undefined;
    return nothing;
  }
  committed(upTo: CommitId): Outcome {
    this.steps.push(`committed ${upTo}`);
    return { ...nothing, send: [{ listener: field, to: device, bytes: new Uint8Array([upTo]) }] };
  }
  storeState(state: StoreState): Outcome {
    this.steps.push(`store ${state}`);
    return nothing;
  }
  stop(): Outcome {
    this.steps.push('stop');
    return this.commitNext();
  }
  inspect(): Answer {
    return { kind: 'operation', operation: undefined };
  }
  nextDeadline(): { at: Monotonic; reason: string } | undefined {
    return this.deadline === undefined ? undefined : { at: this.deadline, reason: 'test' };
  }
  commitNext(): Outcome {
    return { ...nothing, commits: [commitOf(++this.commits)] };
  }
}

/** Keeps what the machine wants done until somebody serves. */
export class NotYetServing implements Serving {
  /** All of it. */
  outcome: Outcome = nothing;
  private readonly gateway: Gateway;

  constructor(gateway: Gateway) {
    this.gateway = gateway;
  }

  begin({ commits, send, events }: Outcome): void {
    const { outcome } = this;
    this.outcome = {
      commits: [...outcome.commits, ...commits],
      send: [...outcome.send, ...send],
      events: [...outcome.events, ...events],
    };
  }

  restore(chunk: readonly StoredRecord[]): readonly DamagedRecord[] {
    return this.gateway.restore(chunk, testClock.now());
  }

  readOn(isAll: boolean): void {
    this.begin(this.gateway.readOn(isAll, testClock.now()));
  }
}

/** Writes at once, everything that waits in one batch; keeps a rejected batch for later. */
export class FakeScheduler implements Scheduler {
  private waiting: Commit[] = [];
  private writing: Commit[] = [];
  private stopped = false;
  private inFlight = false;
  deadline: Monotonic | undefined;

  add(commit: Commit): void {
    this.waiting.push(commit);
  }
  next(): Batch | undefined {
    if (this.stopped || this.inFlight || this.waiting.length === 0) return undefined;
    this.inFlight = true;
    this.writing = this.waiting;
    this.waiting = [];
    return batchOf(this.writing);
  }
  nextDeadline(): { at: Monotonic; reason: string } | undefined {
    return this.deadline === undefined ? undefined : { at: this.deadline, reason: 'test' };
  }
  written(): CommitId | undefined {
    this.inFlight = false;
    return this.writing.at(-1)?.id;
  }
  rejected(): void {
    this.inFlight = false;
    this.waiting = [...this.writing, ...this.waiting];
    this.stopped = true;
  }
  resume(): void {
    this.stopped = false;
  }
  hasten(): void {}
  drain(): Batch {
    return this.next() ?? batchOf([]);
  }
}

function batchOf(commits: readonly Commit[]): Batch {
  return { class: 'before-ack', writes: commits.flatMap((commit) => commit.writes), upTo: commits.at(-1)?.id };
}

export class FakeStore implements RunningStore {
  readonly written: string[][] = [];
  readonly calls: string[] = [];
  /** Errors that the next calls reject with, in order. */
  readonly failures: Error[] = [];
  gate: Promise<void> = Promise.resolve();
  wantsSoon = false;

  async commit(writes: readonly Write[]): Promise<void> {
    this.calls.push('commit');
    await this.gate;
    this.mayFail();
    this.written.push(writes.map((write) => write.key));
  }
  async recover(): Promise<void> {
    this.calls.push('recover');
    this.mayFail();
  }
  async close(cleanWrites?: readonly Write[]): Promise<void> {
    this.calls.push(cleanWrites === undefined ? 'close' : 'close clean');
    this.mayFail();
    if (cleanWrites !== undefined) this.written.push(cleanWrites.map((write) => write.key));
  }
  private mayFail(): void {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
  }
}

export class FakeTransport implements Transport {
  readonly listener = field;
  readonly url = 'coaps://127.0.0.1:5684';
  readonly sent: Datagram[] = [];
  readonly calls: string[] = [];
  handler: DatagramHandler | undefined;
  isBound = true;

  startReading(handler: DatagramHandler): void {
    this.calls.push('start');
    this.handler = handler;
  }
  stopReading(): void {
    this.calls.push('stop');
  }
  send(sent: Datagram): void {
    this.sent.push(sent);
  }
  close(): void {
    this.calls.push('close');
  }
}

export function changeEvent(text: string): GatewayEvent {
  return { kind: 'change', endpoint: 'meter-17', account: 'ops', text };
}
