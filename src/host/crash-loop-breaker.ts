/**
 * Keeps a poison record or peer from keeping the gateway down: remembers what is in hand, writes it down so that it outlives the
 * process, and asks the policy (`src/gateway/crash-loop.ts`) at the next start what to make of a death.
 *
 * What an authenticated peer sent is written down whenever another peer's turn comes. Addresses and records are only
 * remembered, and written as an error ends the process; after a death they are written down as well, until the row has ended: so
 * one that dies without an error (killed by a watchdog, out of memory) is found out one death later, and the rest of the time
 * they cost nothing.
 */
import { resolve } from 'node:path';
import { limits } from '../base/limits.ts';
import { afterDeath, type Deaths, type HandNote, type InHand } from '../gateway/crash-loop.ts';
import { Breadcrumb } from './breadcrumb.ts';

export interface BreakerOptions {
  readonly stateDirectory: string;
  /** Where the breadcrumb lies; the system's shared memory when left out. */
  readonly directory?: string;
  /** How long to serve without dying until the row has ended. */
  readonly rowEndsMs?: number;
}

export class CrashLoopBreaker {
  private readonly crumb: Breadcrumb;
  private readonly rowEndsMs: number;
  private row: readonly Deaths[] = [];
  private culprit: InHand | undefined;
  private isOpen = false;
  /** Something was died of: everything is written down. */
  private isWatching = false;
  private kind: InHand['kind'] | undefined;
  private name = '';
  private clearing = false;
  private timer: NodeJS.Timeout | undefined;

  constructor({ stateDirectory, directory, rowEndsMs = limits.deathRowEndsMs }: BreakerOptions) {
    this.crumb = new Breadcrumb(resolve(stateDirectory), directory);
    this.rowEndsMs = rowEndsMs;
  }

  /** Reads what the process before left, once the store is this process's own. Returns what is convicted by it. */
  open(): InHand | undefined {
    if (this.isOpen) return this.culprit;
    this.isOpen = true;
    const { died, inHand, row } = this.crumb.open();
    const judged = died ? afterDeath(row, inHand) : { row, culprit: undefined };
    this.row = judged.row;
    this.culprit = judged.culprit;
    this.isWatching = died;
    this.crumb.begin(this.row);
    return this.culprit;
  }

  /** The gateway serves: from now on time speaks for those it has died of. */
  serving(): void {
    this.timer = setTimeout(() => this.endRow(), this.rowEndsMs).unref();
  }

  readonly nowInHand: HandNote = (kind, name) => {
    this.kind = kind;
    this.name = name;
    if (kind === 'peer' || this.isWatching) this.crumb.put(kind, name);
  };

  /** A step has ended well. It is written at the end of the turn: often another step follows at once. */
  nothingInHand(): void {
    this.kind = undefined;
    if (this.clearing || this.crumb.isEmpty) return;
    this.clearing = true;
    setImmediate(() => {
      this.clearing = false;
      if (this.kind === undefined) this.crumb.put(undefined, '');
    });
  }

  /** The process dies of an error: what was in hand is written down. */
  leave(): void {
    if (this.kind !== undefined) this.crumb.put(this.kind, this.name);
  }

  /** The process stops, or refuses to start: that is no death. */
  close(): void {
    clearTimeout(this.timer);
    if (this.isOpen) this.crumb.end(this.row);
  }

  private endRow(): void {
    this.row = [];
    this.isWatching = false;
    this.crumb.begin([]);
  }
}
