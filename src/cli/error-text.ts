/** An error as people read it: `error: ` and one sentence, then indented why and what next. No stack, no HTTP. */
import type { ErrorDetails } from '../api/error-codes.ts';
import { textWidth, wrap } from '../api/wrap.ts';
import { escapeText } from './escape.ts';
import { colorError, type Style } from './style.ts';

const label = 'error:';

/** Ends with a line end. */
export function errorText(details: ErrorDetails, style: Style): string {
  const [first = '', ...more] = wrap(`${label} ${escapeText(details.message)}`, textWidth);
  const sentence = colorError(label, style) + first.slice(label.length);
  const lines = [...more, ...details.lines.map(escapeText)].map((line) => `  ${line}`);
  return `${[sentence, ...lines].join('\n')}\n`;
}
