/** The arguments of `npm run powerloss`. */
import { parseArgs } from 'node:util';

export const powerlossUsage = `Usage: npm run powerloss -- [--seconds N] [--seed S] [--json]

  npm run powerloss                            20 seconds of cuts
  npm run powerloss -- --seconds 60 --json     figures for a program on stdout

Records every file operation of the real gateway and the datagrams that it
sends, then cuts the power: rebuilds what a disk may hold after a cut, opens it
with the gateway's own store and looks for all that had been acknowledged.
Recording and the self-tests, in which broken writers have to be caught, take
some fifteen seconds more. It needs Linux and a C compiler; without one it says
so and is skipped, except when CI=true is in the environment.

Exit code 0: nothing was lost, or it was skipped; 1: something was, or a broken
writer was not caught; 2: the call was wrong; 130: interrupted.
`;

export interface PowerlossArguments {
  readonly seconds: number;
  readonly seed: number;
  readonly json: boolean;
}

const secondsDefault = 20;
const secondsMax = 86_400;

/** Undefined when the usage was asked for; a sentence when the call is wrong. */
export function parsePowerlossArguments(words: readonly string[]): PowerlossArguments | string | undefined {
  const options = {
    seconds: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    const { values } = parseArgs({ args: [...words], options });
    if (values.help === true) return undefined;
    const seconds = wholeNumber(values.seconds ?? String(secondsDefault));
    const seed = wholeNumber(values.seed ?? '1');
    if (seconds === undefined || seconds < 1 || seconds > secondsMax) {
      return `--seconds is "${values.seconds}"; it is a number from 1 to ${secondsMax}.`;
    }
    if (seed === undefined) return `--seed is "${values.seed}"; it is a whole number.`;
    return { seconds, seed, json: values.json === true };
  } catch (error) {
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/[.\n]/);
    return `${sentence}.`;
  }
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
