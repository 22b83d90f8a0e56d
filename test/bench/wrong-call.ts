/** Wrong calls of a bench: what a person is told, and the exit code. */
const exitWrongCall = 2;

/** What `parseArgs` refuses: its first sentence, without the full stop. */
export function wrongCall(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split(/\.?\s*(?:\n|\. )/)[0] ?? '';
}

/** A number from 1 to `max`. Throws the sentence otherwise. */
export function wholeNumber(flag: string, text: string, max: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= max) return number;
  throw new Error(`${flag} is "${text}"; it is a number from 1 to ${max}`);
}

/** Says so, and how to call `npm run bench -- PART` (or without a part). */
export function refuseCall(sentence: string, part = ''): void {
  process.stderr.write(
    `error: ${sentence}.\n  How to call it:  npm run bench -- ${part === '' ? '' : `${part} `}--help\n`,
  );
  process.exitCode = exitWrongCall;
}
