/** The one progress line of a command that waits for a device; on a terminal only, below a second nothing. */
import { formatAge } from '../api/ages.ts';
import type { OperationBody } from '../api/bodies/operation.ts';
import type { Context } from './context.ts';
import { cutEnd } from './cut.ts';
import { escapeText } from './escape.ts';

const showAfterMs = 1_000;
const clearLine = '\r\u001b[K';

export class WaitingLine {
  readonly #context: Context;
  readonly #startedMs: number;
  #timer: NodeJS.Timeout | undefined;
  #operation: OperationBody | undefined;
  #toldMs = 0;
  #shown = false;

  constructor(context: Context) {
    this.#context = context;
    this.#startedMs = context.io.now();
  }

  /** What is waited for now; undefined when nothing is. */
  show(operation: OperationBody | undefined): void {
    this.#operation = operation;
    this.#toldMs = this.#context.io.now();
    if (operation === undefined || this.#context.json || !this.#context.io.err.isTerminal) return;
    this.#timer ??= setInterval(() => this.#draw(), showAfterMs);
  }

  /** Makes room for other lines; `show` brings it back. */
  async hide(): Promise<void> {
    this.#operation = undefined;
    if (this.#shown) await this.#context.io.err.write(clearLine);
    this.#shown = false;
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.hide();
  }

  #draw(): void {
    const { io } = this.#context;
    if (this.#operation === undefined || io.now() - this.#startedMs < showAfterMs) return;
    this.#shown = true;
    const text = waitingText(this.#operation, (io.now() - this.#toldMs) / 1_000);
    void io.err.write(clearLine + cutEnd(escapeText(text), io.err.columns - 1, this.#context.style.ellipsis));
  }
}

/** `waiting for meter-17, asleep for 2h16m, operation 1843`; `sinceSeconds`: how old the operation's figures are. */
export function waitingText(operation: OperationBody, sinceSeconds: number): string {
  const { device, endpoint } = operation;
  const asleep =
    device?.state === 'asleep' && device.heardSecondsAgo !== null
      ? `, asleep for ${formatAge(device.heardSecondsAgo + sinceSeconds)}`
      : '';
  const id = operation.operation === null ? '' : `, operation ${operation.operation}`;
  return `waiting for ${endpoint}${asleep}${id}`;
}
