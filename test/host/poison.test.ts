/**
 * The real program with a fault that cannot be: one device's input, or one record, ends the process each time. After the third
 * death in a row the gateway stays up without it, and everybody else talks on over the connection that he had.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Patch, patchedBuild } from '../powerloss/patched-build.ts';
import { freePort, GatewayChild, killAll, newDirectory, removeDirectories } from './gateway-child.ts';
import { addDevice, ask, TestDevice } from './test-device.ts';

after(() => {
  killAll();
  removeDirectories();
});

const heard = 'this.heard(registration, peer, step);';
const ofPoison = "registration?.endpoint === 'poison'";

/** What the device says once it is registered. */
const poisonedInput = (death: string): Patch => ({
  file: 'src/gateway/exchanges.js',
  right: heard,
  wrong: `{ if (${ofPoison}) ${death}; ${heard} }`,
});

/** Its registration, as it is read back. */
const poisonedRecord: Patch = {
  file: 'src/gateway/registrations.js',
  right: 'function fromRecord(endpoint, record, links) {',
  wrong: "function fromRecord(endpoint, record, links) { if (endpoint === 'poison') throw new Error('poison');",
};

for (const [how, death] of [
  ['an error', "throw new Error('poison')"],
  ['a kill', "process.kill(process.pid, 'SIGKILL')"],
] as const) {
  test(`a device whose input ends the process by ${how} is muted at its third death; the others talk on`, async () => {
    await withGateway(poisonedInput(death), async (scene) => {
      for (let deaths = 0; deaths < 3; deaths++) {
        scene.poison.postOnce(scene.poisonLocation);
        await scene.gateway.exited;
        await scene.start();
        await scene.checkOthers();
      }
      scene.poison.postOnce(scene.poisonLocation);
      await assert.rejects(TestDevice.connect(scene.port, 'poison', 500), 'it does not come in again');
      await scene.checkOthers();
      const { devices, attention, drops } = await scene.status();
      assert.equal(devices.muted, 1);
      assert.ok(attention.some(({ code, text }) => code === 'devices-muted' && text.startsWith('poison is muted')));
      assert.ok(drops.some(({ reason }) => reason === 'muted'));
      assert.match(scene.gateway.errors + scene.gateway.output, /"reason":"device-muted"/);
      const kept = readdirSync(join(scene.state, 'quarantine')).map((name) => name.slice(0, 2));
      assert.deepEqual([...new Set(kept)].sort(), ['as', 'aw', 'ld', 'rg', 'sn', 'ss']);

      // Muted it stays, over a restart of any kind.
      await scene.gateway.end('SIGKILL');
      await scene.start();
      assert.equal((await scene.status()).devices.muted, 1);
    });
  });
}

test('a record that ends every start is set aside at the third death; the others talk on', async () => {
  await withGateway(undefined, async (scene) => {
    await scene.gateway.end('SIGKILL');
    const build = patchedBuild(join(newDirectory(), 'copy'), [poisonedRecord]);
    for (let deaths = 0; deaths < 3; deaths++) {
      const dying = scene.begin(build);
      assert.equal((await dying.failure()).code, 1);
    }
    await scene.start(build);
    await scene.checkOthers();
    const { attention } = await scene.status();
    const told = attention.find(({ code }) => code === 'store-repaired');
    assert.match(told?.text ?? '', /^The record rg\/poison was set aside/);
    await scene.gateway.end('SIGTERM');
    await scene.start(build);
  });
});

interface Status {
  readonly devices: { readonly muted: number };
  readonly attention: readonly { readonly code: string; readonly text: string }[];
  readonly drops: readonly { readonly reason: string }[];
}

interface Scene {
  readonly state: string;
  readonly port: number;
  readonly gateway: GatewayChild;
  readonly poison: TestDevice;
  readonly poisonLocation: string;
  begin(build?: string): GatewayChild;
  start(build?: string): Promise<void>;
  checkOthers(): Promise<void>;
  status(): Promise<Status>;
}

/** A gateway with two devices that are registered: `poison` and another. */
async function withGateway(patch: Patch | undefined, story: (scene: Scene) => Promise<void>): Promise<void> {
  const port = await freePort();
  const state = newDirectory();
  const patched = patchedBuild(join(newDirectory(), 'copy'), patch === undefined ? [] : [patch]);
  const words = ['--state', state, '--listen', `field=coaps://127.0.0.1:${port}`];
  const made = (build: string): GatewayChild =>
    new GatewayChild(pathToFileURL(join(build, 'src', 'host', 'main.js')).href, words);
  let gateway = made(patched);
  const begin = (build = patched): GatewayChild => {
    gateway = made(build);
    return gateway;
  };
  await gateway.ready();
  for (const name of ['poison', 'other']) await addDevice(state, name);
  const poison = await TestDevice.connect(port, 'poison');
  const other = await TestDevice.connect(port, 'other');
  const poisonLocation = await locationOf(poison, 'poison');
  const otherLocation = await locationOf(other, 'other');
  const scene: Scene = {
    state,
    port,
    poison,
    poisonLocation,
    begin,
    get gateway() {
      return gateway;
    },
    start: async (build) => void (await begin(build).ready()),
    checkOthers: async () => {
      assert.equal((await other.post(otherLocation, '')).code, '2.04');
      assert.equal(other.handshakes, 1);
    },
    status: async () => JSON.parse((await ask(state, 'GET', '/api/holdfast/status')).text) as Status,
  };
  try {
    await story(scene);
    await gateway.end('SIGTERM');
  } finally {
    poison.close();
    other.close();
  }
}

async function locationOf(device: TestDevice, endpoint: string): Promise<string> {
  const { options } = await device.post(`/rd?ep=${endpoint}&lt=300&lwm2m=1.1&b=U`, '</1/0>,</3/0>');
  const segments = options.filter(({ name }) => name === 'Location-Path').map(({ value }) => value.toString());
  assert.equal(segments.length, 2);
  return `/${segments.join('/')}?lt=300`;
}
