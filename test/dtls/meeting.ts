/**
 * The gateway's DTLS endpoint and one device that shakes hands in both roles, with everything between them in the test's hand:
 * datagrams wait until they are delivered, lost or doubled, and time passes when the test says so.
 */
import type { SealedDatagram } from '../../src/dtls/dtls-output.ts';
import type { OwnCertificates } from '../../src/dtls/peer-chains.ts';
import { makeEngine } from '../mbedtls-wasm/pair.ts';
import { AnsweringDevice, type AnsweringOptions } from './answering-device.ts';
import { at, DtlsWorld, deviceKey } from './dtls-world.ts';

export interface Underway {
  readonly to: 'device' | 'gateway';
  readonly bytes: Uint8Array;
}

export class Meeting {
  readonly world: DtlsWorld;
  readonly device: AnsweringDevice;
  readonly underway: Underway[] = [];
  /** What the gateway read. */
  readonly read: string[] = [];
  established = 0;
  readonly failures: string[] = [];

  /** `own`: the gateway's certificates, if it has some. */
  constructor(options: Partial<AnsweringOptions> = {}, own?: OwnCertificates) {
    this.world = new DtlsWorld(own);
    const { clock } = this.world;
    const defaults = { identity: 'meter-17', key: deviceKey, address: at('192.0.2.17') } as const;
    const tempered = { temper: 'both', connectionId: true, resumes: true } as const;
    this.device = new AnsweringDevice(makeEngine(77, clock), clock, { ...defaults, ...tempered, ...options }, (bytes) =>
      this.underway.push({ to: 'gateway', bytes: bytes.slice() }),
    );
  }

  /** The gateway begins; returns why not, if it does not. */
  connect(resume = true): string | undefined {
    const { refusal, send } = this.world.connect('meter-17', this.device.address, resume);
    this.post(send);
    return refusal;
  }

  /** Delivers the datagram at an index, or loses it; it may stay under way, to be delivered once more. */
  settle(index: number, what: 'deliver' | 'lose' | 'double'): void {
    const datagram = this.underway[index];
    if (datagram === undefined) return;
    if (what !== 'double') this.underway.splice(index, 1);
    if (what === 'lose') return;
    if (datagram.to === 'device') this.device.receive(datagram.bytes);
    else this.post(this.world.receive(this.device.address, datagram.bytes));
    this.look();
  }

  deliverAll(): void {
    while (this.underway.length > 0) this.settle(0, 'deliver');
  }

  /** Time passes, and whatever is due happens; nothing is lost any more when it is `delivering`. */
  pass(ms: number, delivering = true): void {
    const until = this.world.now + ms;
    while (this.world.now < until) {
      const next = Math.min(until, this.world.endpoint.nextDeadline() ?? until, this.device.nextTimeout() ?? until);
      this.post(this.world.pass(Math.max(1, next - this.world.now)));
      this.device.advance();
      this.look();
      if (delivering) this.deliverAll();
    }
  }

  /** What the gateway hears when the device says something. */
  say(text: string): string[] {
    this.read.length = 0;
    this.device.say(text);
    this.deliverAll();
    return [...this.read];
  }

  /** What the device hears when the gateway says something. */
  hears(text: string): string[] {
    this.device.received.length = 0;
    this.post(this.world.seal('meter-17', text));
    this.deliverAll();
    return [...this.device.received];
  }

  private post(datagrams: readonly SealedDatagram[]): void {
    for (const { bytes } of datagrams) this.underway.push({ to: 'device', bytes: bytes.slice() });
  }

  private look(): void {
    for (const event of this.world.events) {
      if (event.kind === 'plaintext') this.read.push(new TextDecoder().decode(event.bytes));
      if (event.kind === 'established') this.established++;
      if (event.kind === 'connect-failed') this.failures.push(event.why);
    }
    this.world.events = [];
  }
}
