/**
 * One life of the gateway's process in the world: the real machine with the real DTLS engine, the real commit scheduler under
 * the real wear governor, over the simulated disk. It does what the host does, in the same order, and may lose its power at
 * every point that matters:
 *
 *   while the store opens, between two chunks of the restore, before each datagram that leaves, after a batch was handed to
 *   the disk, before it is durable, and after it is durable but before anything has learned of it.
 *
 * It may also die of what it has in hand, as the host's process does of an error; the crash-loop breaker counts those deaths.
 */
import { Engine } from 'mbedtls-wasm';
import { readWasm } from 'mbedtls-wasm/read-wasm';
import type { Address, ListenerName } from '../../src/base/address.ts';
import { utf8Encode } from '../../src/base/bytes.ts';
import type { Monotonic, Now, Wall } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import type { CommitClass, StoredRecord } from '../../src/commit/commit.ts';
import { CommitScheduler } from '../../src/commit/commit-scheduler.ts';
import type { Failure, Lane } from '../../src/commit/journal/journaled-store.ts';
import { WearGovernor } from '../../src/commit/wear-governor.ts';
import type { Datagram, Gateway, Input, Outcome } from '../../src/gateway/contract.ts';
import type { HandNote, InHand } from '../../src/gateway/crash-loop.ts';
import type { GatewayEvent } from '../../src/gateway/events.ts';
import { createGateway } from '../../src/gateway/gateway.ts';
import type { GatewayConfiguration } from '../../src/gateway/gateway-options.ts';
import type { OperatorAction } from '../../src/gateway/operator.ts';
import type { Answer, Query } from '../../src/gateway/views.ts';
import type { KeyWatch } from './key-watch.ts';
import type { Random } from './random.ts';
import { simulatedAead } from './simulated-aead.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { convictedBy, inStartOrder } from './start-order.ts';
import type { Planned, Timeline } from './timeline.ts';

export const secureListener = 'secure' as ListenerName;
export const plainListener = 'plain' as ListenerName;

export type GatewayConfigured = Omit<GatewayConfiguration, 'listeners'>;

/** What the process reaches of the world. */
export interface Surroundings {
  readonly configuration: GatewayConfigured;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly disk: SimulatedDisk;
  readonly keys: KeyWatch;
  /** Opportunities for a cut until it comes; undefined for none. */
  readonly cutAfter: number | undefined;
  readonly wallAt: (nowMs: number) => { wall: number; trusted: boolean };
  readonly commitMs: () => number;
  send(datagram: Datagram): void;
  tell(event: GatewayEvent): void;
  died(where: string): void;
  /** What the crash-loop breaker has convicted at this start. */
  readonly culprit: InHand | undefined;
  /** Throws `Fault` where the gateway is to die of what it has in hand. */
  readonly meet: HandNote;
  crashed(inHand: InHand | undefined): void;
}

class PowerCut extends Error {}

/** What cannot be, and ends the process. */
export class Fault extends Error {}

const wasm = readWasm();
/** So little that within some dozens of batches commits are as far apart as they may be: every spacing is met. */
const wearBytesPerDay = 1_000_000;
const batchBytes = 4_096;
const restoreChunkRecords = 7;
/** How long it takes at most to read a chunk while devices are served. */
const readOnEachMs = [0, 30, 400] as const;

export class GatewayProcess {
  alive = true;
  /** It takes datagrams. */
  serving = false;
  /** It has read everything, and takes what operators ask. */
  ready = false;
  private readonly world: Surroundings;
  private readonly gateway: Gateway;
  private readonly scheduler = new CommitScheduler();
  private readonly governor: WearGovernor;
  private readonly startedAtMs: number;
  private cutsIn: number | undefined;
  private timer: Planned | undefined;
  private requests = 0;
  private batches = 0;
  /** What the disk has in hand, by its number. */
  private readonly submitted = new Map<number, CommitClass>();
  private recovering = false;
  private inHand: InHand | undefined;
  private stopping = false;

  constructor(world: Surroundings) {
    this.world = world;
    this.startedAtMs = world.timeline.nowMs;
    this.cutsIn = world.cutAfter;
    const entropy = (into: Uint8Array) => world.random.fill(into);
    const engine = world.keys.over(
      Engine.instantiate(wasm, {
        random: entropy,
        monotonicMs: () => this.now().monotonic,
        wallMs: () => this.now().wall,
      }),
    );
    const spacing = { spacingMs: limits.commitSpacingMs, spacingWidestMs: limits.commitLatestMs };
    this.governor = new WearGovernor({ bytesPerDay: wearBytesPerDay, ...spacing }, this.now().monotonic);
    const listeners = [
      { name: secureListener, security: 'psk' as const },
      { name: plainListener, security: 'none' as const },
    ];
    const configuration = { ...world.configuration, listeners };
    const nowInHand: HandNote = (kind, name) => {
      this.inHand = { kind, name };
      world.meet(kind, name);
    };
    this.gateway = createGateway({ configuration, engine, entropy, aead: simulatedAead, nowInHand });
  }

  start(): void {
    this.living(() => {
      const opened = this.open();
      const { culprit } = this.world;
      const isConvicted = convictedBy(culprit, opened.records);
      const usable = opened.records.filter(({ key }) => !isConvicted(key));
      for (const record of opened.records)
        if (isConvicted(record.key)) this.world.disk.setAside(record, 'a crash loop');
      const [first, late] = inStartOrder(usable);
      this.restoreAll(first);
      const waits = culprit !== undefined || !this.gateway.mayServe;
      if (waits) this.restoreAll(late);
      this.mayBeCut('at the end of the restore');
      this.serving = true;
      this.apply(this.gateway.restored(opened.generation, opened.lastStop, this.now(), culprit));
      this.readOn(waits ? [] : late, this.world.random.pick(readOnEachMs));
    });
  }

  private restoreAll(records: readonly StoredRecord[]): void {
    for (let at = 0; at < records.length; at += restoreChunkRecords) {
      this.mayBeCut('during the restore');
      this.restore(records.slice(at, at + restoreChunkRecords));
    }
  }

  private restore(chunk: readonly StoredRecord[]): void {
    for (const { record, why } of this.gateway.restore(chunk, this.now())) this.world.disk.setAside(record, why);
  }

  /** Hands over what is late, with time between the chunks, in which devices are served. */
  private readOn(late: readonly StoredRecord[], eachMs: number): void {
    if (late.length === 0) {
      this.ready = true;
      return this.apply(this.gateway.readOn(true, this.now()));
    }
    const next = (): void => {
      this.mayBeCut('while it serves and reads on');
      this.restore(late.slice(0, restoreChunkRecords));
      const rest = late.slice(restoreChunkRecords);
      if (rest.length > 0) this.apply(this.gateway.readOn(false, this.now()));
      this.readOn(rest, eachMs);
    };
    this.world.timeline.plan(this.world.random.between(0, eachMs), () => this.living(next));
  }

  receive(listener: ListenerName, from: Address, bytes: Uint8Array): void {
    this.input({ kind: 'datagram', listener, from, bytes });
  }

  /** Whether the gateway has been told that its store takes commits. */
  get storeTakes(): boolean {
    const answer = this.inspect({ kind: 'status' });
    return answer.kind === 'status' && answer.status.store === 'ok';
  }

  /** The number that the next request of an operator will have. */
  get nextRequest(): number {
    return this.requests + 1;
  }

  operate(action: OperatorAction): number {
    const id = ++this.requests;
    this.input({ kind: 'operator', request: { id, account: 'ops', action } });
    return id;
  }

  inspect(query: Query): Answer {
    return this.gateway.inspect(query, this.now());
  }

  /** A clean stop, as the host makes it. */
  stop(): void {
    this.living(() => {
      const { disk } = this.world;
      this.apply(this.gateway.stop(this.now()));
      this.stopping = true;
      while (disk.isBusy) for (const lane of ['ring', 'database'] as const) this.landed(lane);
      const { writes, upTo } = this.scheduler.drain();
      disk.submit({ id: ++this.batches, class: 'soon', writes, isLast: true });
      disk.begin(this.now().monotonic);
      this.mayBeCut('while the last batch is written');
      // A store that refuses takes no last batch; then the next start finds no clean stop.
      const isTaken = disk.isUnderWay('database') && disk.faults.database === undefined;
      if (disk.isUnderWay('database')) disk.complete('database');
      if (isTaken && upTo !== undefined) this.sendAll(this.gateway.committed(upTo, this.now()));
      disk.cut(this.world.random);
      this.end();
    });
  }

  /** The power goes after so many more opportunities. */
  cutAfter(opportunities: number): void {
    this.cutsIn = opportunities;
  }

  /** The power stays from now on. */
  spare(): void {
    this.cutsIn = undefined;
  }

  /** The power goes now. */
  cut(where = 'at an instant'): void {
    if (!this.alive) return;
    this.end();
    this.world.disk.cut(this.world.random);
    this.world.died(where);
  }

  /** Opening writes too: the power may go after any of its steps. */
  private open(): ReturnType<SimulatedDisk['open']> {
    const { disk, random } = this.world;
    if (this.cutsIn !== 1) {
      if (this.cutsIn !== undefined) this.cutsIn--;
      return disk.open();
    }
    disk.openCutShort(random.pick(['nothing', 'file', 'records', 'ring', 'marker'] as const));
    this.end();
    this.world.died('while the store opens');
    throw new PowerCut();
  }

  private input(input: Input): void {
    const isTaken = input.kind === 'operator' ? this.ready : this.serving;
    if (isTaken) this.living(() => this.apply(this.gateway.receive(input, this.now())));
  }

  private apply(outcome: Outcome): void {
    for (const event of outcome.events) this.world.tell(event);
    for (const commit of outcome.commits) this.scheduler.add(commit, this.now().monotonic);
    this.sendAll(outcome);
    this.pump();
    this.setTimer();
  }

  private sendAll(outcome: Outcome): void {
    for (const datagram of outcome.send) {
      this.mayBeCut('between two sends');
      this.world.send(datagram);
    }
  }

  private pump(): void {
    const { disk } = this.world;
    if (!this.alive || this.stopping) return;
    if (disk.store.wantsSoon) this.scheduler.hasten();
    const now = this.now().monotonic;
    for (let batch = this.scheduler.next(now); batch !== undefined; batch = this.scheduler.next(now)) {
      const id = ++this.batches;
      this.submitted.set(id, batch.class);
      disk.submit({ id, class: batch.class, writes: batch.writes });
      this.governor.note(id * batchBytes, now);
      this.scheduler.setSpacing(this.governor.spacingMs(now));
    }
    this.beginWork();
  }

  private beginWork(): void {
    const { disk, timeline, commitMs } = this.world;
    for (const lane of disk.begin(this.now().monotonic)) {
      this.mayBeCut('after a batch was handed over');
      timeline.plan(commitMs(), () => this.living(() => this.landed(lane)));
    }
    this.settle();
  }

  private landed(lane: Lane): void {
    const { disk } = this.world;
    if (!disk.isUnderWay(lane)) return;
    this.mayBeCut('before a batch is durable');
    disk.complete(lane);
    this.mayBeCut('after a batch is durable, before anybody knows');
    this.beginWork();
    this.setTimer();
  }

  private settle(): void {
    for (const { id, failure } of this.world.disk.takeSettled()) {
      const commitClass = this.submitted.get(id);
      this.submitted.delete(id);
      if (commitClass === undefined) this.recoveryEnded(failure);
      else if (failure !== undefined) this.refused(commitClass, failure);
      else this.written(commitClass);
    }
  }

  private written(commitClass: CommitClass): void {
    const upTo = this.scheduler.written(commitClass);
    if (upTo !== undefined) this.apply(this.gateway.committed(upTo, this.now()));
    else this.pump();
  }

  private refused(commitClass: CommitClass, { kind }: Failure): void {
    this.scheduler.rejected(commitClass, this.now().monotonic);
    if (commitClass === 'before-ack') this.apply(this.gateway.storeState(kind, this.now()));
    if (!this.recovering) this.tryToRecover();
  }

  private tryToRecover(): void {
    this.recovering = true;
    this.world.timeline.plan(1_000, () =>
      this.living(() => {
        this.world.disk.store.recover(++this.batches);
        this.beginWork();
      }),
    );
  }

  private recoveryEnded(failure: Failure | undefined): void {
    if (failure !== undefined) return this.tryToRecover();
    this.recovering = false;
    this.scheduler.resume();
    this.apply(this.gateway.storeState('ok', this.now()));
  }

  private setTimer(): void {
    this.world.timeline.cancel(this.timer);
    if (!this.alive) return;
    const next = [this.gateway.nextDeadline()?.at, this.scheduler.nextDeadline()?.at].filter((at) => at !== undefined);
    if (next.length === 0) return;
    const at = Math.min(...next);
    this.timer = this.world.timeline.plan(at - this.now().monotonic, () =>
      this.living(() => this.apply(this.gateway.advance(this.now()))),
    );
  }

  private mayBeCut(where: string): void {
    if (this.cutsIn === undefined || --this.cutsIn > 0) return;
    this.cut(where);
    throw new PowerCut();
  }

  private living(work: () => void): void {
    if (!this.alive) return;
    try {
      work();
      this.inHand = undefined;
    } catch (error) {
      if (error instanceof Fault) this.crash();
      else if (!(error instanceof PowerCut)) throw error;
    }
  }

  private crash(): void {
    this.end();
    this.world.disk.cut(this.world.random);
    this.world.crashed(this.inHand);
  }

  private end(): void {
    this.alive = false;
    this.serving = false;
    this.ready = false;
    this.world.timeline.cancel(this.timer);
  }

  private now(): Now {
    const { nowMs } = this.world.timeline;
    const { wall, trusted } = this.world.wallAt(nowMs);
    return { monotonic: (nowMs - this.startedAtMs) as Monotonic, wall: wall as Wall, wallTrusted: trusted };
  }
}

export const deviceKey = (name: string): Uint8Array => utf8Encode(`key of ${name}`.padEnd(16, '.'));
