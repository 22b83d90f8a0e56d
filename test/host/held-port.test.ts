/** The whole program on a socket that this process holds: killed, started again, and nothing sent in between is lost. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pauseReading } from '../../src/host/socket-reading.ts';
import { descriptorOf } from './descriptor.ts';
import { newDirectory, removeDirectories } from './gateway-child.ts';

after(removeDirectories);

test('datagrams that arrive while the gateway is down or starts are carried out, in order', async () => {
  const held = createSocket('udp4');
  held.bind(0, '127.0.0.1');
  await once(held, 'listening');
  assert.ok(pauseReading(held));
  const { port } = held.address();
  const words = ['--state', newDirectory(), '--listen', `field=coaps://127.0.0.1:${port}`];

  const client = createSocket('udp4');
  const answers: string[] = [];
  const errors: Error[] = [];
  client.on('message', (bytes) => answers.push(String(bytes)));
  client.on('error', (error) => errors.push(error));
  client.connect(port, '127.0.0.1');
  await once(client, 'connect');

  client.send('before the first start');
  let child = start(words, descriptorOf(held));
  await until(() => answers.length === 1);
  for (let round = 1; round <= 2; round++) {
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (let i = 0; i < 20; i++) client.send(`while it is down ${i}`);
    child = start(words, descriptorOf(held));
    for (let i = 0; i < 10; i++) {
      client.send(`while it starts ${i}`);
      await wait(10);
    }
    await until(() => answers.length === 1 + round * 30);
  }
  assert.deepEqual(
    answers,
    Array.from({ length: 61 }, (_, i) => String(i + 1)),
  );
  assert.deepEqual(errors, []);
  child.kill('SIGKILL');
  await once(child, 'exit');
  client.close();
  held.close();
});

function start(words: readonly string[], fd: number) {
  const program = fileURLToPath(new URL('fake-program.js', import.meta.url));
  const script = `LISTEN_PID=$$ exec "${process.execPath}" "${program}" "$@"`;
  return spawn('sh', ['-c', script, 'sh', ...words], {
    stdio: ['ignore', 'ignore', 'inherit', fd],
    env: { ...process.env, LISTEN_FDS: '1', LISTEN_FDNAMES: 'field' },
  });
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000 && !holds(); i++) await wait(10);
  assert.ok(holds(), 'in time');
}
