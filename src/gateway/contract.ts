/**
 * The contract of the gateway: a synchronous state machine without sockets, clocks, disks or chance of its own. The host (or
 * a simulated world) feeds it and carries out what each step returns. Read this file first.
 *
 *   input, passing time ──► Gateway ──► Outcome { commit, send, events }
 *                              ▲                    │
 *                              └──── committed ◄────┘ the host has made the commit durable
 *
 * What waits for a commit waits inside, as plaintext; `committed` returns it sealed. So nothing can be acknowledged before
 * it is stored: no caller could write that.
 */
import type { Address, ListenerName } from '../base/address.ts';
import type { Monotonic, Now } from '../base/instants.ts';
import type { Commit, CommitId, StoredRecord } from '../commit/commit.ts';
import type { InHand } from './crash-loop.ts';
import type { GatewayEvent } from './events.ts';
import type { OperatorRequest } from './operator.ts';
import type { Answer, Query } from './views.ts';

/** A datagram to be sent from a listener to a peer. */
export interface Datagram {
  readonly listener: ListenerName;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

export type { ListenerName } from '../base/address.ts';

export type StoreState = 'ok' | 'full' | 'readonly' | 'failed' | 'superseded';

export type Input =
  | { readonly kind: 'datagram'; readonly listener: ListenerName; readonly from: Address; readonly bytes: Uint8Array }
  | { readonly kind: 'operator'; readonly request: OperatorRequest };

/** A record that could not be read: which one, why, and (as far as its key tells) of which device it is. */
export interface DamagedRecord {
  readonly record: StoredRecord;
  readonly why: string;
  readonly whose: string | undefined;
}

/** What one step asks of the host. */
export interface Outcome {
  /** Hand these to the commit scheduler, in this order; report `before-ack` ones through `committed`. */
  readonly commits: readonly Commit[];
  /** Send all of these at once, always. What must wait for a commit is not among them. */
  readonly send: readonly Datagram[];
  /** For REST, metrics, log and trace; an operator's answer is one of them. */
  readonly events: readonly GatewayEvent[];
}

export interface Gateway {
  /**
   * Start-up: takes what the store kept, in chunks of any size; first, in any order, what is not late (`late-kinds.ts`), then the
   * rest, device by device. Returns the records that are damaged: the host sets them aside, everything else goes on.
   */
  restore(chunk: readonly StoredRecord[], now: Now): readonly DamagedRecord[];
  /** Whether `restored` may be called when all records but the late ones are restored; else it has to wait for these too. */
  readonly mayServe: boolean;
  /**
   * Begins to serve: only devices whose records were all read, until `readOn` says that these are everybody's. `generation` is durable and higher than that of any start before. `culprit`: whom the crash-loop breaker has
   * convicted at this start, and whose records were set aside: he is muted.
   */
  restored(generation: number, lastStop: 'clean' | 'unclean' | 'first', now: Now, culprit?: InHand): Outcome;
  /**
   * After `restored`, and after each chunk that is restored later, once what was damaged in it is set aside: it may be used, and
   * whoever waited for it is served. `isAll`: there is no more, or there was none. Only then deadlines of devices are met, and
   * operators may ask.
   */
  readOn(isAll: boolean, now: Now): Outcome;
  /** A datagram, or a request of an operator. Never throws for what the network sends. */
  receive(input: Input, now: Now): Outcome;
  /** A deadline is due: to be called when `nextDeadline().at` has come; harmless at any other time. */
  advance(now: Now): Outcome;
  /** Every `before-ack` commit up to `upTo` is durable. Returns what waited for them. */
  committed(upTo: CommitId, now: Now): Outcome;
  /** The store can or cannot take commits. */
  storeState(state: StoreState, now: Now): Outcome;
  /** A clean stop: returns a last commit with everything that is not durable yet; nothing is received after it. */
  stop(now: Now): Outcome;
  /** Answers from what the gateway knows; contacts no device, changes nothing. */
  inspect(query: Query, now: Now): Answer;
  nextDeadline(): { readonly at: Monotonic; readonly reason: string } | undefined;
}

export const nothing: Outcome = { commits: [], send: [], events: [] };
