/**
 * What must hold, whatever happens: kept beside the world, by looking at the wire and at what devices saw.
 *
 * - No DTLS sequence number is used twice under one key.
 * - What a device saw acknowledged is in the event log, or every named reader has read it there and was told that its cursor
 *   is beyond; each message is there once, and no event gets the id of another.
 * - A device that was told it is registered stays registered, and never has to shake hands or register again.
 * - When faults end, every device is heard and answers.
 */
import { toHex } from '../../src/base/bytes.ts';
import { cutRecords } from '../../src/dtls/record.ts';
import { deviceConnectionIdBytes } from './answering-link.ts';

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
  private readonly sequences = new Map<string, Set<number>>();
  private readonly acknowledged = new Map<string, Report>();

  violate(what: string): void {
    this.violations.push(what);
  }

  /** A datagram of the gateway, before the network may lose it. `key` names the connection that it is sealed for. */
  sent(key: string, datagram: Uint8Array): void {
    // A flight of a handshake is sealed with keys of its own: somebody may have replayed a ClientHello from that address.
    if (isFlight(datagram)) return;
    const seen = this.sequences.get(key) ?? new Set<number>();
    this.sequences.set(key, seen);
    for (const { epoch, sequence } of protectedRecords(datagram)) {
      const at = epoch * 2 ** 48 + sequence;
      if (seen.has(at)) this.violate(`sequence number ${sequence} was used twice under the key of ${key}`);
      seen.add(at);
    }
  }

  acknowledgedBy(report: Report): void {
    this.acknowledged.set(`${report.device} ${report.number}`, report);
  }

  get acknowledgedCount(): number {
    return this.acknowledged.size;
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

/** The connection ID of a device's own in the first record, in hex; only connections that the gateway began have one. */
export function ownConnectionId(datagram: Uint8Array): string | undefined {
  const [record] = cutRecords(datagram, deviceConnectionIdBytes).records;
  return record?.connectionId && toHex(record.connectionId);
}

/** Epoch and sequence number of the records that are protected (RFC 6347 section 4.1). */
function protectedRecords(datagram: Uint8Array): readonly { epoch: number; sequence: number }[] {
  return cutRecords(datagram, deviceConnectionIdBytes).records.filter(({ epoch }) => epoch > 0);
}

/** Whether its first record is of epoch 0. */
function isFlight(datagram: Uint8Array): boolean {
  return datagram[3] === 0 && datagram[4] === 0;
}
