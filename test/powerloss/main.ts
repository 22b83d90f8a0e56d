/** `npm run powerloss`: the real gateway's disk after every cut that the recording allows. */
import { Screen } from '../demo/screen.ts';
import { isWhole, type PowerlossResult, powerloss } from './powerloss.ts';
import { type PowerlossArguments, parsePowerlossArguments, powerlossUsage } from './powerloss-arguments.ts';
import { NoRecorder, skipped } from './recorder-library.ts';

const exitFailed = 1;
const exitWrongCall = 2;
const exitInterrupted = 130;

const given = parsePowerlossArguments(process.argv.slice(2));
if (given === undefined) process.stdout.write(powerlossUsage);
else if (typeof given === 'string') {
  process.stderr.write(`error: ${given}\n  How to call it:  npm run powerloss -- --help\n`);
  process.exitCode = exitWrongCall;
} else process.exitCode = await run(given);

async function run({ seconds, seed, json }: PowerlossArguments): Promise<number> {
  const screen = new Screen(process.stderr);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(exitInterrupted)); // What was started ends with it.
  }
  try {
    const onProgress = (doing: string): void => screen.now(doing);
    const result = await powerloss({ seconds, seed, onProgress });
    if (json) process.stdout.write(`${JSON.stringify(result.figures)}\n`);
    else process.stdout.write(told(result));
    for (const line of violationLines(result, seed)) process.stderr.write(`${line}\n`);
    return isWhole(result.figures) ? 0 : exitFailed;
  } catch (error) {
    if (!(error instanceof NoRecorder)) throw error;
    return skipped(error, json);
  }
}

function told({ figures }: PowerlossResult): string {
  const { states, distinct, withAcknowledged, crashesDuringRecovery, acknowledgedLost } = figures;
  const { torn, invented, unopenable, selfTests } = figures;
  const missed = Object.entries(selfTests).flatMap(([name, caught]) => (caught ? [] : [name]));
  const writers = missed.length === 0 ? 'every broken writer was caught' : `NOT CAUGHT: ${missed.join(', ')}`;
  return `${states} states after a cut, ${distinct} distinct, ${withAcknowledged} of these with something acknowledged;
${crashesDuringRecovery} of all were cut again during recovery.
Acknowledged and lost: ${acknowledgedLost}   torn: ${torn}   invented: ${invented}   not to be opened: ${unopenable}
Self-tests: ${writers}.
`;
}

function violationLines({ found, kept }: PowerlossResult, seed: number): readonly string[] {
  if (kept === undefined) return [];
  const lines = found.map(({ kind, what, state, kept: directory }) => `${kind}: ${what}\n  ${state}  ${directory}`);
  return [...lines, `The recording (seed ${seed}) and the directories as they were before they were opened: ${kept}`];
}
