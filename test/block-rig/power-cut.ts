/**
 * One power cut under a real ext4:
 *
 *   image ─► volatile cache ─NBD─► nbdfuse ─► loop ─► ext4 ─► the gateway ─► devices      … cut on one of the next writes …
 *   image ─► loop ─► ext4, journal replayed ─► e2fsck ─► the store's own code ─► a gateway, which the devices go on talking to
 */

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../host/gateway-child.ts';
import { Random } from '../simulation/random.ts';
import type { CleanUp } from './clean-up.ts';
import { keptRecords } from './kept-records.ts';
import { Ledger } from './ledger.ts';
import { fuseFile, MountedDisk, makeImage } from './rig-disk.ts';
import { RigGateway, type RigGatewayOptions } from './rig-gateway.ts';
import { systemCommand } from './system-command.ts';
import type { CutFigures, CutPolicy } from './volatile-cache.ts';
import { VolatileDevice } from './volatile-device.ts';
import { Workload } from './workload.ts';

export interface PowerCut {
  readonly seed: number;
  readonly policy: CutPolicy;
  readonly cut: CutFigures;
  readonly flushes: number;
  readonly writes: number;
  readonly acknowledged: number;
  readonly lost: readonly string[];
  /** Anything else that must not be. */
  readonly wrong: readonly string[];
}

export interface PowerCutOptions {
  readonly seed: number;
  /** An empty directory that is removed afterwards. */
  readonly directory: string;
  readonly cleanUp: CleanUp;
  /** From some moment on the disk acknowledges flushes and does nothing. */
  readonly flushLies?: boolean;
}

/** Torn blocks are the rarest sight and the hardest test. */
const policyBySeed: readonly CutPolicy[] = ['torn', 'subset', 'torn', 'drop'];
const megabytes = 96;
const armedWritesMax = 12;
const runsMs = { least: 600, most: 1_600 } as const;
const cutWithinMs = 10_000;
const settlesMs = 200;

export async function powerCut({ seed, directory, cleanUp, flushLies = false }: PowerCutOptions): Promise<PowerCut> {
  const random = new Random(seed);
  const policy = flushLies ? 'drop' : (policyBySeed[seed % policyBySeed.length] ?? 'drop');
  const mountPoint = join(directory, 'mount');
  const state = join(mountPoint, 'state');
  const imageFile = await makeImage(directory, megabytes);
  const socketPath = join(directory, 'nbd.sock');
  const device = await VolatileDevice.open({ imageFile, socketPath, policy, random: random.fork() });
  cleanUp.add('the disk', () => device.close());
  const disk = await MountedDisk.mount(await fuseFile(directory, socketPath, cleanUp), mountPoint, cleanUp);

  const gateway = await RigGateway.start({ directory, state, port: await freePort(), cleanUp });
  const ledger = new Ledger();
  const { operator, port } = gateway;
  const workload = await Workload.open({ operator, port, ledger, random, cleanUp });
  workload.run();
  await wait(random.between(runsMs.least, runsMs.most));
  if (flushLies) {
    device.flushLies = true;
    await wait(runsMs.least);
  }
  const cut = await cutPower(device, gateway);
  await gateway.end();
  await wait(settlesMs); // What was acknowledged before the cut is still on its way to the devices.
  workload.stop();
  const acknowledged = ledger.acknowledged;
  await disk.release();

  const wrong: string[] = [];
  const plain = await MountedDisk.mount(imageFile, mountPoint, cleanUp);
  await plain.unmount();
  await systemCommand('e2fsck', '-f', '-n', imageFile).catch((error: Error) => wrong.push(error.message));
  await plain.mountAgain();
  const { lost, invented } = ledger.compare(await keptRecords(state));
  wrong.push(...invented);
  if (lost.length === 0) wrong.push(...(await goesOn({ directory, state, port, cleanUp }, ledger, workload)));
  const { flushes, writes } = device.counted;
  return { seed, policy, cut, flushes, writes, acknowledged, lost, wrong };
}

/** The gateway is killed in the very moment: it must not meet the errors of a disk that is gone, and must say nothing more. */
async function cutPower(device: VolatileDevice, gateway: RigGateway): Promise<CutFigures> {
  const figures = new Promise<CutFigures>((resolve) => {
    device.arm(armedWritesMax, (found) => {
      gateway.kill();
      resolve(found);
    });
  });
  const found = await Promise.race([figures, wait(cutWithinMs, undefined, { ref: false })]);
  if (found === undefined) throw new Error('nothing was written any more: the power could not be cut on a write');
  return found;
}

/** A started gateway tells all that was acknowledged, and every device goes on as if nothing had happened. */
async function goesOn(options: RigGatewayOptions, ledger: Ledger, { reporters }: Workload): Promise<string[]> {
  const gateway = await RigGateway.start(options);
  const before = ledger.copy(); // A device that still repeats its last message may be acknowledged while the gateway tells.
  const { lost, invented } = before.compare(await gateway.told());
  const wrong = [...lost, ...invented].map((sentence) => `as the gateway tells it: ${sentence}`);
  for (const device of reporters) {
    const sent = await device.report('send');
    const notified = await device.report('notification');
    if (!sent || !notified || device.resets > 0) wrong.push(`${device.endpoint} could not go on after the cut`);
  }
  await gateway.end();
  return wrong;
}
