/**
 * The arguments of Execute (LwM2M 1.2 core 6.3.5): `0='sensor',1`. A digit each, once, with or without a value in apostrophes; no
 * blanks, quotation marks, backslashes or other than ASCII characters (the grammar excludes what one of its own examples has).
 */
import { type FormatError, formatError } from './format-error.ts';

export interface ExecuteArgument {
  /** 0 to 9. */
  readonly id: number;
  readonly value?: string;
}

const argumentPattern = /([0-9])(?:='([!\x23-\x26\x28-\x5b\x5d-\x7e]*)')?(,(?=.)|$)/y;
const argumentsTextMax = 4_096;

/** The arguments of a text; none for the empty one. */
export function parseExecuteArguments(text: string): ExecuteArgument[] | FormatError {
  const parsed: ExecuteArgument[] = [];
  if (text.length > argumentsTextMax) return formatError('too-long', 'the arguments are too long');
  argumentPattern.lastIndex = 0;
  while (argumentPattern.lastIndex < text.length) {
    const at = argumentPattern.lastIndex;
    const match = argumentPattern.exec(text);
    if (match === null) return formatError('syntax', `the arguments break their grammar at character ${at}`);
    const id = Number(match[1]);
    if (parsed.some((argument) => argument.id === id))
      return formatError('duplicate', `the argument ${id} stands twice`);
    parsed.push(match[2] === undefined ? { id } : { id, value: match[2] });
  }
  return parsed;
}

/** Arguments as people type them, who may quote with `"` inside the shell's apostrophes: `0="sensor",1`. */
export function typedExecuteArguments(text: string): string | FormatError {
  const plain = text.replace(/="([^"'\\]*)"/g, "='$1'");
  const parsed = parseExecuteArguments(plain);
  return 'formatError' in parsed ? parsed : plain;
}
