/**
 * `npm run fuzz -- TARGET`: damaged datagrams without end against one part of the product. The target runs in a thread of its
 * own, so that one which hangs is noticed. Exit 0: nothing was found; 1: a fault, with the seed that shows it again.
 */
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { targets } from './targets.ts';

const usage = `Examples:
  npm run fuzz -- dtls
  npm run fuzz -- dtls --datagrams 10000000

Usage: npm run fuzz -- TARGET [--datagrams N] [--seed N]

  TARGET         ${Object.keys(targets).join(', ')}
  --datagrams N  how many damaged datagrams; 1000000 if not said
  --seed N       the same seed gives the same run; another each time if
                 not said
  -h, --help     this text
`;

interface Work {
  target: string;
  datagrams: number;
  seed: number;
}

const exitFault = 1;
const exitWrongCall = 2;
/** No progress for so long is a hang. */
const silenceMs = 60_000;
const tellEveryMs = 2_000;

/** What was asked for; a sentence when the call is wrong; undefined when the usage was asked for. */
function given(words: readonly string[]): Work | string | undefined {
  const options = {
    datagrams: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
    const [target = ''] = positionals;
    if (values.help === true) return undefined;
    if (!Object.hasOwn(targets, target) || positionals.length > 1)
      return `"${positionals.join(' ')}" is not one target`;
    const [datagrams, seed] = [Number(values.datagrams), Number(values.seed)];
    if (!Number.isSafeInteger(datagrams) || datagrams < 1)
      return `--datagrams is "${values.datagrams}"; it is 1 or more`;
    if (!Number.isSafeInteger(seed) || seed < 0) return `--seed is "${values.seed}"; it is 0 or more`;
    return { target, datagrams, seed };
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split(/\.?\s*(?:\n|\. )/)[0] ?? '';
  }
}

/** Watches the thread that does the work. */
function watch(work: Work): void {
  const again = `--seed ${work.seed} --datagrams ${work.datagrams}`;
  const fail = (what: string): void => {
    process.stderr.write(`\nerror: ${what}\n  To see it again:  npm run fuzz -- ${work.target} ${again}\n`);
    process.exit(exitFault);
  };
  const worker = new Worker(new URL(import.meta.url), { workerData: work });
  const hung = (): void => fail(`it has stood still for ${silenceMs / 1_000} s.`);
  let watchdog = setTimeout(hung, silenceMs);
  worker.on('message', (message: { done: number } | { report: object }) => {
    clearTimeout(watchdog);
    if ('report' in message) process.stdout.write(`${JSON.stringify(message.report, null, 2)}\n`);
    else {
      watchdog = setTimeout(hung, silenceMs);
      process.stderr.write(`${message.done} of ${work.datagrams} datagrams\n`);
    }
  });
  worker.on('error', (error) => fail(error instanceof Error ? (error.stack ?? error.message) : String(error)));
}

function toil({ target, datagrams, seed }: Work): void {
  let toldAt = performance.now();
  const report = targets[target]?.(datagrams, seed, (done) => {
    if (performance.now() - toldAt < tellEveryMs) return;
    toldAt = performance.now();
    parentPort?.postMessage({ done });
  });
  parentPort?.postMessage({ report: { target, seed, ...report } });
}

if (isMainThread) {
  const asked = given(process.argv.slice(2));
  if (asked === undefined) process.stdout.write(usage);
  else if (typeof asked === 'string') {
    process.stderr.write(`error: ${asked}.\n  How to call it:  npm run fuzz -- --help\n`);
    process.exitCode = exitWrongCall;
  } else watch(asked);
} else toil(workerData as Work);
