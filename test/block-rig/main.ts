/**
 * `npm run block-rig`: power cuts under a real ext4. Exit 0: nothing acknowledged was lost, and the lying disk was found out; or the
 * machine cannot do it, which is said. Under CI=true a missing package is a failure where the machine could.
 */

import { BlockRig } from './block-rig.ts';
import { type Missing, machineFacts, whatIsMissing } from './requirements.ts';
import { parseRigArguments, type RigArguments, rigUsage } from './rig-arguments.ts';

const exitFailed = 1;
const exitWrongCall = 2;
const exitInterrupted = 130;

const given = parseRigArguments(process.argv.slice(2));
if (given === undefined) process.stdout.write(rigUsage);
else if (typeof given === 'string') {
  process.stderr.write(`error: ${given}\n  How to call it:  npm run block-rig -- --help\n`);
  process.exitCode = exitWrongCall;
} else {
  const missing = whatIsMissing(machineFacts());
  process.exitCode = missing === undefined ? await run(given) : skip(missing, given);
}

function skip({ reason, isMendable }: Missing, { json }: RigArguments): number {
  const text = `The block rig did not run: ${reason}`;
  if (json) process.stdout.write(`${JSON.stringify({ skipped: reason })}\n`);
  (json ? process.stderr : process.stdout).write(`${text}\n`);
  return isMendable && process.env['CI'] === 'true' ? exitFailed : 0;
}

async function run({ seeds, from, json }: RigArguments): Promise<number> {
  const rig = new BlockRig((line) => void (json ? process.stderr : process.stdout).write(`${line}\n`));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => rig.interrupt());
  }
  const figures = await rig.run(seeds, from);
  if (rig.wasInterrupted) process.exit(exitInterrupted); // What was abandoned need not end by itself.
  if (json) process.stdout.write(`${JSON.stringify(figures)}\n`);
  return figures.violations.length === 0 ? 0 : exitFailed;
}
