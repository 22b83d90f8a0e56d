import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import { parsePath, type ResourcePath } from '../../src/lwm2m/path.ts';
import { PlainGateway, register } from './plain-gateway.ts';

const path = parsePath('/3303/0/5700') as ResourcePath;
const ports = Array.from({ length: limits.wishesDevicesBurst + 200 }, (_, index) => 6_000 + index);

test('what is wished of a fleet that registers at once is asked at a pace, and nobody is forgotten', () => {
  const gateway = new PlainGateway();
  const asked = () => ports.filter((port) => gateway.takeSent(port).some(({ code }) => code === '0.01'));
  for (const port of ports) {
    gateway.receive(port, register(`meter-${port}`));
    gateway.ask({ kind: 'observe', endpoint: `meter-${port}`, path });
  }
  // Nobody answers: they register anew, all in the same instant.
  gateway.pass(600_000);
  for (const port of ports) gateway.takeSent(port);
  const first = ports.filter((port) =>
    gateway.receive(port, register(`meter-${port}`)).some(({ code }) => code === '0.01'),
  ).length;
  assert.equal(first, limits.wishesDevicesBurst);
  const reached = new Set<number>();
  gateway.pass(1_000);
  for (const port of asked()) reached.add(port);
  assert.ok(reached.size <= limits.wishesDevicesPerSecond + 1, `${reached.size} within a second`);
  gateway.pass(5_000);
  for (const port of asked()) reached.add(port);
  assert.equal(reached.size, ports.length);
});

test('whoever stands first in the row and is not to be asked any more holds up nobody', () => {
  const gateway = new PlainGateway();
  for (const port of ports) {
    gateway.receive(port, register(`meter-${port}`));
    gateway.ask({ kind: 'observe', endpoint: `meter-${port}`, path });
  }
  gateway.pass(600_000);
  for (const port of ports) gateway.takeSent(port);
  for (const port of ports) gateway.receive(port, register(`meter-${port}`));
  const waiting = ports.slice(limits.wishesDevicesBurst);
  gateway.ask({ kind: 'unobserve', endpoint: `meter-${waiting[0]}`, path });
  gateway.pass(6_000);
  const asked = waiting.filter((port) => gateway.takeSent(port).some(({ code }) => code === '0.01'));
  assert.deepEqual([asked.length, asked[0]], [waiting.length - 1, waiting[1]]);
});
