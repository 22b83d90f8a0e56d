/** Where the story is told: lines, and on a terminal one line that changes in place. */
import type { WriteStream } from 'node:tty';

export class Screen {
  private readonly stream: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY'>>;
  private isOpen = false;

  constructor(stream: NodeJS.WritableStream) {
    this.stream = stream;
  }

  get isTerminal(): boolean {
    return this.stream.isTTY === true && process.env['TERM'] !== 'dumb';
  }

  /** The line as it is at this moment; in a pipe only finished lines are told. */
  now(line: string): void {
    if (!this.isTerminal) return;
    this.stream.write(`\r\x1b[K${line}`);
    this.isOpen = true;
  }

  /** The line as it stays. */
  line(line: string): void {
    this.text(`${line}\n`);
  }

  text(text: string): void {
    this.stream.write(`${this.isOpen ? '\r\x1b[K' : ''}${text}`);
    this.isOpen = false;
  }

  /** For a row that is wrong. */
  readonly red = (text: string): string =>
    this.isTerminal && process.env['NO_COLOR'] === undefined ? `\x1b[31m${text}\x1b[39m` : text;
}
