/**
 * A virtual link between a client and a server: a rule says for every datagram when its copies arrive, if at all. Time
 * jumps to whatever happens next, so that a handshake with many time-outs takes no time.
 */
import type { ClientEndpoint, Connection, Progress, ServerEndpoint } from 'mbedtls-wasm';
import { type Clock, serverConnectionId, transportId } from './pair.ts';

/** Delays in milliseconds of the copies of a datagram, the `position`-th one sent on this link; none = it is lost. */
export type LinkRule = (position: number, datagram: Uint8Array) => readonly number[];

export interface LinkEnds {
  clock: Clock;
  serverEndpoint: ServerEndpoint;
  clientEndpoint: ClientEndpoint;
  session?: Uint8Array | undefined;
}

/** How a handshake over a link went. The connections are the caller's to free. */
export interface LinkResult {
  client: Connection;
  server: Connection | undefined;
  established: boolean;
  /** Everything that was sent, in order. */
  sent: Uint8Array[];
}

type End = 'client' | 'server';
const turnsMax = 3_000;

/** Runs one handshake to its end: both established, one given up, or nothing left to happen. */
export function handshakeOver(ends: LinkEnds, rule: LinkRule): LinkResult {
  return new LinkRun(ends, rule).run();
}

class LinkRun {
  private readonly ends: LinkEnds;
  private readonly rule: LinkRule;
  private readonly client: Connection;
  private server: Connection | undefined;
  private readonly sent: Uint8Array[] = [];
  private arriving: { atMs: number; to: End; datagram: Uint8Array }[] = [];

  constructor(ends: LinkEnds, rule: LinkRule) {
    this.ends = ends;
    this.rule = rule;
    this.client = ends.clientEndpoint.connect(ends.session === undefined ? {} : { session: ends.session });
  }

  run(): LinkResult {
    this.send('server', this.client.start());
    for (let turn = 0; turn < turnsMax && !this.done(); turn++) if (!this.happen()) break;
    return { client: this.client, server: this.server, established: this.done(), sent: this.sent };
  }

  private done(): boolean {
    return this.client.established && this.server?.established === true;
  }

  private send(to: End, progress: Progress): void {
    for (const datagram of progress.datagrams) {
      const delays = this.rule(this.sent.length, datagram);
      this.sent.push(datagram);
      for (const delayMs of delays) this.arriving.push({ atMs: this.ends.clock.monotonicMs + delayMs, to, datagram });
    }
  }

  /** Lets the next thing happen, an arrival before a time-out of the same moment. False when nothing is left. */
  private happen(): boolean {
    const next = this.arriving.reduce<(typeof this.arriving)[number] | undefined>(
      (first, entry) => (first === undefined || entry.atMs < first.atMs ? entry : first),
      undefined,
    );
    const due = Math.min(this.client.nextTimeoutAtMs ?? Infinity, this.server?.nextTimeoutAtMs ?? Infinity);
    if (next !== undefined && next.atMs <= due) {
      this.arriving = this.arriving.filter((entry) => entry !== next);
      this.moveClock(next.atMs);
      this.arrive(next.to, next.datagram);
      return true;
    }
    if (due === Infinity) return false;
    this.moveClock(due);
    if ((this.client.nextTimeoutAtMs ?? Infinity) <= due) this.send('server', this.client.timeout());
    if (this.server && (this.server.nextTimeoutAtMs ?? Infinity) <= due) this.send('client', this.server.timeout());
    return true;
  }

  private moveClock(toMs: number): void {
    this.ends.clock.monotonicMs = Math.max(this.ends.clock.monotonicMs, toMs);
  }

  private arrive(to: End, datagram: Uint8Array): void {
    if (to === 'client') this.send('server', this.client.receive(datagram));
    else if (this.server !== undefined) this.send('client', this.server.receive(datagram));
    else this.greet(datagram);
  }

  private greet(datagram: Uint8Array): void {
    const { serverEndpoint } = this.ends;
    const check = serverEndpoint.checkClientHello(transportId, datagram);
    if (check.kind === 'verify')
      this.send('client', {
        datagrams: [check.datagram],
        plaintexts: [],
        established: false,
        authenticated: false,
      });
    if (check.kind !== 'valid') return;
    this.server = serverEndpoint.accept({ transportId, connectionId: serverConnectionId });
    this.send('client', this.server.receive(datagram));
  }
}
