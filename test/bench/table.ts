/** Figures as lines of at most 79 columns, each column right under its head. */
import type { Figure, Unit } from './measure.ts';

const nameWidth = 43;
const widths = [10, 8, 9, 9] as const;

export function headLine(): string {
  return line('', ['median', 'spread', 'x floor', 'goal']);
}

export function figureLine({ name, unit, median, low, high, ratio, goal }: Figure): string {
  const spread = median === 0 || low === high ? '' : `±${Math.round(((high - low) / 2 / median) * 100)}%`;
  return line(`  ${name}`, [
    quantity(median, unit),
    spread,
    ratio === undefined ? '' : number(ratio),
    goal === undefined ? '' : `${median <= goal ? '' : '! '}${quantity(goal, unit)}`,
  ]);
}

/** A value in the unit in which it has one to three digits before the point. */
export function quantity(value: number, unit: Unit): string {
  if (unit === 'per second') return `${number(value)}/s`;
  const steps = unit === 'bytes' ? byteSteps : timeSteps;
  const [, size, name] = steps.find(([least]) => value >= least) ?? steps.at(-1) ?? [0, 1, ''];
  return `${number(value / size)} ${name}`;
}

/** From which value on, divided by what, called what. */
type Step = readonly [least: number, divisor: number, name: string];

const timeSteps: readonly Step[] = [
  [1, 1, 's'],
  [1e-3, 1e-3, 'ms'],
  [0, 1e-6, 'µs'],
];
const byteSteps: readonly Step[] = [
  [1e6, 1e6, 'MB'],
  [1e4, 1e3, 'KB'],
  [0, 1, 'B'],
];

/** Three digits are more than a bench knows. */
function number(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(value >= 10 ? 3 : 2)));
}

function line(name: string, cells: readonly string[]): string {
  const row = cells.map((cell, index) => cell.padStart(widths[index] ?? 0));
  return `${name.padEnd(nameWidth)}${row.join('')}`.trimEnd();
}
