/** What a simulated device answers to requests of the gateway: reads, writes, executes, is observed. */
import type { Packet, ParsedPacket } from 'coap-packet';
import { toHex } from '../../src/base/bytes.ts';

const value = Buffer.from('21.5');

export class DeviceAnswers {
  /** The token that the gateway observes with, if it does. */
  observeToken: Buffer | undefined;
  /** The newest value that the gateway wrote, and how often it was executed. */
  written: string | undefined;
  executions = 0;
  private sequence = 0;
  private readonly ignoresFetch: boolean;
  private readonly executed: (what: string) => void;

  constructor(ignoresFetch: boolean, executed: (what: string) => void) {
    this.ignoresFetch = ignoresFetch;
    this.executed = executed;
  }

  /** Code, options and payload; undefined: an empty ACK is all that it gets. */
  answer(request: ParsedPacket): Partial<Packet> | undefined {
    if (request.code === '0.05' && this.ignoresFetch) return undefined;
    if (request.code === '0.02') {
      this.executions++;
      this.executed(String(request.payload));
      return { code: '2.04' };
    }
    if (request.code === '0.03') {
      this.written = String(request.payload);
      return { code: '2.04' };
    }
    return this.read(request);
  }

  /** The value of the Observe option of the next notification. */
  nextSequence(): Buffer {
    return Buffer.from([(++this.sequence >> 8) & 0xff, this.sequence & 0xff]);
  }

  private read({ options, token }: ParsedPacket): Partial<Packet> {
    const answer = { code: '2.05', options: [contentFormat(0)], payload: value };
    const observe = options.find((option) => option.name === 'Observe');
    if (observe === undefined) return answer;
    // The gateway observes once more, or not any more; the value is the first one of it.
    const isCancel = Buffer.isBuffer(observe.value) ? observe.value.at(-1) === 1 : Number(observe.value) === 1;
    if (isCancel) {
      if (this.observeToken !== undefined && toHex(token) === toHex(this.observeToken)) this.observeToken = undefined;
      return answer;
    }
    this.observeToken = Buffer.from(token);
    return { ...answer, options: [{ name: 'Observe', value: this.nextSequence() }, contentFormat(0)] };
  }
}

export function contentFormat(number: number): { name: 'Content-Format'; value: Buffer } {
  return { name: 'Content-Format', value: Buffer.from(number > 255 ? [number >> 8, number & 0xff] : [number]) };
}
