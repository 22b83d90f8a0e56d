/** The arguments of `npm run demo`. */
import { parseArgs } from 'node:util';

export const demoUsage = `Usage: npm run demo -- [--devices N] [--power-cut] [--json] [--seed S]

  --devices N  how many simulated devices, 1 to 1000; 100 if not said
  --power-cut  with each kill the disk loses what it may lose in a power cut;
               needs Linux and a C compiler, and is skipped without them
  --json       the story goes to stderr, and one JSON line to stdout at the end
  --seed S     a number; the same seed kills at the same moments

Exit code 0: all was as it should be, or it was skipped; 1: it was not, or too
little happened to prove anything; 2: the call was wrong; 130: interrupted.
`;

export interface DemoArguments {
  readonly devices: number;
  readonly json: boolean;
  readonly powerCut: boolean;
  readonly seed: number;
}

const devicesMax = 1_000;
const devicesDefault = 100;

/** Undefined when the usage was asked for; a sentence when the call is wrong. */
export function parseDemoArguments(words: readonly string[], seedDefault: number): DemoArguments | string | undefined {
  const options = {
    devices: { type: 'string' },
    json: { type: 'boolean' },
    'power-cut': { type: 'boolean' },
    seed: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    const { values } = parseArgs({ args: [...words], options });
    if (values.help === true) return undefined;
    const devices = wholeNumber(values.devices ?? String(devicesDefault));
    const seed = wholeNumber(values.seed ?? String(seedDefault));
    if (devices === undefined || devices < 1 || devices > devicesMax) {
      return `--devices is "${values.devices}"; it is a number from 1 to ${devicesMax}.`;
    }
    if (seed === undefined) return `--seed is "${values.seed}"; it is a whole number.`;
    return { devices, json: values.json === true, powerCut: values['power-cut'] === true, seed };
  } catch (error) {
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/[.\n]/);
    return `${sentence}.`;
  }
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
