/**
 * `npm run bench -- recovery`: what devices see of a gateway that is killed and started again: the whole process, its real
 * store, real UDP, in the middle of notifications.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { destroyConnections, devicesPerSecond, type PerDevice } from './destroyed-connections.ts';
import { EventNumbers } from './live/event-numbers.ts';
import type { Credential } from './live/live-proof.ts';
import { LiveWorld, patienceMs, type Told } from './live/live-world.ts';
import { residentPeakBytes } from './live/process-figures.ts';
import { SetUpLine } from './live/set-up-line.ts';
import { refuseCall, wholeNumber, wrongCall } from './wrong-call.ts';

const usage = `Examples:
  npm run bench -- recovery --devices 500
  npm run bench -- recovery --devices 10000 --json

Usage: npm run bench -- recovery [--devices N] [--directory DIR] [--json]

  --devices N      1 to 10000; 1000 if not said
  --directory DIR  on the disk to be measured; the system's temporary
                   directory if not said
  --json           one line
  -h, --help       this text

Devices with five observations each notify; the gateway is killed (SIGKILL)
and started again, on sockets that stay bound. Set-up takes minutes with
10,000 devices. Then, with all devices heard again:

  readyMs              from exec to the first protected answer at a device
  firstNotificationMs  from exec to the first acknowledged notification
  handshakes           that devices had to begin after the kill
  registrations        that devices had to begin after the kill
  acknowledgedLost     acknowledged notifications that the event log lacks
  rssPeakMB            the most memory of the gateway that was started again

Then its connections are destroyed: it is stopped, their records are taken out
of its store, and it is started again; it shakes hands with each device by
itself (at most ${devicesPerSecond.psk} devices a second, ${devicesPerSecond.x509} with certificates), and asks it
something. For "full" the sessions are taken out as well, for "resumed" they
are there:

  ms     from exec until the last device was asked over its new connection
  cpuUs  processor time of the gateway for each device, less that of a start
         over kept connections that asks every device the same
  bytes  of the handshake of each device, both ways, without UDP's headers

"psk" is with pre-shared keys, "x509" with certificates on both sides, in a
gateway of its own, with one observation a device. With less than some hundred
devices cpuUs is mostly what two starts differ by; with thousands the database
may compact itself in one of them, which is part of it.
`;

interface Figures {
  readonly readyMs: number;
  readonly firstNotificationMs: number;
  readonly handshakes: number;
  readonly registrations: number;
  readonly acknowledgedLost: number;
  readonly rssPeakMB: number;
  readonly resumed: ByCredential;
  readonly full: ByCredential;
}

interface Given {
  readonly devices: number;
  readonly parent: string;
  readonly json: boolean;
}

const goals: Partial<Record<string, number>> = {
  readyMs: 1_200,
  handshakes: 0,
  registrations: 0,
  acknowledgedLost: 0,
  rssPeakMB: 200,
};
const paths = [0, 1, 2, 3, 4].map((instance) => `/3200/${instance}/5501`);
/** Before the kill; then it is killed in the middle of further ones. */
const notificationsEach = 2;
const paceMs = 3_000;
const killAfterMs = 2_000;

/** The figures on the screen, or with `--json` as one line. */
type ByCredential = Readonly<Record<Credential, PerDevice>>;

export async function benchRecovery(words: readonly string[]): Promise<void> {
  const call = given(words);
  if (call === undefined) return void process.stdout.write(usage);
  if (typeof call === 'string') return refuseCall(call, 'recovery');
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
    directory: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    const { values } = parseArgs({ args: [...words], options });
    if (values.help === true) return undefined;
    const devices = wholeNumber('--devices', values.devices, 10_000);
    return { devices, parent: values.directory, json: values.json };
  } catch (error) {
    return wrongCall(error);
  }
}

async function measured({ devices }: Given, parent: string): Promise<Figures> {
  const line = new SetUpLine();
  try {
    const { psk, ...figures } = await withKeys(devices, join(parent, 'gateway'), line);
    const x509 = await withCertificates(devices, join(parent, 'gateway-x509'), line);
    const by = (how: 'resumed' | 'full'): ByCredential => ({ psk: psk[how], x509: x509[how] });
    return { ...figures, resumed: by('resumed'), full: by('full') };
  } finally {
    line.end();
  }
}

type Destroyed = Awaited<ReturnType<typeof destroyConnections>>;

async function withKeys(
  devices: number,
  directory: string,
  line: SetUpLine,
): Promise<Omit<Figures, 'resumed' | 'full'> & { readonly psk: Destroyed }> {
  mkdirSync(directory);
  const world = await LiveWorld.make({ directory, devices });
  try {
    await bringUp(world, devices, line);
    const figures = await killed(world, devices);
    return { ...figures, psk: await destroyConnections(world, devices, 'psk', (...said) => line.told(...said)) };
  } finally {
    await world.close();
  }
}

async function withCertificates(devices: number, directory: string, line: SetUpLine): Promise<Destroyed> {
  mkdirSync(directory);
  const world = await LiveWorld.make({ directory, devices, credential: 'x509' });
  const told: Told = (what, ...counts) => line.told(`${what}, certificates`, ...counts);
  try {
    world.configure({ spacing: 0 });
    await world.gateway.start();
    await world.bringIn(paths.slice(0, 1), told);
    return await destroyConnections(world, devices, 'x509', told);
  } finally {
    await world.close();
  }
}

/** Registered, observed, and acknowledged so often, in a gateway with its own spacing. */
async function bringUp(world: LiveWorld, devices: number, line: SetUpLine): Promise<void> {
  // Whoever waits for ten thousand answers of operators, one after the other, needs no spacing.
  world.configure({ spacing: 0 });
  await world.gateway.start();
  await world.bringIn(paths, (...said) => line.told(...said));
  await world.gateway.stop();
  world.configure({});
  await world.gateway.start();
  world.devices.tell({ kind: 'notify', each: notificationsEach, paceMs });
  await world.devices.until(
    ({ acknowledged }) => {
      line.told('notifications acknowledged', acknowledged, devices * notificationsEach);
      return acknowledged >= devices * notificationsEach;
    },
    patienceMs,
    'notifications stay unacknowledged',
  );
}

async function killed(world: LiveWorld, devices: number): Promise<Omit<Figures, 'resumed' | 'full'>> {
  const { gateway, devices: fleet } = world;
  const before = await fleet.progress(patienceMs);
  fleet.tell({ kind: 'notify', each: notificationsEach, paceMs });
  await wait(killAfterMs);
  gateway.expectEnd();
  process.kill(world.pid, 'SIGKILL');
  await gateway.gone();
  // What is acknowledged after this report was acknowledged by the next gateway.
  await fleet.progress(patienceMs);
  fleet.tell({ kind: 'round' });
  const restarting = gateway.start();
  fleet.tellFirst({ kind: 'update' });
  const { begunAtMs } = await restarting;
  const expected = before.acknowledged + devices * notificationsEach;
  const after = await fleet.until(
    ({ heard, acknowledged }) => heard === devices && acknowledged >= expected,
    patienceMs,
    'not all devices are heard again',
  );
  const rssPeakMB = Math.round(residentPeakBytes(world.pid) / 1e5) / 10;
  const logged = await EventNumbers.read(gateway.socketPath);
  return {
    readyMs: Math.round((after.firstAnswerAtMs ?? Number.NaN) - begunAtMs),
    firstNotificationMs: Math.round((after.firstAcknowledgedAtMs ?? Number.NaN) - begunAtMs),
    handshakes: after.handshakes - before.handshakes,
    registrations: after.registrations - before.registrations,
    acknowledgedLost: logged.missing(await fleet.totals(patienceMs)),
    rssPeakMB,
  };
}

function screen({ resumed, full, ...figures }: Figures): string {
  const line = ([name, value]: [string, number]): string => {
    const goal = goals[name];
    return `${name.padEnd(21)}${String(value).padStart(8)}${goal === undefined ? '' : `   at most ${goal}`}\n`;
  };
  const parts = Object.entries({ resumed, full }).flatMap(([name, by]) =>
    Object.entries(by).flatMap(([credential, figuresOf]) =>
      Object.entries(figuresOf).map(([figure, value]): [string, number] => [
        `${name}, ${credential}, ${figure}`,
        value as number,
      ]),
    ),
  );
  return [...Object.entries(figures), ...parts].map(line).join('');
}
