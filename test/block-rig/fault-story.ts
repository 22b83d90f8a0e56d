/**
 * A full and a failing file system under the running gateway, which nobody restarts:
 *
 *   devices report ─► somebody fills the disk ─► and frees it ─► the kernel makes it read-only after an error ─► it is unmounted, repaired
 *   and mounted again ─► SIGKILL ─► the store's own code
 *
 * All through it the process lives and answers; while it acknowledges nothing its status says why; when the fault has gone it goes on by
 * itself; and nothing that was acknowledged is lost.
 */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../host/gateway-child.ts';
import { Random } from '../simulation/random.ts';
import type { CleanUp } from './clean-up.ts';
import { keptRecords } from './kept-records.ts';
import { Ledger } from './ledger.ts';
import { MountedDisk, makeImage } from './rig-disk.ts';
import { RigGateway } from './rig-gateway.ts';
import { type CommandError, systemCommand } from './system-command.ts';
import { Workload } from './workload.ts';

export interface FaultOptions {
  readonly seed: number;
  /** An empty directory that is removed afterwards. */
  readonly directory: string;
  readonly cleanUp: CleanUp;
}

export interface FaultPhase {
  readonly name: string;
  /** The states of the store that `status` told, in order. */
  readonly states: readonly string[];
  /** Acknowledged while the fault lasted. */
  readonly acknowledged: number;
  /** From the end of the fault until devices were acknowledged again and the state was `ok`. */
  readonly recoveredSeconds: number | undefined;
}

export interface FaultFigures {
  readonly phases: readonly FaultPhase[];
  readonly acknowledged: number;
  readonly lost: number;
}

const megabytes = 64;
const wellMs = 1_000;
const pauseMs = 40;
const faultMs = 6_000;
const lookEveryMs = 200;
/** Longer than a commit may take: whoever acknowledges nothing for so long has to say why. */
const quietMaxMs = 3_000;
const recoveryMaxMs = 30_000;
const repairTries = 100;
const fillBytes = 65_536;
const fillTailBytes = 512;
/** e2fsck(8): something was wrong and is mended. */
const exitMended = 1;

export async function faultStory(options: FaultOptions): Promise<{ figures: FaultFigures; wrong: readonly string[] }> {
  const { seed, directory, cleanUp } = options;
  const mountPoint = join(directory, 'mount');
  const state = join(mountPoint, 'state');
  const imageFile = await makeImage(directory, megabytes);
  const disk = await MountedDisk.mount(imageFile, mountPoint, cleanUp);
  const gateway = await RigGateway.start({ directory, state, port: await freePort(), cleanUp });
  const ledger = new Ledger();
  const { operator, port } = gateway;
  const workload = await Workload.open({ operator, port, ledger, random: new Random(seed), cleanUp, pauseMs });
  const story = new FaultStory(gateway, ledger);
  workload.run();
  await story.watch(wellMs, ['ok']);

  const filler = await open(join(mountPoint, 'filler'), 'w');
  cleanUp.add('the filler', () => filler.close());
  const full = await story.watch(faultMs, ['ok', 'full'], () => fill(filler));
  await filler.truncate(0);
  await rm(join(mountPoint, 'filler'));
  await filler.close();
  // What was freed stays so when the next fault takes back what the file system has not written yet.
  await systemCommand('sync', '-f', mountPoint);
  const phases = [{ name: 'full disk', ...full, recoveredSeconds: await story.recovered() }];

  await systemCommand('mount', '-o', 'remount,abort', mountPoint);
  const readOnly = await story.watch(faultMs, ['ok', 'failed', 'readonly']);
  const isRepaired = await repair(disk, imageFile);
  if (!isRepaired)
    story.wrong.push('the gateway keeps files open on a failed file system, which so cannot be repaired');
  const recoveredSeconds = isRepaired ? await story.recovered() : undefined;
  phases.push({ name: 'read-only disk', ...readOnly, recoveredSeconds });
  if (isRepaired) await everybodyGoesOn(workload, story);

  await gateway.end();
  await wait(lookEveryMs); // What was acknowledged in the end is still on its way to the devices.
  workload.stop();
  const { acknowledged } = ledger;
  if (!isRepaired && !(await repair(disk, imageFile))) throw new Error('the disk could not be repaired at all');
  const { lost, invented } = ledger.compare(await keptRecords(state));
  return { figures: { phases, acknowledged, lost: lost.length }, wrong: [...story.wrong, ...lost, ...invented] };
}

class FaultStory {
  readonly wrong: string[] = [];
  private readonly gateway: RigGateway;
  private readonly ledger: Ledger;
  private acknowledgedBefore = 0;
  private heardAtMs = performance.now();

  constructor(gateway: RigGateway, ledger: Ledger) {
    this.gateway = gateway;
    this.ledger = ledger;
  }

  /** Looks again and again; `meanwhile` is done before each look. `expected`: what the status may say. */
  async watch(
    forMs: number,
    expected: readonly string[],
    meanwhile: () => Promise<void> = async () => {},
  ): Promise<Pick<FaultPhase, 'states' | 'acknowledged'>> {
    const states: string[] = [];
    const before = this.ledger.acknowledged;
    const end = performance.now() + forMs;
    while (performance.now() < end) {
      await meanwhile();
      const state = await this.look();
      if (state !== states.at(-1)) states.push(state);
      await wait(lookEveryMs);
    }
    for (const state of new Set(states)) {
      if (!expected.includes(state)) this.wrong.push(`the status said "${state}", not ${expected.join(' or ')}`);
    }
    return { states, acknowledged: this.ledger.acknowledged - before };
  }

  /** In seconds; undefined, and wrong, when it does not recover by itself in time. */
  async recovered(): Promise<number | undefined> {
    const begun = performance.now();
    const before = this.ledger.acknowledged;
    while (performance.now() - begun < recoveryMaxMs) {
      await wait(lookEveryMs);
      if ((await this.look()) !== 'ok' || this.ledger.acknowledged === before || !(await this.isWhole())) continue;
      return Math.round((performance.now() - begun) / 100) / 10;
    }
    this.wrong.push(`not recovered ${recoveryMaxMs / 1_000}s after the fault had gone`);
    return undefined;
  }

  /** Neither half of the store fails any more. */
  private async isWhole(): Promise<boolean> {
    const { attention } = await this.gateway.operator.status();
    return !attention.some(({ code }) => code === 'database-refuses' || code === 'journal-failed');
  }

  private async look(): Promise<string> {
    const { gateway, ledger } = this;
    if (gateway.hasEnded)
      throw new Error(`the gateway has ended; it said last: ${gateway.log.trim().split('\n').at(-1)}`);
    const state = await gateway.operator.status().then(({ store }) => store.state);
    if (ledger.acknowledged > this.acknowledgedBefore || state !== 'ok') {
      this.acknowledgedBefore = ledger.acknowledged;
      this.heardAtMs = performance.now();
    } else if (performance.now() - this.heardAtMs > quietMaxMs) {
      this.wrong.push(`nothing was acknowledged for ${quietMaxMs / 1_000}s while the status said "ok"`);
      this.heardAtMs = performance.now();
    }
    return state;
  }
}

/** Takes whatever is free, also what has become free since. */
async function fill(filler: FileHandle): Promise<void> {
  for (const bytes of [fillBytes, fillTailBytes]) {
    try {
      for (;;) await filler.appendFile(Buffer.alloc(bytes, 1));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}

/** What an operator does with a file system that the kernel has given up; false while files on it are open. */
async function repair(disk: MountedDisk, imageFile: string): Promise<boolean> {
  if (!(await disk.unmount(repairTries))) return false;
  await systemCommand('e2fsck', '-p', imageFile).catch((error: CommandError) => {
    if (error.exitCode !== exitMended) throw error;
  });
  await disk.mountAgain();
  return true;
}

async function everybodyGoesOn({ reporters }: Workload, story: FaultStory): Promise<void> {
  for (const device of reporters) {
    if (!(await device.report('send'))) story.wrong.push(`${device.endpoint} could not go on after the faults`);
    if (device.resets > 0) story.wrong.push(`the gateway forgot that it observes ${device.endpoint}`);
  }
}
