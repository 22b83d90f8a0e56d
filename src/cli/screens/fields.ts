/** The two forms that screens are made of: a line with something at both ends, and a labelled field that wraps under itself. */
import { textWidth, wrap } from '../../api/wrap.ts';
import { widthOf } from '../cut.ts';

const screenWidth = 80;
const labelWidth = 12;

/** `left` and `right` at the two ends of a line of 80. */
export function bothSides(left: string, right: string): string {
  return left + ' '.repeat(Math.max(2, screenWidth - widthOf(left) - widthOf(right))) + right;
}

/** `  devices      212 registered: …`, further lines under the text; a wider label column where a screen needs it. */
export function field(label: string, text: string, width = labelWidth): readonly string[] {
  const indent = width + 3;
  return wrap(text, textWidth - indent).map(
    (line, i) => (i === 0 ? `  ${label.padEnd(width)} ` : ' '.repeat(indent)) + line,
  );
}
