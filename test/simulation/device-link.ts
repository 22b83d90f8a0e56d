/**
 * How a simulated device's messages travel: over DTLS as client of the real engine, or plain. Counts handshakes; a new one
 * always comes from a new port.
 */

import { type ClientEndpoint, type Connection, DtlsError, type Engine, type Progress } from 'mbedtls-wasm';
import { utf8Encode } from '../../src/base/bytes.ts';
import { AnsweringLink } from './answering-link.ts';
import { deviceKey } from './gateway-process.ts';
import type { Planned, Timeline } from './timeline.ts';

export interface LinkEvents {
  /** A datagram for the gateway. */
  send(bytes: Uint8Array): void;
  established(): void;
  /** The gateway has shaken hands by itself: from now on this connection counts. */
  answered(resumed: boolean): void;
  message(plaintext: Uint8Array): void;
  lost(why: string): void;
}

export interface DeviceLink {
  open(): void;
  send(plaintext: Uint8Array): void;
  receive(datagram: Uint8Array): void;
  close(): void;
}

export class PlainLink implements DeviceLink {
  private readonly events: LinkEvents;

  constructor(events: LinkEvents) {
    this.events = events;
  }

  open(): void {
    this.events.established();
  }

  send(plaintext: Uint8Array): void {
    this.events.send(plaintext);
  }

  receive(datagram: Uint8Array): void {
    this.events.message(datagram);
  }

  close(): void {}
}

export class DtlsLink implements DeviceLink {
  private readonly endpoint: ClientEndpoint;
  private readonly events: LinkEvents;
  private readonly timeline: Timeline;
  private connection: Connection | undefined;
  private session: Uint8Array | undefined;
  private timer: Planned | undefined;
  private readonly resumes: boolean;
  private readonly answering: AnsweringLink | undefined;

  constructor(
    engine: Engine,
    timeline: Timeline,
    o: {
      name: string;
      connectionId: boolean;
      resumes: boolean;
      suite: 'TLS_PSK_WITH_AES_128_CCM_8';
      acceptsHandshakes?: 'full' | 'resuming' | undefined;
    },
    events: LinkEvents,
  ) {
    this.timeline = timeline;
    this.events = events;
    this.resumes = o.resumes;
    this.endpoint = engine.clientEndpoint({
      suites: [o.suite],
      psk: { identity: utf8Encode(o.name), key: deviceKey(o.name) },
      connectionId: o.connectionId,
      tickets: o.resumes,
    });
    if (o.acceptsHandshakes === undefined) return;
    this.answering = new AnsweringLink(
      engine,
      timeline,
      { ...o, resumes: o.acceptsHandshakes === 'resuming' },
      {
        send: (bytes) => events.send(bytes),
        established: (connection) => this.answered(connection),
      },
    );
  }

  open(): void {
    this.close();
    const resumed = this.resumes && this.session !== undefined ? { session: this.session } : {};
    this.connection = this.endpoint.connect(resumed);
    this.take(this.connection.start());
  }

  send(plaintext: Uint8Array): void {
    const sealed = this.connection?.seal(plaintext);
    if (sealed !== undefined && !(sealed instanceof DtlsError)) this.events.send(sealed);
  }

  receive(datagram: Uint8Array): void {
    if (this.answering?.receive(datagram) === true) return;
    if (this.connection !== undefined) this.take(this.connection.receive(datagram));
  }

  close(): void {
    this.timeline.cancel(this.timer);
    this.answering?.abandon();
    this.connection?.free();
    this.connection = undefined;
  }

  /** The end of the run: gives back what the engine holds. */
  free(): void {
    this.close();
    this.endpoint.free();
    this.answering?.free();
  }

  private answered(connection: Connection): void {
    this.close();
    this.connection = connection;
    this.events.answered(connection.resumed);
    this.setTimer();
  }

  private take(progress: Progress): void {
    for (const datagram of progress.datagrams) this.events.send(datagram);
    if (progress.established) {
      this.session = this.connection?.exportSession();
      this.events.established();
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
