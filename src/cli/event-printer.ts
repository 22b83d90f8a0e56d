/** Prints events one by one as they come: JSON lines, tabs, or a table whose columns are set beforehand. */
import type { EventBody } from '../api/bodies/event.ts';
import type { Context } from './context.ts';
import { eventColumns, eventRow, gapText } from './screens/event-line.ts';
import { type Column, tableLines } from './table.ts';

export class EventPrinter {
  readonly #context: Context;
  readonly #columns: readonly Column[];
  #header: boolean;

  constructor(context: Context) {
    this.#context = context;
    this.#columns = eventColumns(context.style);
    this.#header = context.header;
  }

  /** `line` is the event's JSON. */
  async print(event: EventBody, line: string): Promise<void> {
    if (this.#context.json) return this.#context.print(line);
    const { style, io } = this.#context;
    const row = eventRow(event, io.now(), style);
    const [header, ...lines] = tableLines(this.#columns, [row], style, true);
    if (this.#header && header !== undefined) await this.#context.print(header);
    this.#header = false;
    const isGap = event.type === 'GAP' && style.terminal;
    await this.#context.print(
      ...(isGap ? [`${row[0]?.padStart(5)}  ${row[1]?.padEnd(8)}  GAP ${gapText(event)}`] : lines),
    );
  }
}
