/**
 * The gateway at work: feeds the machine with what arrives and with the passing of time, and carries out what each step asks for.
 *
 *   transports ──datagram──► feed ──► Gateway.receive ──► Outcome ──► commits to the pump, datagrams out, events to subscribers
 *   one timer  ──deadline──► Gateway.advance ─────────────►  "
 *   pump       ──durable───► Gateway.committed ───────────►  "
 *
 * Commits are begun at the end of a turn of the event loop. Every step of the machine runs to its end before the next begins. An error thrown in it is never caught here for good: it ends
 * the process, since a restart is the best-tested path there is. A socket hands over at most 32 datagrams a turn of the event
 * loop (the bound is libuv's), so timers, operators and the store are served between them.
 */
import type { Address } from '../base/address.ts';
import { earliest, type Monotonic } from '../base/instants.ts';
import type { StoredRecord } from '../commit/commit.ts';
import {
  type DamagedRecord,
  type Gateway,
  type Input,
  type ListenerName,
  nothing,
  type Outcome,
  type StoreState,
} from '../gateway/contract.ts';
import type { GatewayEvent } from '../gateway/events.ts';
import type { Answer, Query } from '../gateway/views.ts';
import type { Clock } from './clock.ts';
import { CommitPump, type RunningStore, type Scheduler } from './commit-pump.ts';
import type { Transport } from './transport.ts';

export type Subscriber = (event: GatewayEvent) => void;

export interface RuntimeOptions {
  readonly gateway: Gateway;
  readonly scheduler: Scheduler;
  readonly store: RunningStore;
  readonly clock: Clock;
  readonly transports: readonly Transport[];
  /** Logs the error with its stack and ends the process. */
  readonly fatal: (error: unknown) => never;
  /** Told each time a step has ended well. */
  readonly stepEnded?: () => void;
  /** Told each time a write or a recovery of the store fails, and with `ok` when it is whole again. */
  readonly storeReport?: (state: StoreState, cause: unknown) => void;
  /** Told each time the database refuses what nobody waits for, while everything else goes on. */
  readonly storeTrouble?: (cause: unknown) => void;
  /** The first wait before a broken store is reopened, in milliseconds; it doubles up to a minute. */
  readonly recoverFirstMs?: number;
}

/** A card that erases before it writes may take seconds; this long none takes. */
const writeStuckMs = 60_000;

/** The longest wait that `setTimeout` takes. */
const timerLongestMs = 2 ** 31 - 1;

export class Runtime {
  private readonly gateway: Gateway;
  private readonly clock: Clock;
  private readonly transports = new Map<ListenerName, Transport>();
  private readonly fatal: (error: unknown) => never;
  private readonly storeReport: (state: StoreState, cause: unknown) => void;
  private readonly stepEnded: () => void;
  private readonly pump: CommitPump;
  private readonly subscribers = new Set<Subscriber>();
  private readonly eventsWaiting: GatewayEvent[] = [];
  private delivering = false;
  /** The end of this turn of the event loop is awaited. */
  private turnEnds = false;
  private timer: NodeJS.Timeout | undefined;
  private timerAt: Monotonic | undefined;
  private phase: 'starting' | 'serving' | 'stopping' | 'stopped' = 'starting';
  private lastStoreState: StoreState = 'ok';
  private requests = 0;
  /** Datagrams for a listener that is no longer configured. */
  unsendable = 0;

  constructor(o: RuntimeOptions) {
    this.gateway = o.gateway;
    this.clock = o.clock;
    this.fatal = o.fatal;
    this.storeReport = o.storeReport ?? (() => {});
    this.stepEnded = o.stepEnded ?? (() => {});
    for (const transport of o.transports) this.transports.set(transport.listener, transport);
    const { scheduler, store, clock, fatal } = o;
    const events = {
      committed: (upTo: Parameters<Gateway['committed']>[0]) =>
        this.step(() => this.gateway.committed(upTo, this.clock.now())),
      storeState: (state: StoreState, cause: unknown) => this.storeChanged(state, cause),
      trouble: o.storeTrouble ?? (() => {}),
      settled: () => this.step(() => nothing),
      fatal,
    };
    this.pump = new CommitPump(scheduler, store, clock, events, o.recoverFirstMs);
  }

  /** Begins to serve with what `Gateway.restored` returned: from now on datagrams are read and time passes. */
  start(first: Outcome): void {
    this.phase = 'serving';
    this.step(() => first);
    const receive = (listener: ListenerName, from: Address, bytes: Uint8Array): void => {
      this.feed({ kind: 'datagram', listener, from, bytes });
    };
    for (const transport of this.transports.values()) transport.startReading(receive);
  }

  /** Hands over more of what the store kept; returns what of it is damaged. */
  restore(chunk: readonly StoredRecord[]): readonly DamagedRecord[] {
    try {
      return this.gateway.restore(chunk, this.clock.now());
    } catch (error) {
      return this.fatal(error);
    }
  }

  /** More of what the store kept was restored, or (`isAll`) there is no more: whoever waited for it is served. */
  readOn(isAll: boolean): void {
    this.step(() => this.gateway.readOn(isAll, this.clock.now()));
  }

  /** Hands one input to the machine. While the gateway stops, a datagram is left to the next process, an operator is told. */
  feed(input: Input): void {
    if (this.phase === 'serving') this.step(() => this.gateway.receive(input, this.clock.now()));
    else if (input.kind === 'operator') this.refuse(input.request.id);
  }

  /** A fresh number for an operator's request. */
  nextRequestId(): number {
    return ++this.requests;
  }

  /** Answers from what the gateway knows. */
  inspect(query: Query): Answer {
    try {
      return this.gateway.inspect(query, this.clock.now());
    } catch (error) {
      return this.fatal(error);
    }
  }

  /** Every event from now on goes to `subscriber`, in order, at once. Returns what ends the subscription. */
  subscribe(subscriber: Subscriber): () => void {
    this.subscribers.add(subscriber);
    return () => {
      this.subscribers.delete(subscriber);
    };
  }

  /** What only a new process may mend, in a few words; undefined while all is well. */
  whatIsStuck(): string | undefined {
    const since = this.pump.underWaySince;
    if (since !== undefined && this.clock.now().monotonic - since > writeStuckMs) return 'a write does not come back';
    const isBound = [...this.transports.values()].every((transport) => transport.isBound);
    return isBound ? undefined : 'a socket is not bound any more';
  }

  /**
   * The clean stop: stops reading, makes everything durable with the mark of a clean stop, sends what that releases. True when
   * the store took it all. What still arrives belongs to the next process.
   */
  async stop(): Promise<boolean> {
    if (this.phase !== 'serving') return false;
    for (const transport of this.transports.values()) transport.stopReading();
    this.phase = 'stopping';
    this.step(() => this.gateway.stop(this.clock.now()));
    const clean = await this.pump.finish();
    this.phase = 'stopped';
    clearTimeout(this.timer);
    for (const transport of this.transports.values()) transport.close();
    return clean;
  }

  /** One step of the machine and everything it asks for. Commits are handed over first: a subscriber may feed again. */
  private step(run: () => Outcome): void {
    try {
      this.apply(run());
      this.stepEnded();
    } catch (error) {
      this.fatal(error);
    }
  }

  private apply(outcome: Outcome): void {
    if (outcome.commits.length > 0) this.pump.add(outcome.commits, this.clock.now().monotonic);
    for (const datagram of outcome.send) {
      const transport = this.transports.get(datagram.listener);
      if (transport === undefined) this.unsendable++;
      else transport.send(datagram);
    }
    this.deliver(outcome.events);
    if (this.turnEnds || this.phase !== 'serving') return;
    this.turnEnds = true;
    setImmediate(() => this.endTurn());
  }

  /**
   * What all steps of a turn have written goes in one batch, and what that releases is carried out together: while datagrams
   * come as fast as they are worked on, most of the work of a commit is done once for many of them.
   */
  private endTurn(): void {
    this.turnEnds = false;
    if (this.phase !== 'serving') return;
    try {
      this.pump.pump();
      this.arm();
    } catch (error) {
      this.fatal(error);
    }
  }

  /** Events reach every subscriber in the order of the steps, even when a subscriber causes a further step. */
  private deliver(events: readonly GatewayEvent[]): void {
    for (const event of events) this.eventsWaiting.push(event);
    if (this.delivering) return;
    this.delivering = true;
    for (let event = this.eventsWaiting.shift(); event !== undefined; event = this.eventsWaiting.shift()) {
      for (const subscriber of this.subscribers) subscriber(event);
    }
    this.delivering = false;
  }

  /** One timer for the earliest deadline of all. It is moved only forward in time; a wake too early sets it anew. */
  private arm(): void {
    const at = earliest(this.gateway.nextDeadline()?.at, this.pump.nextDeadline());
    if (at === undefined || (this.timerAt !== undefined && this.timerAt <= at)) return;
    clearTimeout(this.timer);
    this.timerAt = at;
    const waitMs = Math.min(Math.max(Math.ceil(at - this.clock.now().monotonic), 0), timerLongestMs);
    this.timer = setTimeout(() => this.wake(), waitMs);
  }

  private wake(): void {
    this.timerAt = undefined;
    if (this.phase !== 'serving') return;
    const now = this.clock.now();
    const due = this.gateway.nextDeadline();
    if (due !== undefined && due.at <= now.monotonic) this.step(() => this.gateway.advance(now));
    else this.step(() => nothing);
  }

  private storeChanged(state: StoreState, cause: unknown): void {
    this.storeReport(state, cause);
    if (state === this.lastStoreState) return;
    this.lastStoreState = state;
    this.step(() => this.gateway.storeState(state, this.clock.now()));
  }

  private refuse(request: number): void {
    const message = 'the gateway is starting or stopping; nothing was done';
    const answer = { kind: 'error', code: 'STORE_UNAVAILABLE', message } as const;
    this.step(() => ({ ...nothing, events: [{ kind: 'answer', request, answer }] }));
  }
}
