/**
 * What must hold, whatever happens: kept beside the world, by looking at the wire and at what devices saw.
 *
 * - What a device saw acknowledged is in the event log, or every named reader has read it there and was told that its cursor
 *   is beyond; each message is there once, and no event gets the id of another.
 * - A device that was told it is registered stays registered, and never has to shake hands or register again.
 * - What is to be done once is executed once; what was accepted from an operator ends, or still waits.
 * - When faults end, every device is heard and answers.
 *
 * Keys and sequence numbers are watched by `key-watch.ts`, who is contacted when by `contacts.ts`.
 */
import { toHex } from '../../src/base/bytes.ts';

/** Where a notification or Send of a device stands. */
export interface Report {
  readonly device: string;
  readonly number: number;
  readonly messageId: number;
}

/** An event of the log, read off the disk. */
export interface LoggedReport extends Report {
  readonly id: number;
  readonly token: Uint8Array;
}

export class Monitor {
  readonly violations: string[] = [];
  /** Every event that was seen in the log, by id. */
  private readonly logged = new Map<number, LoggedReport>();
  /** Where each reader stands, as it was answered. */
  private readonly cursors = new Map<string, number>();
  private madeRoomUpTo = 0;
  private readonly acknowledged = new Map<string, Report>();
  private readonly executions = new Map<string, string[]>();

  violate(what: string): void {
    this.violations.push(what);
  }

  acknowledgedBy(report: Report): void {
    this.acknowledged.set(`${report.device} ${report.number}`, report);
  }

  get acknowledgedCount(): number {
    return this.acknowledged.size;
  }

  /**
   * A device carried out what must not be done twice. `memory`: a device without DTLS that begins anew forgets what it has answered,
   * and has no keys that tell it what is old; a name for what it remembers.
   */
  executed(device: string, what: string, memory: string): void {
    const name = `${device} ${what}`;
    const memories = this.executions.get(name) ?? [];
    if (memories.includes(memory)) this.violate(`${device} executed ${what} again`);
    this.executions.set(name, [...memories, memory]);
  }

  hasExecuted(device: string, what: string): boolean {
    return this.executions.has(`${device} ${what}`);
  }

  /** The gateway has answered a reader of the log. */
  readerIsAt(name: string, cursor: number): void {
    this.cursors.set(name, cursor);
  }

  /** The log was full: events up to this id may have made room, once they were seen in it. */
  mayHaveMadeRoom(upTo: number): void {
    this.madeRoomUpTo = upTo;
  }

  /** What the log holds now: some of it may be gone when its readers have moved on. */
  sawLog(events: readonly LoggedReport[]): void {
    for (const event of events) {
      const earlier = this.logged.get(event.id);
      if (earlier !== undefined && messageOf(earlier) !== messageOf(event)) {
        this.violate(`event ${event.id} was ${messageOf(earlier)} and is ${messageOf(event)}`);
      }
      this.logged.set(event.id, event);
    }
  }

  /** Compares what the event log holds, and held for its readers, with what devices saw. */
  checkLog(events: readonly LoggedReport[]): void {
    this.sawLog(events);
    const held = new Set(events.map(({ id }) => id));
    const read = this.cursors.size === 0 ? 0 : Math.min(...this.cursors.values());
    const passed = Math.max(read, this.madeRoomUpTo);
    const found = new Set<string>();
    const messages = new Set<string>();
    for (const event of this.logged.values()) {
      if (!held.has(event.id) && event.id > passed) continue;
      found.add(`${event.device} ${event.number}`);
      const message = messageOf(event);
      if (messages.has(message)) this.violate(`in the event log twice: ${message}`);
      messages.add(message);
    }
    for (const name of this.acknowledged.keys()) {
      if (!found.has(name)) this.violate(`acknowledged, and lost: ${name}`);
    }
  }
}

function messageOf({ device, number, messageId, token }: LoggedReport): string {
  return `${device} ${number} message ${messageId} token ${toHex(token)}`;
}
