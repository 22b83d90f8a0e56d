/** Prints a list that the gateway streams: a table and its sum on a terminal, rows with tabs or JSON, as they arrive, elsewhere. */
import { arrayLines, elementOfLine, parseJson } from '../api/json.ts';
import type { Context } from './context.ts';
import { type Column, tableLines } from './table.ts';

export interface ListForm<Body> {
  readonly path: string;
  readonly columns: readonly Column[];
  /** The rows of one element. */
  readonly rows: (body: Body) => readonly (readonly string[])[];
  /** Stands below the table. */
  readonly summary: (bodies: readonly Body[]) => string;
  /** Said instead of an empty table. */
  readonly empty: string;
}

export async function printList<Body>(context: Context, form: ListForm<Body>): Promise<void> {
  if (context.style.terminal && !context.json) return printScreen(context, form);
  return printLines(context, form);
}

async function printScreen<Body>(context: Context, form: ListForm<Body>): Promise<void> {
  const bodies: Body[] = [];
  for await (const element of elements(context, form.path)) bodies.push(parseJson(element) as Body);
  if (bodies.length === 0) return context.say(form.empty);
  await context.printTable(form.columns, bodies.flatMap(form.rows));
  await context.print('', form.summary(bodies));
}

async function printLines<Body>(context: Context, form: ListForm<Body>): Promise<void> {
  let printed = 0;
  for await (const element of elements(context, form.path)) {
    if (context.json) await context.io.out.write(opening(printed) + arrayLines.element(element, printed === 0));
    else {
      const rows = form.rows(parseJson(element) as Body);
      await context.print(...tableLines(form.columns, rows, context.style, printed === 0 && context.header));
    }
    printed++;
  }
  if (context.json) await context.io.out.write(opening(printed) + arrayLines.close(printed === 0));
  else if (printed === 0) await context.say(form.empty);
}

/** Only when there is an answer: a failure prints nothing on stdout. */
function opening(printed: number): string {
  return printed === 0 ? arrayLines.open : '';
}

async function* elements(context: Context, path: string): AsyncGenerator<string> {
  const answer = await context.gateway.open({ method: 'GET', path });
  for await (const line of answer.lines()) {
    const element = elementOfLine(line);
    if (element !== undefined) yield element;
  }
}
