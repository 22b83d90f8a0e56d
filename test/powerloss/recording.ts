/**
 * One recording: the real gateway with its devices, through a kill, a full disk, a clean stop, a failing sync. About six seconds,
 * in which LevelDB begins several logs, writes tables and compacts them.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Rest } from '../demo/rest.ts';
import { Random } from '../simulation/random.ts';
import { keyOf } from '../../src/records/record-kind.ts';
import { wishRecord } from '../../src/records/wish-record.ts';
import { FieldDevice, observedPath } from './field-device.ts';
import { RecordedGateway } from './recorded-gateway.ts';

export interface RecordingOptions {
  /** An empty directory; the recording stays in it. */
  readonly directory: string;
  readonly library: string;
  /** The folder of the build that is run. */
  readonly build: string;
  readonly seed: number;
  /** Only as much as a self-test needs. */
  readonly short?: boolean;
}

const devices = 12;
/** The store is tried again a second after it refused. */
const recoveryMs = 1_300;

const configuration = `
[store]
spacing = 4
soon_window = 1

[listener.plain]
address = "127.0.0.1"
port = PORT
security = "none"

[log]
level = "warn"

[limits]
device_messages_per_second = 10000
device_messages_burst = 10000
source_datagrams_per_second = 10000
source_datagrams_burst = 10000
`;

/** Returns the path of the recording. */
export async function record({ directory, library, build, seed, short = false }: RecordingOptions): Promise<string> {
  const gateway = await RecordedGateway.prepare({ directory, library, build, configuration });
  const random = new Random(seed);
  const fleet = await Promise.all(
    Array.from({ length: devices }, (_, index) =>
      FieldDevice.bind({
        endpoint: `meter-${index + 1}`,
        address: `127.20.0.${index + 1}`,
        gatewayPort: gateway.port,
        random: random.fork(),
      }),
    ),
  );
  try {
    await gateway.start();
    await firstLife(gateway, fleet, short);
    if (!short) await furtherLives(gateway);
    await gateway.kill();
    return gateway.recording;
  } finally {
    for (const device of fleet) device.stop();
    await gateway.close();
  }
}

async function firstLife(gateway: RecordedGateway, fleet: readonly FieldDevice[], short: boolean): Promise<void> {
  const rest = new Rest(gateway.socketPath);
  await Promise.all(
    fleet.map(async (device) => {
      await device.register();
      await rest.observe(device.endpoint, observedPath);
      gateway.mark({ kept: keyOf(wishRecord, device.endpoint, observedPath) });
      void device.live();
    }),
  );
  rest.close();
  await wait(short ? 300 : 1_000);
  if (short) await fullDisk(gateway);
}

async function furtherLives(gateway: RecordedGateway): Promise<void> {
  await gateway.kill();
  await gateway.start();
  await wait(500);
  await fullDisk(gateway);
  await gateway.stop();
  await gateway.start();
  await wait(300);
  gateway.set('i');
  await wait(50);
  gateway.set('-');
  await wait(recoveryMs);
}

async function fullDisk(gateway: RecordedGateway): Promise<void> {
  gateway.set('f');
  await wait(80);
  gateway.set('-');
  await wait(recoveryMs);
}
