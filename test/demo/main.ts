/** `npm run demo`: the gateway, killed again and again, as its devices see it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NoRecorder, skipped } from '../powerloss/recorder-library.ts';
import { Demo } from './demo.ts';
import { type DemoArguments, demoUsage, parseDemoArguments } from './demo-arguments.ts';
import { DemoFailure } from './demo-failure.ts';
import { PowerCut } from './power-cut.ts';
import { Screen } from './screen.ts';

const exitFailed = 1;
const exitWrongCall = 2;
const exitInterrupted = 130;

const given = parseDemoArguments(process.argv.slice(2), Date.now() % 1_000_000);
if (given === undefined) process.stdout.write(demoUsage);
else if (typeof given === 'string') {
  process.stderr.write(`error: ${given}\n  How to call it:  npm run demo -- --help\n`);
  process.exitCode = exitWrongCall;
} else process.exitCode = await run(given);

async function run(asked: DemoArguments): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-demo-'));
  try {
    const powerCut = asked.powerCut ? new PowerCut(directory, asked.seed) : undefined;
    return await runIn(directory, asked, powerCut);
  } catch (error) {
    if (!(error instanceof NoRecorder)) throw error;
    rmSync(directory, { recursive: true, force: true });
    return skipped(error, asked.json);
  }
}

async function runIn(
  directory: string,
  { devices, json, seed }: DemoArguments,
  powerCut: PowerCut | undefined,
): Promise<number> {
  const screen = new Screen(json ? process.stderr : process.stdout);
  const demo = new Demo({ devices, seed, directory, screen, powerCut });
  const outcomeOf = [demo.run().catch(failureOf), interrupted()] as const;
  const outcome = await Promise.race(outcomeOf);
  await demo.close();
  const wasInterrupted = outcome === 'interrupted';
  const ok = !(wasInterrupted || outcome instanceof DemoFailure) && outcome.ok;
  if (ok || wasInterrupted) rmSync(directory, { recursive: true, force: true });
  if (wasInterrupted) {
    screen.text('\nInterrupted: the gateway and its devices are stopped, and what they stored is removed.\n');
    return exitInterrupted;
  }
  if (outcome instanceof DemoFailure) {
    const { message } = outcome;
    screen.text(`\n${screen.red('WRONG')}  ${message}\nLogs of the gateway: ${directory} (seed ${seed})\n`);
    screen.text(`${Math.round(demo.tookMs / 1_000)}s, FAILED\n`);
    if (json) process.stdout.write(`${JSON.stringify({ devices, error: message })}\n`);
  } else if (json) process.stdout.write(`${JSON.stringify(outcome.figures)}\n`);
  return ok ? 0 : exitFailed;
}

function failureOf(error: unknown): DemoFailure {
  return error instanceof DemoFailure ? error : new DemoFailure(`a fault of the demo itself: ${stackOf(error)}`);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Resolves at Ctrl-C and the like; a second one while things are being stopped changes nothing. */
function interrupted(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve('interrupted'));
  });
}
