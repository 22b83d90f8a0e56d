/**
 * What `npm run device` says: that it registered, its three facts whenever they change, and what is in its way, once each time.
 * On a terminal the facts change in place.
 */
import type { SimulatedDevice, Trouble } from './simulated-device.ts';

/** Alerts (RFC 5246 section 7.2, RFC 4279 section 2): what a server says to a wrong key, and to an identity that it does not know. */
const badRecordMac = 20;
const decryptError = 51;
const unknownPskIdentity = 115;

export interface ReportOptions {
  readonly name: string;
  /** `127.0.0.1:5684`. */
  readonly server: string;
  readonly keyFile: string;
  readonly isTerminal: boolean;
  readonly print: (text: string) => void;
}

export class DeviceReport {
  private readonly options: ReportOptions;
  private shown = '';
  /** It was said that nobody listens. */
  private isAlone = false;
  private facts = '';
  /** A line on the terminal is open, to be overwritten. */
  private open = false;

  constructor(options: ReportOptions) {
    this.options = options;
  }

  registered(code: string, line: string): void {
    if (code === '2.01') this.line(line);
    else this.once(`registration refused: ${code}; trying again every 10s.`);
  }

  /** To be called whenever something may have changed. */
  show({ handshakes, registrations, inFlight }: SimulatedDevice): void {
    const facts = `${count(handshakes, 'handshake')}, ${count(registrations, 'registration')}`;
    const { isTerminal, name, print } = this.options;
    if (isTerminal) {
      print(`\r\x1b[K${name}: ${facts}, ${inFlight === undefined ? 0 : 1} unacknowledged`);
      this.open = true;
    } else if (facts !== this.facts) {
      this.line(`${facts}, ${inFlight === undefined ? 0 : 1} unacknowledged`);
    }
    this.facts = facts;
  }

  trouble(trouble: Trouble): void {
    const { server, name, keyFile } = this.options;
    switch (trouble.kind) {
      case 'unreachable':
        this.isAlone = true;
        return this.once(`nobody listens at ${server}; trying on. Start the gateway:  npm start`);
      case 'unanswered':
        return this.once(`no answer from ${server}; connecting anew.`);
      case 'reset':
        return this.once('the gateway does not know the observation any more (RST).');
      case 'ended':
        break;
    }
    const { kind, alert, message } = trouble.why;
    const add = `./holdfast device add ${name} < ${keyFile}`;
    if (kind === 'timeout') this.once(`no answer from ${server}; trying on.`);
    else if (alert === unknownPskIdentity) this.once(`the gateway does not know "${name}"; trying on. Add it:  ${add}`);
    else if (alert === badRecordMac || alert === decryptError) {
      this.once(`the gateway has another key for "${name}" than ${keyFile}; trying on.`);
    } else this.once(`the connection ended: ${message}; connecting anew.`);
  }

  /** Things are well again: the next trouble is news. */
  well(): void {
    this.shown = '';
  }

  /** The gateway was heard: that is news after it was said that nobody listens. */
  heard(): void {
    if (!this.isAlone) return;
    this.isAlone = false;
    this.well();
    this.line(`${this.options.server} answers.`);
  }

  line(text: string): void {
    this.options.print(`${this.open ? '\r\x1b[K' : ''}${this.options.name}: ${text}\n`);
    this.open = false;
  }

  private once(text: string): void {
    if (text === this.shown) return;
    this.shown = text;
    this.line(text);
  }
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
