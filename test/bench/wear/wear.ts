/**
 * `npm run bench -- wear`: how much a day of a fleet wears the flash, and how long acknowledgements wait for it, beside other ways
 * to keep the same writes: the scheduler's batches in SQLite and in LMDB, and each commit of the gateway at once in a synced batch of
 * LevelDB. Each is measured on a file system of its own, made anew.
 */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { refuseCall, wrongCall } from '../wrong-call.ts';
import { makeWearDisk, type WearDisk } from './disk.ts';
import { type Figures, perDay, tenths } from './figures.ts';
import { FileSystemClock } from './file-system-clock.ts';
import { type OpenKeeper, openLevelKeeper, openLmdbKeeper, openSqliteKeeper } from './keepers.ts';
import { replay } from './replay.ts';
import { type Recording, runFleet } from './run.ts';
import { screen } from './screen.ts';

const usage = `Examples:
  npm run bench -- wear
  npm run bench -- wear --devices 20 --hours 6
  npm run bench -- wear --json

Usage: npm run bench -- wear [--devices N] [--hours H] [--seed S]
                             [--directory DIR] [--json]

  --devices N      1 to 10,000; 1,000 if not said. Each sends an Update every
                   5 minutes; a second run adds one confirmable notification
                   a minute each, which a reader of the event log handles
  --hours H        simulated hours of each run, up to 48; 1 if not said.
                   Compaction shows after some hours
  --seed S         of the devices' phases; 1 if not said
  --directory DIR  where the image of the file system is made; the system's
                   temporary directory if not said
  --json           one line: sizes in million bytes, times in milliseconds
  -h, --help       this text

As root the bytes are those of the block device under an ext4 that is mounted
for this; else those that the process has written. Time is simulated, files
and syncs are real. A "!" stands where a goal is missed.
`;

const exitStopped = 130;
const devicesMax = 10_000;
const hoursMax = 48;
/** A sync for each event is slow, and the same all the time: ten minutes tell as much as an hour. */
const syncPerEventMsMax = 600_000;
/** In a shorter run there is no time for what happens every few seconds of real time. */
const clockedHoursMin = 1;
const wholeMsMax = Number.POSITIVE_INFINITY;

interface Given {
  readonly devices: number;
  readonly hours: number;
  readonly seed: number;
  readonly parent: string;
  readonly json: boolean;
}

export interface Compared extends Figures {
  /** How many times the bytes of the scheduler, journal and database; null when those wrote nothing. */
  readonly timesOurs: number | null;
}

/** One way to keep the writes, under both loads. */
interface Both<Kind> {
  readonly withoutNotifications: Kind;
  readonly withNotifications: Kind;
}

/** What is written to, and how that is counted. */
interface Surroundings {
  readonly method: string;
  /** The bytes are those of a device: else no goal of bytes is judged. */
  readonly isDevice: boolean;
  /** In real time the file system adds so much (see `file-system-clock.ts`); null when it was not measured. */
  readonly fileSystemClockMBPerDay: number | null;
}

export interface WearFigures extends Surroundings, Both<Figures> {
  readonly devices: number;
  readonly seed: number;
  readonly syncPerEvent: Both<Compared>;
  /** Null where the machine lacks it; then `reasons` says why. */
  readonly sqlite: Both<Compared> | null;
  readonly lmdb: Both<Compared> | null;
  readonly reasons: Readonly<Record<string, string>>;
}

/** Prints the figures, as one line of JSON when the words say so. */
export async function benchWear(words: readonly string[]): Promise<void> {
  const asked = given(words);
  if (asked === undefined) {
    process.stdout.write(usage);
  } else if (typeof asked === 'string') {
    refuseCall(asked, 'wear');
  } else {
    const stop = (): never => process.exit(exitStopped);
    process.once('SIGINT', stop).once('SIGTERM', stop);
    const figures = await measured(asked);
    process.off('SIGINT', stop).off('SIGTERM', stop);
    process.stdout.write(asked.json ? `${JSON.stringify(figures)}\n` : screen(figures));
  }
}

/** What was asked for; a sentence when the call is wrong; undefined when the usage was asked for. */
function given(words: readonly string[]): Given | string | undefined {
  const options = {
    devices: { type: 'string', default: '1000' },
    hours: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    directory: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    const { values } = parseArgs({ args: [...words], options });
    if (values.help === true) return undefined;
    const [devices, hours, seed] = [Number(values.devices), Number(values.hours), Number(values.seed)];
    if (!Number.isInteger(devices) || devices < 1 || devices > devicesMax)
      return `--devices is "${values.devices}"; it is a number from 1 to ${devicesMax}`;
    if (!(hours > 0 && hours <= hoursMax))
      return `--hours is "${values.hours}"; it is above 0, and ${hoursMax} at most`;
    if (!Number.isInteger(seed)) return `--seed is "${values.seed}"; it is a whole number`;
    return { devices, hours, seed, parent: values.directory, json: values.json };
  } catch (error) {
    return wrongCall(error);
  }
}

async function measured(asked: Given): Promise<WearFigures> {
  const bench = new WearBench(asked.parent);
  return await bench.onDisk(async (disk) => {
    const { method, isDevice } = disk;
    const clock = isDevice && asked.hours >= clockedHoursMin ? new FileSystemClock(disk) : undefined;
    const figures = await compared(bench, asked);
    return { method, isDevice, fileSystemClockMBPerDay: (await clock?.end()) ?? null, ...figures };
  });
}

async function compared(
  bench: WearBench,
  { devices, hours, seed }: Given,
): Promise<Omit<WearFigures, keyof Surroundings>> {
  const without = await bench.ours({ devices, hours, seed, notifications: false });
  const withThem = await bench.ours({ devices, hours, seed, notifications: true });
  const others = async (
    keeper: OpenKeeper,
    what: 'batches' | 'commits',
    spanMsMax: number,
  ): Promise<Both<Compared>> => ({
    withoutNotifications: await bench.other(without, keeper, what, spanMsMax),
    withNotifications: await bench.other(withThem, keeper, what, spanMsMax),
  });
  const syncPerEvent = await others(openLevelKeeper, 'commits', syncPerEventMsMax);
  const reasons: Record<string, string> = {};
  const ifThere = async (name: string, keeper: OpenKeeper): Promise<Both<Compared> | null> => {
    try {
      return await others(keeper, 'batches', wholeMsMax);
    } catch (error) {
      reasons[name] = error instanceof Error ? error.message : String(error);
      return null;
    }
  };
  return {
    devices,
    seed,
    withoutNotifications: without.figures,
    withNotifications: withThem.figures,
    syncPerEvent,
    sqlite: await ifThere('sqlite', openSqliteKeeper),
    lmdb: await ifThere('lmdb', openLmdbKeeper),
    reasons,
  };
}

interface Ours {
  readonly figures: Figures;
  readonly recording: Recording;
}

interface Load {
  readonly devices: number;
  readonly hours: number;
  readonly seed: number;
  readonly notifications: boolean;
}

/** Measures one thing after the other, each on a disk of its own. */
class WearBench {
  private readonly parent: string;

  constructor(parent: string) {
    this.parent = parent;
  }

  async ours({ hours, ...load }: Load): Promise<Ours> {
    const { measured: counted, recording } = await this.onDisk((disk) => runFleet(load, hours, disk));
    return { figures: perDay(counted), recording };
  }

  async other(
    { figures: ours, recording }: Ours,
    keeper: OpenKeeper,
    what: 'batches' | 'commits',
    spanMsMax: number,
  ): Promise<Compared> {
    const figures = perDay(await this.onDisk((disk) => replay(recording, what, spanMsMax, keeper, disk)));
    const timesOurs = ours.deviceMBPerDay === 0 ? null : tenths(figures.deviceMBPerDay / ours.deviceMBPerDay);
    return { ...figures, timesOurs };
  }

  /** Whatever ends this, nothing stays mounted. */
  async onDisk<Result>(work: (disk: WearDisk) => Promise<Result>): Promise<Result> {
    const disk = makeWearDisk(this.parent);
    const remove = (): void => disk.remove();
    process.once('exit', remove);
    try {
      return await work(disk);
    } finally {
      process.off('exit', remove);
      remove();
    }
  }
}
