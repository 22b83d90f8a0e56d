/**
 * One recording of the real gateway and its devices. The whole course takes about six seconds and leads through a kill, a full
 * disk, a clean stop and failing syncs; LevelDB begins many logs in it, writes tables and compacts them.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { keyOf } from '../../src/records/record-kind.ts';
import { wishRecord } from '../../src/records/wish-record.ts';
import { Rest } from '../demo/rest.ts';
import { Random } from '../simulation/random.ts';
import { FieldDevice, observedPath } from './field-device.ts';
import { RecordedGateway } from './recorded-gateway.ts';

export interface RecordingOptions {
  /** An empty directory; the recording stays in it. */
  readonly directory: string;
  readonly library: string;
  /** The folder of the build that is run. */
  readonly build: string;
  readonly seed: number;
  readonly course: Course;
}

/** `traffic`: one life of half a second. `full disk`: the same with a full disk amid it. */
export type Course = 'whole' | 'traffic' | 'full disk';

const devices = 8;
/** As the gateway logs it. */
const diskFull = 'No space left';
/** The store is tried again a second after it refused. */
const recoveryMs = 1_300;

const configuration = `
[store]
spacing = 4
soon_window = 1

[listener.ipv4]
enabled = false

[listener.ipv6]
enabled = false

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
export async function record({ directory, library, build, seed, course }: RecordingOptions): Promise<string> {
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
    await begin(gateway, fleet);
    await wait(course === 'whole' ? 1_000 : 300);
    if (course === 'full disk') await fullDisk(gateway);
    if (course === 'whole') await furtherLives(gateway);
    await gateway.kill();
    return gateway.recording;
  } finally {
    for (const device of fleet) device.stop();
    await gateway.close();
  }
}

/** All register and are observed; from then on each goes on by itself. */
async function begin(gateway: RecordedGateway, fleet: readonly FieldDevice[]): Promise<void> {
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

/** Until the store has met it, and then until it is whole again. */
async function fullDisk(gateway: RecordedGateway): Promise<void> {
  gateway.set('f');
  for (let i = 0; i < 50 && !gateway.hasLogged(diskFull); i++) await wait(50);
  gateway.set('-');
  await wait(recoveryMs);
}
