/**
 * What a fleet asks of the gateway in the wear bench: each device sends an Update every 5 minutes and, if asked for, a confirmable
 * notification a minute, at phases of its own. The gateway is the real one with DTLS and sealed records; a named reader of
 * the event log keeps up. Time is the caller's, and so is when commits are durable.
 *
 * The lifetime is such that no Update can be left unwritten (see `refresh-times.ts`): the dearest kind of fleet.
 */
import assert from 'node:assert/strict';
import type { Monotonic } from '../../../src/base/instants.ts';
import type { Commit, CommitId, StoredRecord } from '../../../src/commit/commit.ts';
import type { Outcome } from '../../../src/gateway/contract.ts';
import { Random } from '../../simulation/random.ts';
import type { FleetDevice } from '../fleet-device.ts';
import { inKeyOrder, listener, MachineWorld } from '../machine-world.ts';

export interface WearLoad {
  readonly devices: number;
  readonly notifications: boolean;
  readonly seed: number;
}

export type MessageKind = 'update' | 'notification';

/** What one step of the gateway wants to be durable, and the device's message that led to it. */
export interface FleetStep {
  readonly commits: readonly Commit[];
  readonly message: MessageKind | undefined;
}

const updatePeriodMs = 300_000;
const notificationPeriodMs = 60_000;
const lifetimeSeconds = 600;
const reader = 'bench';

export class WearFleet {
  private readonly world = new MachineWorld(undefined, true).begin();
  private readonly talks: readonly Talk[];
  private newestTold = 0;
  private cursor = 0;
  private sent = 0;
  private received = 0;

  constructor({ devices, notifications, seed }: WearLoad) {
    this.world.bringIn(devices, lifetimeSeconds);
    this.world.operate({ kind: 'set-reader', name: reader, cursor: 0, reset: false });
    const random = new Random(seed);
    const talk = (message: MessageKind, periodMs: number): Talk =>
      new Talk(message, this.world.devices, this.world.nowMs, periodMs, random);
    const updates = talk('update', updatePeriodMs);
    this.talks = notifications ? [updates, talk('notification', notificationPeriodMs)] : [updates];
  }

  get nowMs(): number {
    return this.world.nowMs;
  }

  /** What the store has to hold before the first step. */
  records(): readonly StoredRecord[] {
    return inKeyOrder(this.world.records);
  }

  /** When `step` is due. */
  nextAtMs(): number {
    const due = this.world.gateway.nextDeadline()?.at ?? Number.POSITIVE_INFINITY;
    return Math.min(due, ...this.talks.map(({ nextAtMs }) => nextAtMs));
  }

  /** Passes the time up to `nowMs`, and does one thing that is due then. */
  step(nowMs: number): FleetStep {
    this.world.nowMs = nowMs;
    const talk = this.talks.find(({ nextAtMs }) => nextAtMs <= nowMs);
    if (talk === undefined) return this.taken(this.world.gateway.advance(this.world.now()));
    const device = talk.take();
    const bytes = talk.message === 'update' ? device.update() : device.notification();
    this.sent++;
    const input = { kind: 'datagram', listener, from: device.address, bytes } as const;
    return this.taken(this.world.gateway.receive(input, this.world.now()), talk.message);
  }

  /** The commits up to this one are durable: what waited for them goes out, and the reader reads it. */
  committed(upTo: CommitId, nowMs: number): readonly FleetStep[] {
    this.world.nowMs = nowMs;
    const steps = [this.taken(this.world.gateway.committed(upTo, this.world.now()))];
    if (this.newestTold === this.cursor) return steps;
    this.cursor = this.newestTold;
    const action = { kind: 'set-reader', name: reader, cursor: this.cursor, reset: false } as const;
    const request = { id: -this.cursor, account: 'bench', action };
    return [...steps, this.taken(this.world.gateway.receive({ kind: 'operator', request }, this.world.now()))];
  }

  /** To be asked when all commits are durable: a bench of messages that went wrong says nothing. */
  assertAllAnswered(): void {
    assert.equal(this.received, this.sent, 'each message of a device was answered once');
  }

  free(): void {
    this.world.freeDevices();
  }

  private taken({ commits, send, events }: Outcome, message?: MessageKind): FleetStep {
    this.received += send.length;
    for (const event of events)
      if (event.kind === 'logged') this.newestTold = Math.max(this.newestTold, event.event.id);
    return { commits, message };
  }
}

/** A message of every device once a period, each at its own phase. */
class Talk {
  readonly message: MessageKind;
  private readonly turns: readonly { readonly device: FleetDevice; readonly phaseMs: number }[];
  private readonly sinceMs: number;
  private readonly periodMs: number;
  private taken = 0;

  constructor(
    message: MessageKind,
    devices: readonly FleetDevice[],
    sinceMs: number,
    periodMs: number,
    random: Random,
  ) {
    [this.message, this.sinceMs, this.periodMs] = [message, sinceMs, periodMs];
    this.turns = devices
      .map((device) => ({ device, phaseMs: random.fraction() * periodMs }))
      .sort((a, b) => a.phaseMs - b.phaseMs);
  }

  get nextAtMs(): Monotonic {
    const periods = Math.floor(this.taken / this.turns.length);
    return (this.sinceMs + periods * this.periodMs + this.turn.phaseMs) as Monotonic;
  }

  take(): FleetDevice {
    const { device } = this.turn;
    this.taken++;
    return device;
  }

  private get turn(): { readonly device: FleetDevice; readonly phaseMs: number } {
    const turn = this.turns[this.taken % this.turns.length];
    assert.ok(turn !== undefined, 'there are devices');
    return turn;
  }
}
