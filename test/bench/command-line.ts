/** The command line against a gateway: how soon it says something, and how much. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench } from './bench.ts';
import { makeFleetState } from './fleet-state.ts';
import { LiveGateway } from './live-gateway.ts';
import { type Figure, inRounds, scaled } from './measure.ts';
import { nodeFloor } from './starting.ts';

const program = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const firstOutputGoalSeconds = 0.3;
const thousandDevicesGoalBytes = 100_000;

interface Called {
  readonly firstSeconds: number;
  readonly allSeconds: number;
  readonly bytes: number;
}

export const commandLine: Bench = {
  name: 'cli',
  about: 'the command line, called by itself each time',
  async run({ size, directory }): Promise<readonly Figure[]> {
    const devices = scaled(size, 1_000, 20);
    mkdirSync(join(directory, 'gateway'));
    const state = join(directory, 'gateway', 'state');
    await makeFleetState(state, devices);
    const gateway = await LiveGateway.start({ directory: join(directory, 'gateway'), state });
    let last: Called | undefined;
    const call = async (...words: string[]): Promise<Called> => {
      last = await called([...words, '--socket', gateway.socketPath]);
      return last;
    };
    try {
      return await inRounds(size, nodeFloor, [
        {
          name: 'first output of `holdfast devices`',
          unit: 'seconds',
          goal: firstOutputGoalSeconds,
          measure: async () => (await call('devices')).firstSeconds,
        },
        { name: `all of it, ${devices} devices`, unit: 'seconds', measure: () => last?.allSeconds ?? 0 },
        {
          name: `its bytes, ${devices} devices`,
          unit: 'bytes',
          goal: thousandDevicesGoalBytes,
          measure: () => last?.bytes ?? 0,
        },
        {
          name: `bytes of \`devices --json\`, ${devices} devices`,
          unit: 'bytes',
          measure: async () => (await call('devices', '--json')).bytes,
        },
        {
          name: 'first output of `holdfast --help`',
          unit: 'seconds',
          goal: firstOutputGoalSeconds,
          measure: async () => (await call('--help')).firstSeconds,
        },
      ]);
    } finally {
      await gateway.stop();
    }
  },
};

async function called(words: readonly string[]): Promise<Called> {
  const begun = performance.now();
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  let firstSeconds: number | undefined;
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    firstSeconds ??= (performance.now() - begun) / 1_000;
    bytes += chunk.length;
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 0, `holdfast ${words.join(' ')}`);
  assert.ok(firstSeconds !== undefined);
  return { firstSeconds, allSeconds: (performance.now() - begun) / 1_000, bytes };
}
