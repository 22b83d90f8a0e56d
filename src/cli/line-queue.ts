/**
 * The lines of an answer as they arrive. They are taken from the connection at once and kept here: when a gateway dies, Node
 * throws away what a stream still holds, and the last words of a gateway are those that matter.
 */
import type { IncomingMessage } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import { ConnectionLost } from './cli-error.ts';

/** More than this many unread lines make the gateway wait. */
const linesHeldMax = 1_000;

export class LineQueue {
  readonly #message: IncomingMessage;
  readonly #decoder = new StringDecoder('utf8');
  readonly #lines: string[] = [];
  #rest = '';
  #end: 'no' | 'complete' | 'lost' = 'no';
  #wake: () => void = () => {};

  constructor(message: IncomingMessage) {
    this.#message = message;
    message.on('data', (chunk: Buffer) => this.#take(this.#decoder.write(chunk)));
    message.on('end', () => this.#finish('complete'));
    message.on('error', () => this.#finish('lost'));
    message.on('close', () => this.#finish(message.complete ? 'complete' : 'lost'));
  }

  /** Lines that are not empty, to the end of the answer. Throws `ConnectionLost` when it broke off. */
  async *read(): AsyncGenerator<string> {
    try {
      for (;;) {
        const line = this.#lines.shift();
        if (line !== undefined) {
          if (this.#lines.length < linesHeldMax) this.#message.resume();
          yield line;
        } else if (this.#end === 'complete') {
          if (this.#rest !== '') yield this.#rest;
          return;
        } else if (this.#end === 'lost') {
          throw new ConnectionLost('the answer broke off');
        } else {
          await new Promise<void>((resolve) => (this.#wake = resolve));
        }
      }
    } finally {
      this.#message.destroy();
    }
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') this.#lines.push(line);
    if (this.#lines.length >= linesHeldMax) this.#message.pause();
    this.#wake();
  }

  #finish(end: 'complete' | 'lost'): void {
    if (this.#end === 'no') this.#end = end;
    this.#wake();
  }
}
