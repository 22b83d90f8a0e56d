/** The screen of `holdfast operations show`: what was asked, by whom, and what has become of it. */
import { formatAge, formatDurationMs } from '../../api/ages.ts';
import type { OperationBody } from '../../api/bodies/operation.ts';
import { codeWithWords } from '../../api/code-words.ts';
import { escapeText } from '../escape.ts';
import { colorOperation, type Style } from '../style.ts';
import { type Column, tableLines } from '../table.ts';
import { bothSides, field } from './fields.ts';
import { sleepText } from './operation-text.ts';
import { linkColumns, linkRows, valueColumns, valueRows } from './values-table.ts';

const labelWidth = 9;

export function operationScreen(operation: OperationBody, style: Style): readonly string[] {
  const { operation: id, verb, endpoint, path, state } = operation;
  const title = bothSides(escapeText(`${id ?? '-'}  ${verb} ${endpoint} ${path}`), state);
  const painted = title.slice(0, title.length - state.length) + colorOperation(state, style);
  const texts: readonly (readonly [string, string | undefined])[] = [
    ['accepted', acceptedText(operation)],
    ['sent', sentText(operation)],
    ['waits', waitsText(operation)],
    ['answer', answerText(operation)],
  ];
  return [
    painted,
    ...texts.flatMap(([label, text]) => (text === undefined ? [] : field(label, escapeText(text), labelWidth))),
    ...resultLines(operation, style),
  ];
}

function acceptedText({ acceptedSecondsAgo, account }: OperationBody): string | undefined {
  if (acceptedSecondsAgo === null) return undefined;
  return `${formatAge(acceptedSecondsAgo)} ago${account === null ? '' : `, by ${account}`}`;
}

function sentText({ sends }: OperationBody): string {
  if (sends === 0) return 'never';
  return sends === 1 ? 'once' : sends === 2 ? 'twice' : `${sends} times`;
}

function waitsText({ state, device, expiresInSeconds }: OperationBody): string | undefined {
  if (state !== 'queued') return undefined;
  const turn = device?.connected === false ? 'for a new connection' : 'for its turn, or for the device to be there';
  const why = device?.state === 'asleep' ? sleepText(device) : turn;
  return expiresInSeconds === null ? why : `${why}; dropped in ${formatAge(expiresInSeconds)}`;
}

function answerText({ code, roundTripMs, format }: OperationBody): string | undefined {
  if (code === null) return undefined;
  const facts = [roundTripMs === null ? null : `after ${formatDurationMs(roundTripMs)}`, format];
  return [codeWithWords(code), ...facts.filter((fact) => fact !== null)].join(', ');
}

function resultLines({ values, links }: OperationBody, style: Style): readonly string[] {
  if (values.length > 0) return table(valueColumns, valueRows(values), style);
  return links === null || links.length === 0 ? [] : table(linkColumns, linkRows(links), style);
}

function table(columns: readonly Column[], rows: readonly (readonly string[])[], style: Style): readonly string[] {
  return ['', ...tableLines(columns, rows, style, true)];
}
