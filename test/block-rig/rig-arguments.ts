/** The arguments of `npm run block-rig`. */
import { parseArgs } from 'node:util';

export const rigUsage = `Examples:
  npm run block-rig
  npm run block-rig -- --seeds 50 --json
  npm run block-rig -- --from 7 --seeds 1

Usage: npm run block-rig -- [--seeds N] [--from S] [--json]

The gateway on a real ext4 whose disk loses its volatile cache, once a seed;
then on a disk that lies, which must be noticed; then on a full and a failing
one.
Needs root, /dev/fuse, loop devices and nbdfuse (libnbd-bin); where they are
missing it says so and ends well.

  --seeds N   power cuts; 10 if not said
  --from S    the first seed; 1 if not said
  --json      figures for a program on stdout, the lines for people on stderr
  -h, --help  this text
`;

export interface RigArguments {
  readonly seeds: number;
  readonly from: number;
  readonly json: boolean;
}

/** Undefined when the usage was asked for; a text is what is wrong with the call. */
export function parseRigArguments(words: readonly string[]): RigArguments | string | undefined {
  const options = {
    seeds: { type: 'string', default: '10' },
    from: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  } as const;
  try {
    const { values } = parseArgs({ args: [...words], options });
    if (values.help) return undefined;
    if (!/^[1-9][0-9]{0,5}$/.test(values.seeds)) return `--seeds ${values.seeds} is not a number of power cuts.`;
    if (!/^[0-9]{1,9}$/.test(values.from)) return `--from ${values.from} is not a seed.`;
    return { seeds: Number(values.seeds), from: Number(values.from), json: values.json };
  } catch (error) {
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/[.\n]/);
    return `${sentence}.`;
  }
}
