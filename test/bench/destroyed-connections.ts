/**
 * What it takes to have every device back when the gateway has lost their connections: it is stopped, the records of the
 * connections are taken out of its store, and it is started again. Nobody else does anything: its recovery shakes hands with
 * each device and then asks it something, as the one over kept connections does; that one, measured in the same way, is what a
 * start costs without handshakes.
 */

import { clientSessionRecord } from '../../src/records/client-session-record.ts';
import { isLiveConnection } from '../../src/records/live-connection.ts';
import { sessionRecord } from '../../src/records/session-record.ts';
import type { Credential } from './live/live-proof.ts';
import { type LiveWorld, patienceMs, type Told } from './live/live-world.ts';
import type { Progress } from './live/messages.ts';
import { processorUs } from './live/process-figures.ts';
import { removeRecords } from './live/removed-records.ts';

export interface PerDevice {
  /** From exec until the last device was asked something over its new connection. */
  readonly ms: number;
  /** Of the gateway's process for each device, less the same of a start with kept connections. */
  readonly cpuUs: number;
  /** Of the handshake, both ways, as the devices counted them. */
  readonly bytes: number;
}

/** Of all devices together. */
type Round = PerDevice;

type Handshakes = 'full' | 'resumed';

/**
 * Ten times what a gateway does unless told otherwise, and twice that with certificates: the devices of one machine are shaken
 * hands with on two cores.
 */
export const devicesPerSecond: Readonly<Record<Credential, number>> = { psk: 500, x509: 100 };
/** The last notifications are spread over so long. */
const notifiedWithinMs = 1_000;

/** Leaves the gateway running, every device with a new connection. */
export async function destroyConnections(
  world: LiveWorld,
  devices: number,
  credential: Credential,
  told: Told,
): Promise<Record<Handshakes, PerDevice>> {
  world.devices.tell({ kind: 'quiet' });
  const round = new Rounds(world, devices, devicesPerSecond[credential], told);
  const kept = await round.run('kept', () => false);
  // In this order: the sessions of full handshakes are what is resumed.
  const full = await round.run('full', (key) => isLiveConnection(key) || isSession(key));
  const resumed = await round.run('resumed', isLiveConnection);
  await round.notifyOnce();
  const less = ({ ms, cpuUs, bytes }: Round): PerDevice => ({
    ms,
    cpuUs: Math.round((cpuUs - kept.cpuUs) / devices),
    bytes: Math.round(bytes / devices),
  });
  return { resumed: less(resumed), full: less(full) };
}

class Rounds {
  private readonly world: LiveWorld;
  private readonly devices: number;
  private readonly perSecond: number;
  private readonly told: Told;

  constructor(world: LiveWorld, devices: number, perSecond: number, told: Told) {
    this.perSecond = perSecond;
    this.world = world;
    this.devices = devices;
    this.told = told;
  }

  /** One start, without the records that go. Rejects when devices came back in another way than was meant. */
  async run(meant: Handshakes | 'kept', goes: (key: string) => boolean): Promise<Round> {
    const { gateway, devices: fleet } = this.world;
    await gateway.stop();
    await removeRecords(gateway.stateDirectory, goes);
    this.world.configure({ recoveryPerSecond: this.perSecond });
    const before = await fleet.progress(patienceMs);
    fleet.tell({ kind: 'round' });
    const { begunAtMs } = await gateway.start();
    const after = await fleet.until(
      ({ asked }) => {
        this.told(`devices back, ${meant}`, asked, this.devices);
        return asked === this.devices;
      },
      patienceMs,
      'not all devices are back',
    );
    const cpuUs = processorUs(this.world.pid);
    this.verify(meant, before, after);
    const ms = Math.round((after.lastAskedAtMs ?? Number.NaN) - begunAtMs);
    return { ms, cpuUs, bytes: after.answeredBytes - before.answeredBytes };
  }

  /** Over the new connections the observations go on. Rejects when they do not. */
  async notifyOnce(): Promise<void> {
    const { devices: fleet } = this.world;
    const { acknowledged, resets } = await fleet.progress(patienceMs);
    fleet.tell({ kind: 'notify', each: 1, paceMs: notifiedWithinMs });
    const otherwise = 'notifications over new connections stay unacknowledged';
    const after = await fleet.until((now) => now.acknowledged >= acknowledged + this.devices, patienceMs, otherwise);
    if (after.resets > resets) throw new Error(`${after.resets - resets} observations ended with their connections`);
  }

  private verify(meant: Handshakes | 'kept', before: Progress, after: Progress): void {
    const made = {
      full: after.answeredFull - before.answeredFull,
      resumed: after.answeredResumed - before.answeredResumed,
      own: after.handshakes - before.handshakes,
    };
    const wanted = { full: 0, resumed: 0, own: 0, ...(meant !== 'kept' && { [meant]: this.devices }) };
    if (JSON.stringify(made) === JSON.stringify(wanted)) return;
    throw new Error(`handshakes were ${JSON.stringify(made)} where ${JSON.stringify(wanted)} were meant`);
  }
}

function isSession(key: string): boolean {
  return key.startsWith(sessionRecord.prefix) || key.startsWith(clientSessionRecord.prefix);
}
