/**
 * Texts name a command as it is called once it is installed: `holdfast devices`. Where it runs from a clone no such command is
 * on the path, so what is shown to a person there says `./holdfast devices`. JSON stays as it is: it is a contract.
 */
import { textWidth } from './wrap.ts';

/** The name with a command or a flag behind it, in prose (`Holdfast`), paths and versions never; not what is typed elsewhere. */
const command = /(?<=^|\s)(?<!ssh \S+ )holdfast(?= (?:--|\[|[a-z]))/gm;

/** The text with the commands in it as they are typed in a clone. */
export function commandsOfClone(text: string): string {
  return text.replaceAll(command, './holdfast');
}

/** The same for lines; one that would become too long for it continues with the command on a line of its own. */
export function linesOfClone(lines: readonly string[], width: number = textWidth): readonly string[] {
  return lines.flatMap((line) => {
    const typed = commandsOfClone(line);
    const [, indent, label, called] = /^( *)(\S.*?) +((?:sudo )?\.\/holdfast .*)$/.exec(typed) ?? [];
    if (typed === line || typed.length <= width || called === undefined) return [typed];
    return [`${indent}${label}`, `${indent}${called}`];
  });
}
