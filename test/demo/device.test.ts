/** `npm run device` against the real gateway: its first line, its facts over a kill of the gateway, and what it says when things are wrong. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../host/gateway-child.ts';
import { HeldGateway } from './held-gateway.ts';
import { Rest } from './rest.ts';

const key = '000102030405060708090a0b0c0d0e0f';
const directory = mkdtempSync(join(tmpdir(), 'holdfast-device-'));
const keyFile = join(directory, 'meter-17.key');
const otherKeyFile = join(directory, 'other.key');
const running = new Set<{ end(): Promise<number | null> }>();
let gateway: HeldGateway;
let rest: Rest;
let url = '';

before(async () => {
  writeFileSync(keyFile, `${key}\n`);
  writeFileSync(otherKeyFile, `${key.replace('00', 'ff')}\n`);
  gateway = await HeldGateway.hold(directory, 1);
  await gateway.start();
  url = `coaps://127.0.0.1:${gateway.servers[0]?.port}`;
  rest = new Rest(gateway.socketPath);
  await rest.add('meter-17', key);
});

after(async () => {
  for (const device of running) await device.end();
  rest.close();
  await gateway.close();
  rmSync(directory, { recursive: true, force: true });
});

test('it registers, is read and observed, and goes on over a kill of the gateway', async () => {
  const device = run('meter-17', keyFile);
  await device.says('meter-17: 1 handshake, 1 registration, 0 unacknowledged\n');
  assert.match(device.output(), /^meter-17: handshake, registered, reports \/3303\/0\/5700 every 10s\n/);
  assert.equal(await rest.read('meter-17', '/3303/0/5700'), '21.5');
  await rest.observe('meter-17', '/3303/0/5700');
  gateway.expectEnd();
  process.kill(gateway.pid, 'SIGKILL');
  await gateway.gone();
  await gateway.start();
  assert.equal(await rest.read('meter-17', '/3/0/0'), 'Holdfast');
  assert.doesNotMatch(device.output(), /2 handshakes|2 registrations/);
  assert.equal(await device.end(), 130);
  assert.match(device.output(), /stopped; it just fell silent/);
});

test('another key than the gateway has is told, and an unknown name with the command that adds it', async () => {
  const wrongKey = run('meter-17', otherKeyFile);
  await wrongKey.says(`meter-17: the gateway has another key for "meter-17" than ${otherKeyFile}; trying on.\n`);
  const unknown = run('meter-71', keyFile);
  await unknown.says(`Add it:  ./holdfast device add meter-71 < ${keyFile}\n`);
});

test('where nobody listens it says so once and tries on', async () => {
  const device = run('meter-17', keyFile, 'coaps://127.0.0.1:9');
  await device.says('meter-17: nobody listens at 127.0.0.1:9; trying on. Start the gateway:  npm start\n');
  await wait(1_500);
  assert.equal(device.output().split('\n').length, 2);
});

test('where nobody listened it says when the gateway is heard', async () => {
  const port = await freePort();
  const device = run('meter-17', keyFile, `coaps://127.0.0.1:${port}`);
  await device.says('nobody listens at ');
  const close = relay(port, gateway.servers[0]?.port ?? 0);
  await device.says('1 registration, 0 unacknowledged\n');
  const lines = device.output().split('\n');
  assert.equal(lines[1], `meter-17: 127.0.0.1:${port} answers.`);
  assert.equal(device.output().match(/answers\./g)?.length, 1);
  close();
});

test('a wrong call is explained', async () => {
  const missing = run('meter-17', join(directory, 'missing.key'));
  assert.equal(await missing.ended, 2);
  assert.equal(
    missing.output(),
    `error: there is no key file ${directory}/missing.key.\n  Make one, with the device:  ./holdfast device add meter-17 --generate-key ${directory}/missing.key\n`,
  );
  const half = join(directory, 'half.key');
  writeFileSync(half, key.slice(1));
  const short = run('meter-17', half);
  assert.equal(await short.ended, 2);
  assert.match(short.output(), /holds 31 characters; a key is 8 to 128 hex digits/);
  const odd = run('meter-17', keyFile, 'http://127.0.0.1');
  assert.equal(await odd.ended, 2);
  assert.match(odd.output(), /^error: --server http:\/\/127\.0\.0\.1 is not understood/);
});

/** Carries datagrams between a port and the gateway, for one device. */
function relay(port: number, gatewayPort: number): () => void {
  const [near, far] = [createSocket('udp4'), createSocket('udp4')];
  let devicePort = 0;
  near.on('message', (bytes, from) => {
    devicePort = from.port;
    far.send(bytes, gatewayPort, '127.0.0.1');
  });
  far.on('message', (bytes) => near.send(bytes, devicePort, '127.0.0.1'));
  near.bind(port, '127.0.0.1');
  return () => {
    near.close();
    far.close();
  };
}

function run(name: string, file: string, server = url) {
  const program = fileURLToPath(new URL('device.js', import.meta.url));
  const child = spawn(process.execPath, [program, name, file, '--server', server], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const device = {
    ended,
    output: () => text,
    /** Waits until it has said that. */
    says: async (expected: string): Promise<void> => {
      for (let i = 0; i < 400 && !text.includes(expected); i++) await wait(25);
      assert.ok(text.includes(expected), `expected "${expected}", it said "${text}"`);
    },
    end: async (): Promise<number | null> => {
      child.kill('SIGINT');
      return await ended;
    },
  };
  running.add(device);
  return device;
}
