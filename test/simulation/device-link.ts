/** How a simulated device's messages travel: over DTLS as client of the real engine, or plain. */
import { type ClientEndpoint, type Connection, DtlsError, type Engine, type Progress } from 'mbedtls-wasm';
import { contentType } from '../../src/dtls/record.ts';
import { AnsweringLink } from './answering-link.ts';
import { clientProof } from './device-proof.ts';
import type { Planned, Timeline } from './timeline.ts';

export interface LinkEvents {
  /** A datagram for the gateway. */
  send(bytes: Uint8Array): void;
  /** `resumed`: the handshake was abbreviated. */
  established(resumed: boolean): void;
  /** A handshake that the gateway began is complete: its connection is the device's. */
  answered(): void;
  /** The gateway has begun a handshake. */
  greeted(): void;
  /** A handshake of the device's own and one of the gateway's are open. */
  bothOpen(): void;
  message(plaintext: Uint8Array): void;
  lost(why: string): void;
}

/** Handshakes that the gateway began. */
export interface Answered {
  readonly full: number;
  readonly resumed: number;
}

export interface DeviceLink {
  readonly answered: Answered;
  /** A handshake is under way. */
  readonly isOpening: boolean;
  /** `keepsOld`: the connection that there is serves until the new one does. */
  open(keepsOld?: boolean): void;
  /** Gives the handshake up again, unless the gateway may have taken it for complete. True when the old connection goes on. */
  abandon(): boolean;
  send(plaintext: Uint8Array): void;
  receive(datagram: Uint8Array): void;
  close(): void;
  /** The end of the run: gives back what the engine holds. */
  free(): void;
}

export class PlainLink implements DeviceLink {
  readonly answered: Answered = { full: 0, resumed: 0 };
  readonly isOpening = false;
  private readonly events: LinkEvents;

  constructor(events: LinkEvents) {
    this.events = events;
  }

  open(): void {
    this.events.established(false);
  }

  abandon(): boolean {
    return false;
  }

  send(plaintext: Uint8Array): void {
    this.events.send(plaintext);
  }

  receive(datagram: Uint8Array): void {
    this.events.message(datagram);
  }

  close(): void {}

  free(): void {}
}

export class DtlsLink implements DeviceLink {
  readonly answered = { full: 0, resumed: 0 };
  private readonly endpoint: ClientEndpoint;
  private readonly events: LinkEvents;
  private readonly timeline: Timeline;
  private connection: Connection | undefined;
  /** The connection that it had, while a new one is made. */
  private old: Connection | undefined;
  /** A record under the new keys has left: the gateway may have verified it. */
  private hasFinished = false;
  private session: Uint8Array | undefined;
  private timer: Planned | undefined;
  private readonly resumes: boolean;
  private readonly answering: AnsweringLink | undefined;

  constructor(
    engine: Engine,
    timeline: Timeline,
    o: {
      name: string;
      hasCertificate?: boolean;
      connectionId: boolean;
      resumes: boolean;
      acceptsHandshakes: 'full' | 'resuming' | undefined;
    },
    events: LinkEvents,
  ) {
    this.timeline = timeline;
    this.events = events;
    this.resumes = o.resumes;
    this.endpoint = engine.clientEndpoint({
      ...clientProof(o),
      connectionId: o.connectionId,
      tickets: o.resumes,
    });
    if (o.acceptsHandshakes === undefined) return;
    const answers = { ...o, resumes: o.acceptsHandshakes === 'resuming' };
    this.answering = new AnsweringLink(engine, timeline, answers, {
      send: (bytes) => events.send(bytes),
      greeted: () => {
        if (this.isOpening) events.bothOpen();
        else events.greeted();
      },
      established: (connection) => this.answeredWith(connection),
    });
  }

  get isOpening(): boolean {
    return this.connection?.established === false;
  }

  open(keepsOld = false): void {
    if (keepsOld && this.connection?.established === true) {
      this.timeline.cancel(this.timer);
      this.old = this.connection;
    } else this.letGo();
    this.hasFinished = false;
    const resumed = this.resumes && this.session !== undefined ? { session: this.session } : {};
    this.connection = this.endpoint.connect(resumed);
    if (this.answering?.isOpen === true) this.events.bothOpen();
    this.take(this.connection.start());
  }

  abandon(): boolean {
    if (this.old === undefined || this.hasFinished) return false;
    this.timeline.cancel(this.timer);
    this.connection?.free();
    this.connection = this.old;
    this.old = undefined;
    return true;
  }

  send(plaintext: Uint8Array): void {
    const sealed = (this.old ?? this.connection)?.seal(plaintext);
    if (sealed !== undefined && !(sealed instanceof DtlsError)) this.events.send(sealed);
  }

  receive(datagram: Uint8Array): void {
    if (this.answering?.receive(datagram) === true) return;
    if (this.old !== undefined && datagram[0] === contentType.applicationData) {
      for (const plaintext of this.old.receive(datagram).plaintexts) this.events.message(plaintext);
    } else if (this.connection !== undefined) this.take(this.connection.receive(datagram));
  }

  close(): void {
    this.answering?.abandon();
    this.letGo();
  }

  free(): void {
    this.close();
    this.endpoint.free();
    this.answering?.free();
  }

  private answeredWith(connection: Connection): void {
    this.close();
    this.connection = connection;
    if (connection.resumed) this.answered.resumed++;
    else this.answered.full++;
    this.setTimer();
    this.events.answered();
  }

  private letGo(): void {
    this.timeline.cancel(this.timer);
    this.connection?.free();
    this.connection = undefined;
    this.letGoOfOld();
  }

  private letGoOfOld(): void {
    this.old?.free();
    this.old = undefined;
  }

  private take(progress: Progress): void {
    for (const datagram of progress.datagrams) {
      this.hasFinished ||= holdsProtected(datagram);
      this.events.send(datagram);
    }
    if (progress.established) {
      this.letGoOfOld();
      this.answering?.abandon();
      this.session = this.connection?.exportSession();
      this.events.established(this.connection?.resumed ?? false);
    }
    for (const plaintext of progress.plaintexts) this.events.message(plaintext);
    if (progress.ended !== undefined) {
      this.close();
      return this.events.lost(progress.ended.message);
    }
    this.setTimer();
  }

  private setTimer(): void {
    this.timeline.cancel(this.timer);
    const at = this.connection?.nextTimeoutAtMs;
    if (at === undefined) return;
    this.timer = this.timeline.plan(at - this.timeline.nowMs, () => {
      if (this.connection !== undefined) this.take(this.connection.timeout());
    });
  }
}

/** Whether any of its records is under keys of a handshake. */
function holdsProtected(datagram: Uint8Array): boolean {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  for (let at = 0; at + 13 <= datagram.length; at += 13 + view.getUint16(at + 11)) {
    if (view.getUint16(at + 3) > 0) return true;
  }
  return false;
}
