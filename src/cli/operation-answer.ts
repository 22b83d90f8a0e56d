/** Prints what devices answered, each verb in its own way: when it was asked for, and when somebody waits for it later. */
import type { OperationBody } from '../api/bodies/operation.ts';
import type { Context } from './context.ts';
import { escapeText } from './escape.ts';
import { doneText, observedLines } from './screens/operation-text.ts';
import { linkColumns, linkRows, valueColumns, valueRows, valueText } from './screens/values-table.ts';

/** The answer of an operation that is done, whatever its verb. */
export async function printAnswer(context: Context, operation: OperationBody): Promise<void> {
  switch (operation.verb) {
    case 'read':
      return printValues(context, [operation]);
    case 'discover':
      return printLinks(context, [operation]);
    case 'observe':
      return context.say(...observedLines(operation));
    default:
      return context.say(doneText(operation));
  }
}

/** One resource prints its bare value, anything wider a table. */
export async function printValues(context: Context, operations: readonly OperationBody[]): Promise<void> {
  const values = operations.flatMap((operation) => operation.values);
  const [only] = values;
  if (values.length === 1 && only !== undefined && only.path === operations[0]?.path) {
    const text = valueText(only.value);
    return context.print(context.style.terminal ? escapeText(text) : text);
  }
  await context.printTable(valueColumns, valueRows(values));
}

export async function printLinks(context: Context, operations: readonly OperationBody[]): Promise<void> {
  const links = operations.flatMap((operation) => operation.links ?? []);
  await context.printTable(linkColumns, linkRows(links));
}
