/** Tables: aligned columns two spaces apart on a terminal, tabs and everything in full elsewhere. */
import { cutEnd, cutMiddle, widthOf } from './cut.ts';
import { escapeText } from './escape.ts';
import type { Style } from './style.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Where it is cut when the terminal is too narrow; the first column that may be cut gives way. */
  readonly cut?: 'middle' | 'end';
  /** At least so wide, for tables whose later rows are not known yet. */
  readonly width?: number;
  /** Never wider than this on a terminal, whatever room there is. */
  readonly cutTo?: number;
  /** Colours a finished cell. */
  readonly paint?: (cell: string) => string;
}

const gap = 2;

/** One line a row, the header first if wanted; without line ends. Cells are escaped here. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: Style,
  header: boolean,
): readonly string[] {
  const escaped = rows.map((row) => row.map(escapeText));
  const titles = columns.map((column) => column.title);
  const shown = header ? [titles, ...escaped] : escaped;
  if (!style.terminal) {
    return shown.map((row) =>
      row.map((cell, i) => (row === titles ? cell : (columns[i]?.paint?.(cell) ?? cell))).join('\t'),
    );
  }
  const widths = columnWidths(columns, [titles, ...escaped], style.columns - 1);
  return shown.map((row) => tableRow(columns, row, widths, style, header && row === titles));
}

function tableRow(
  columns: readonly Column[],
  cells: readonly string[],
  widths: readonly number[],
  style: Style,
  isHeader: boolean,
): string {
  const line = columns.map((column, i) => {
    const width = widths[i] ?? 0;
    const cut = column.cut === 'middle' ? cutMiddle : column.cut === 'end' ? cutEnd : (text: string) => text;
    const cell = cut(cells[i] ?? '', width, style.ellipsis);
    const filler = ' '.repeat(Math.max(0, width - widthOf(cell)));
    const painted = isHeader || column.paint === undefined ? cell : column.paint(cell);
    return column.align === 'right' ? filler + painted : painted + filler;
  });
  return line.join(' '.repeat(gap)).trimEnd();
}

/** As wide as the widest cell; what is too much in all is taken from the columns that may be cut, first one first. */
function columnWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  available: number,
): readonly number[] {
  const widths = columns.map((column, i) => {
    const widest = rows.reduce((most, row) => Math.max(most, widthOf(row[i] ?? '')), column.width ?? 0);
    return Math.min(widest, column.cutTo ?? widest);
  });
  let excess = widths.reduce((sum, width) => sum + width, gap * (columns.length - 1)) - available;
  for (const [i, column] of columns.entries()) {
    if (excess <= 0 || column.cut === undefined) continue;
    const least = Math.max(column.title.length, 8);
    const taken = Math.max(0, Math.min(excess, (widths[i] ?? 0) - least));
    widths[i] = (widths[i] ?? 0) - taken;
    excess -= taken;
  }
  return widths;
}
