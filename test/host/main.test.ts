/** The real program: a device with DTLS registers, the gateway is killed, the device goes on over the same connection. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { freePort, GatewayChild, killAll, newDirectory, removeDirectories } from './gateway-child.ts';
import { addDevice, TestDevice, testKey } from './test-device.ts';

const program = '../../src/host/main.js';

after(() => {
  killAll();
  removeDirectories();
});

test('a killed gateway answers on the connection that it had, without a handshake or a registration', async () => {
  const port = await freePort();
  const state = newDirectory();
  const words = ['--state', state, '--listen', `field=coaps://127.0.0.1:${port}`];
  let gateway = new GatewayChild(program, words);
  await gateway.ready();
  await addDevice(state, 'meter-17');

  const device = await TestDevice.connect(port, 'meter-17');
  const registered = await device.post('/rd?ep=meter-17&lt=300&lwm2m=1.1&b=U', '</1/0>,</3/0>');
  assert.equal(registered.code, '2.01');
  const location = registered.options
    .filter(({ name }) => name === 'Location-Path')
    .map(({ value }) => value.toString());
  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
    await gateway.end(signal);
    gateway = new GatewayChild(program, words);
    await gateway.ready();
    const updated = await device.post(`/${location.join('/')}?lt=600`, '');
    assert.equal(updated.code, '2.04', `after ${signal}`);
  }
  assert.equal(device.handshakes, 1);
  await gateway.end('SIGTERM');
  device.close();

  assert.equal(gateway.output.includes(Buffer.from(testKey).toString('hex')), false);
  const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(files.length > 5);
  for (const { parentPath, name } of files) {
    const bytes = readFileSync(join(parentPath, name));
    assert.equal(bytes.includes(Buffer.from(testKey)), false, `the key stands open in ${name}`);
  }
});
