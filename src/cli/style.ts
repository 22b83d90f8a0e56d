/** How output looks: width, colour, time zone, and whether the locale can show an ellipsis. Never what it says. */
import type { DeviceState, OperationState } from '../api/state-words.ts';
import type { Io, Sink } from './io.ts';

export interface Style {
  /** Aligned columns and cut cells; otherwise tabs and everything in full. */
  readonly terminal: boolean;
  readonly columns: number;
  readonly color: boolean;
  readonly utc: boolean;
  readonly ellipsis: string;
}

export type ColorChoice = 'auto' | 'always' | 'never';

export function styleFor(sink: Sink, io: Io, choice: ColorChoice, utc: boolean): Style {
  return {
    terminal: sink.isTerminal,
    columns: sink.columns,
    color: choice === 'always' || (choice === 'auto' && sink.isTerminal && allowsColor(io.environment)),
    utc,
    ellipsis: isUtf8(io.environment) ? '…' : '..',
  };
}

function allowsColor(environment: Io['environment']): boolean {
  const noColor = environment['NO_COLOR'];
  return (noColor === undefined || noColor === '') && environment['TERM'] !== 'dumb';
}

/** The first of the three that is set decides (POSIX, section 8.2 of the base definitions). */
function isUtf8(environment: Io['environment']): boolean {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '';
  return /utf-?8/i.test(locale);
}

const red = 31;
const stateColors: Readonly<Record<DeviceState, number | undefined>> = {
  online: 32,
  awake: 32,
  asleep: undefined,
  restored: 36,
  silent: 33,
  gone: red,
  unseen: undefined,
  muted: 35,
};

export function colorState(state: DeviceState, style: Style): string {
  return paint(state, stateColors[state], style);
}

const operationColors: Readonly<Record<OperationState, number | undefined>> = {
  queued: undefined,
  sent: 36,
  done: 32,
  failed: red,
  'in-doubt': 33,
  expired: red,
  cancelled: undefined,
};

export function colorOperation(state: OperationState, style: Style): string {
  return paint(state, operationColors[state], style);
}

export function colorError(text: string, style: Style): string {
  return paint(text, red, style);
}

function paint(text: string, color: number | undefined, style: Style): string {
  return style.color && color !== undefined ? `\u001b[${color}m${text}\u001b[0m` : text;
}
