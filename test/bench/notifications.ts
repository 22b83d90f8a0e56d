/**
 * `npm run bench -- notifications`: what a confirmable notification over DTLS costs the whole gateway, from its datagram to the
 * ACK, as time of the processor of the gateway's process with the devices in another; beside bare sockets in the same rounds.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { counterPath } from '../demo/device-objects.ts';
import { type Configured, LiveWorld, patienceMs } from './live/live-world.ts';
import { processorUs, residentPeakBytes } from './live/process-figures.ts';
import { SetUpLine } from './live/set-up-line.ts';
import { medianOf } from './measure.ts';
import { refuseCall, wholeNumber, wrongCall } from './wrong-call.ts';

const usage = `Examples:
  npm run bench -- notifications
  npm run bench -- notifications --devices 1000 --json

Usage: npm run bench -- notifications [--devices N] [--rounds N] [--each N]
                                      [--directory DIR] [--json]

  --devices N      1 to 10000; 1000 if not said
  --rounds N       1 to 20; 3 if not said. Figures are their medians
  --each N         notifications of a device in a round; 20 if not said
  --directory DIR  on the disk to be measured; the system's temporary
                   directory if not said
  --json           one line
  -h, --help       this text

Confirmable notifications over DTLS, one under way at each device, through the
whole gateway; time of the processor of its process, in microseconds each:

  floorUs                  bare sockets: such a datagram in, one out
  cpuUsPerNotification     with a store in memory that commits at once
  durableCpuUsPerNotification
                           with the real one, and what follows: the hand-over
                           from the journal to the database
  perSecond                acknowledged a second, with the store in memory
  rssPeakMB                the most memory of the gateway with its real store
`;

interface Figures {
  readonly floorUs: number;
  readonly cpuUsPerNotification: number;
  readonly durableCpuUsPerNotification: number;
  readonly perSecond: number;
  readonly rssPeakMB: number;
}

interface Given {
  readonly devices: number;
  readonly rounds: number;
  readonly each: number;
  readonly parent: string;
  readonly json: boolean;
}

const goals: Partial<Record<keyof Figures, string>> = {
  cpuUsPerNotification: '2.5 x floor',
  durableCpuUsPerNotification: '3.2 x floor',
  rssPeakMB: '110',
};
/** As the devices here send them: a connection ID, a token of eight bytes, SenML in CBOR. */
const datagramBytes = 69;
const soonWindowSeconds = 5;
const inMemory = fileURLToPath(new URL('live/gateway-in-memory.js', import.meta.url));
const bareProgram = fileURLToPath(new URL('echo-process.js', import.meta.url));

/** The figures on the screen, or with `--json` as one line. */
export async function benchNotifications(words: readonly string[]): Promise<void> {
  const call = given(words);
  if (call === undefined) return void process.stdout.write(usage);
  if (typeof call === 'string') return refuseCall(call, 'notifications');
  const directory = mkdtempSync(join(call.parent, 'holdfast-bench-'));
  try {
    const figures = await measured(call, directory);
    process.stdout.write(call.json ? `${JSON.stringify(figures)}\n` : screen(figures));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function given(words: readonly string[]): Given | string | undefined {
  const options = {
    devices: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    each: { type: 'string', default: '20' },
    directory: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    const { values } = parseArgs({ args: [...words], options });
    if (values.help === true) return undefined;
    const devices = wholeNumber('--devices', values.devices, 10_000);
    const rounds = wholeNumber('--rounds', values.rounds, 20);
    const each = wholeNumber('--each', values.each, 1_000);
    return { devices, rounds, each, parent: values.directory, json: values.json };
  } catch (error) {
    return wrongCall(error);
  }
}

/** The three take turns in each round, so that the noise of a machine falls upon all. */
async function measured(call: Given, directory: string): Promise<Figures> {
  const line = new SetUpLine();
  const bare = new BareSockets();
  const memory = await Variant.start(call, join(directory, 'memory'), { spacing: 0 }, line, inMemory);
  const durable = await Variant.start(call, join(directory, 'durable'), { soonWindow: soonWindowSeconds }, line);
  const floors: number[] = [];
  try {
    for (let round = 0; round <= call.rounds; round++) {
      line.told('rounds', round, call.rounds);
      const floorUs = await bare.measure(memory.world, call);
      // The first is for becoming warm.
      if (round > 0) floors.push(floorUs);
      await memory.measure(round > 0);
      await durable.measure(round > 0);
    }
    return {
      floorUs: tenths(medianOf(floors)),
      cpuUsPerNotification: tenths(medianOf(memory.costsUs)),
      durableCpuUsPerNotification: tenths(medianOf(durable.costsUs)),
      perSecond: Math.round(medianOf(memory.rates)),
      rssPeakMB: tenths(durable.residentPeakBytes / 1e6),
    };
  } finally {
    line.end();
    await Promise.all([bare.close(), memory.world.close(), durable.world.close()]);
  }
}

/** A gateway over one kind of store, with devices of its own. */
class Variant {
  readonly world: LiveWorld;
  readonly costsUs: number[] = [];
  readonly rates: number[] = [];
  private readonly call: Given;
  private readonly settleMs: number;

  private constructor(world: LiveWorld, call: Given, settleMs: number) {
    this.world = world;
    this.call = call;
    this.settleMs = settleMs;
  }

  static async start(
    call: Given,
    directory: string,
    times: Configured,
    line: SetUpLine,
    program?: string,
  ): Promise<Variant> {
    mkdirSync(directory);
    const { devices } = call;
    const world = await LiveWorld.make({ directory, devices, ...(program === undefined ? {} : { program }) });
    try {
      world.configure(times);
      await world.gateway.start();
      await world.bringIn([counterPath], (...said) => line.told(...said));
    } catch (error) {
      await world.close();
      throw error;
    }
    const { soonWindow = 0 } = times;
    return new Variant(world, call, soonWindow === 0 ? 0 : (soonWindow + 1) * 1_000);
  }

  get residentPeakBytes(): number {
    return residentPeakBytes(this.world.pid);
  }

  /** All devices send as fast as they are acknowledged; then what nobody waits for is written. */
  async measure(counts: boolean): Promise<void> {
    const { world, call } = this;
    const { devices } = world;
    const { acknowledged } = await devices.progress(patienceMs);
    const goal = acknowledged + call.devices * call.each;
    const [beganUs, beganMs] = [processorUs(world.pid), performance.now()];
    devices.tell({ kind: 'notify', each: call.each, paceMs: 0 });
    await devices.until((sum) => sum.acknowledged >= goal, patienceMs, 'notifications stay unacknowledged');
    const seconds = (performance.now() - beganMs) / 1_000;
    await wait(this.settleMs);
    if (!counts) return;
    this.costsUs.push((processorUs(world.pid) - beganUs) / (goal - acknowledged));
    this.rates.push((goal - acknowledged) / seconds);
  }
}

/** The floor: a process that sends each datagram back, and nothing else. */
class BareSockets {
  private readonly child: ChildProcess = fork(bareProgram, { execArgv: [] });
  private readonly port: Promise<number> = once(this.child, 'message').then(([port]) => Number(port));

  async measure({ devices }: LiveWorld, { devices: sockets, each }: Given): Promise<number> {
    const port = await this.port;
    const count = sockets * each;
    const beganUs = processorUs(this.child.pid ?? 0);
    await devices.bare({ port, sockets, datagramBytes, count }, patienceMs);
    return (processorUs(this.child.pid ?? 0) - beganUs) / count;
  }

  async close(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await gone;
  }
}

function screen(figures: Figures): string {
  const line = ([name, value]: [string, number]): string => {
    const goal = goals[name as keyof Figures];
    return `${name.padEnd(29)}${String(value).padStart(8)}${goal === undefined ? '' : `   at most ${goal}`}\n`;
  };
  return Object.entries(figures).map(line).join('');
}

const tenths = (value: number): number => Math.round(value * 10) / 10;
