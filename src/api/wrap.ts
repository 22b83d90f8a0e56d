/**
 * Prose at 80 columns. The last column stays free, as terminals differ in what they do there. A no-break space keeps what
 * belongs together on one line (a number and its word, a command to copy) and is printed as a plain one.
 */
export const textWidth = 79;

const noBreakSpace = '\u00a0';

/** The text with its spaces made unbreakable. */
export function together(text: string): string {
  return text.replaceAll(' ', noBreakSpace);
}

/** Breaks a text between words so that no line is longer than `width` characters, unless a single word is. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && longer.trimEnd().length > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  lines.push(line);
  // Two spaces between a label and its command leave an empty word behind when the line breaks there.
  return lines.map((broken) => broken.trim().replaceAll(noBreakSpace, ' '));
}

/** Wraps lines that will stand below a sentence, indented by two. */
export function wrapIndented(...paragraphs: readonly string[]): readonly string[] {
  return paragraphs.flatMap((paragraph) => wrap(paragraph, textWidth - 2));
}
