/** `npm run bench`: figures of speed and size, each with its ratio to a floor that was measured in the same run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench } from './bench.ts';
import { benches } from './benches.ts';
import { benchCoap } from './coap.ts';
import { benchDtls } from './dtls.ts';
import type { Figure, Size } from './measure.ts';
import { benchNotifications } from './notifications.ts';
import { benchRecovery } from './recovery.ts';
import { figureLine, headLine } from './table.ts';
import { benchWear } from './wear/wear.ts';
import { refuseCall, wrongCall } from './wrong-call.ts';

const usage = `Examples:
  npm run bench
  npm run bench -- --only store
  npm run bench -- --json
  npm run bench -- dtls --json
  npm run bench -- wear --hours 6
  npm run bench -- notifications --devices 1000 --json
  npm run bench -- recovery --devices 10000 --json

Usage: npm run bench -- [--only NAME]... [--rounds N] [--directory DIR] [--json]
       npm run bench -- dtls [--json]   the DTLS engine's figures and goals
       npm run bench -- coap [--json]   a CoAP request, beside npm coap
       npm run bench -- wear --help     what a day wears the flash by
       npm run bench -- notifications --help
                                        the cost of a notification
       npm run bench -- recovery --help
                                        10,000 devices after a SIGKILL

  --only NAME      one bench alone; may stand several times:
                   ${benches.map(({ name }) => name).join(', ')}
  --rounds N       rounds of each figure, 1 to 100; 5 if not said.
                   What takes seconds gets no more than 3
  --directory DIR  on the disk to be measured; the system's temporary
                   directory if not said
  --json           one line: times in seconds, sizes in bytes
  -h, --help       this text

A figure is the median of the rounds; "spread" is half of what lies between
the lowest and the highest. "x floor": how many times as long as the floor of
its group, measured in the same rounds: compare that, not the time, between
two machines. A "!" stands where a goal is missed.
`;

const roundsMax = 100;

interface Given {
  readonly chosen: readonly Bench[];
  readonly size: Size;
  readonly parent: string;
  readonly json: boolean;
}

/** What was asked for; a sentence when the call is wrong; undefined when the usage was asked for. */
function given(words: readonly string[]): Given | string | undefined {
  const options = {
    only: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '5' },
    // For the test of the benches: how much of each a round measures.
    scale: { type: 'string', default: '1' },
    directory: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    const { values } = parseArgs({ args: [...words], options });
    if (values.help === true) return undefined;
    const { only = [], directory, json } = values;
    const unknown = only.find((name) => !benches.some((bench) => bench.name === name));
    if (unknown !== undefined) return `no bench is called "${unknown}"`;
    const rounds = Number(values.rounds);
    const scale = Number(values.scale);
    if (!Number.isInteger(rounds) || rounds < 1 || rounds > roundsMax)
      return `--rounds is "${values.rounds}"; it is a number from 1 to ${roundsMax}`;
    if (!(scale > 0 && scale <= 1)) return `--scale is "${values.scale}"; it is above 0, and 1 at most`;
    const chosen = benches.filter(({ name }) => only.length === 0 || only.includes(name));
    return { chosen, size: { rounds, scale }, parent: directory, json };
  } catch (error) {
    return wrongCall(error);
  }
}

async function run({ chosen, size, parent, json }: Given): Promise<void> {
  const machine = { node: process.version, processor: cpus()[0]?.model ?? process.arch, processors: cpus().length };
  const groups: { bench: string; figures: readonly Figure[] }[] = [];
  if (!json) process.stdout.write(`${machine.processors} x ${machine.processor}, Node ${machine.node}\n`);
  for (const bench of chosen) {
    const directory = mkdtempSync(join(parent, 'holdfast-bench-'));
    try {
      const figures = await bench.run({ size, directory });
      groups.push({ bench: bench.name, figures });
      if (!json) process.stdout.write(`\n${bench.name}: ${bench.about}\n${screen(figures)}`);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  if (json) process.stdout.write(`${JSON.stringify({ ...machine, rounds: size.rounds, groups })}\n`);
}

function screen(figures: readonly Figure[]): string {
  return [headLine(), ...figures.map(figureLine)].map((line) => `${line}\n`).join('');
}

const words = process.argv.slice(2);
const [first, ...rest] = words;
const parts: ReadonlyMap<string | undefined, (words: readonly string[]) => Promise<void>> = new Map([
  ['dtls', benchDtls],
  ['coap', benchCoap],
  ['wear', benchWear],
  ['notifications', benchNotifications],
  ['recovery', benchRecovery],
]);
const part = parts.get(first);
const asked = part === undefined ? given(words) : undefined;
if (part !== undefined) await part(rest);
else if (asked === undefined) process.stdout.write(usage);
else if (typeof asked === 'string') refuseCall(asked);
else await run(asked);
