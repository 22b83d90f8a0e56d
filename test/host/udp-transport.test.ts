import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type Address, address } from '../../src/base/address.ts';
import type { ListenerName } from '../../src/gateway/contract.ts';
import { StartError } from '../../src/host/start-error.ts';
import { UdpTransport } from '../../src/host/udp-transport.ts';

const field = 'field' as ListenerName;

for (const host of ['127.0.0.1', '::1']) {
  test(`a datagram comes in with its canonical address and goes back (${host})`, async () => {
    const transport = await bind(host);
    const client = await clientOf(host);
    const seen: Address[] = [];
    transport.startReading((listener, from, bytes) => {
      seen.push(from);
      assert.equal(listener, field);
      assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype);
      transport.send({ listener, to: from, bytes: new Uint8Array([...bytes, 9]) });
    });
    client.send(new Uint8Array([1, 2]), transport.port, host);
    const [answer] = await once(client, 'message');
    assert.deepEqual([...answer], [1, 2, 9]);
    assert.deepEqual(seen, [address(host, client.address().port)]);
    assert.match(transport.url, /^coaps:\/\/(127\.0\.0\.1|\[::1\]):\d+$/);
    transport.close();
    client.close();
  });
}

test('a dual-stack socket sees and answers IPv4 in its plain form', async () => {
  const transport = await bind('::', { dualStack: true });
  const client = await clientOf('127.0.0.1');
  let from: Address | undefined;
  transport.startReading((listener, sender, bytes) => {
    from = sender;
    transport.send({ listener, to: sender, bytes });
  });
  client.send(new Uint8Array([7]), transport.port, '127.0.0.1');
  await once(client, 'message');
  assert.equal(from, `127.0.0.1:${client.address().port}`);
  transport.close();
  client.close();
});

test('IPv4 and IPv6 share a port when each has a listener of its own', async () => {
  const four = await bind('0.0.0.0');
  const six = await bind('::', { port: four.port });
  assert.equal(six.port, four.port);
  four.close();
  six.close();
});

test('what arrives before reading starts waits in the operating system, in order', async () => {
  const transport = await bind('127.0.0.1');
  const client = await clientOf('127.0.0.1');
  for (let i = 0; i < 100; i++) client.send(new Uint8Array([i]), transport.port, '127.0.0.1');
  await wait(30);
  const got: (number | undefined)[] = [];
  transport.startReading((_listener, _from, bytes) => got.push(bytes[0]));
  await wait(30);
  assert.deepEqual(
    got,
    Array.from({ length: 100 }, (_, i) => i),
  );
  transport.stopReading();
  client.send(new Uint8Array([100]), transport.port, '127.0.0.1');
  await wait(30);
  assert.equal(got.length, 100);
  assert.equal(transport.counters.unread, 0);
  transport.close();
  client.close();
});

test('a flood leaves every turn of the event loop to others, too', async () => {
  const transport = await bind('127.0.0.1');
  const client = await clientOf('127.0.0.1');
  for (let i = 0; i < 300; i++) client.send(new Uint8Array(64), transport.port, '127.0.0.1');
  await wait(30);
  let arrived = 0;
  let thisTurn = 0;
  let mostInOneTurn = 0;
  const turn = (): void => {
    mostInOneTurn = Math.max(mostInOneTurn, thisTurn);
    thisTurn = 0;
    if (arrived < 300) setImmediate(turn);
  };
  transport.startReading(() => {
    arrived++;
    thisTurn++;
  });
  setImmediate(turn);
  for (let i = 0; i < 100 && arrived < 300; i++) await wait(5);
  assert.equal(arrived, 300);
  assert.ok(mostInOneTurn > 0 && mostInOneTurn <= 32, `${mostInOneTurn} in one turn`);
  transport.close();
  client.close();
});

test('a receive buffer of several megabytes is asked for', async () => {
  const transport = await bind('127.0.0.1');
  assert.ok(transport.receiveBufferBytes > 0);
  transport.close();
});

test('sending to nobody, to a wrong family or to port 0 is counted at most', async () => {
  const transport = await bind('127.0.0.1');
  transport.startReading(() => {});
  for (const to of ['127.0.0.1:9', '[::1]:5000', '127.0.0.1:0']) {
    transport.send({ listener: field, to: to as Address, bytes: new Uint8Array([1]) });
  }
  await wait(20);
  assert.ok(transport.counters.sendErrors >= 2);
  transport.close();
});

test('a port in use is one sentence and exit 31', async () => {
  const holder = await bind('127.0.0.1');
  const error = await bind('127.0.0.1', { port: holder.port }).catch((caught: unknown) => caught);
  assert.ok(error instanceof StartError);
  assert.equal(error.exit, 31);
  assert.match(error.message, /^another program holds UDP port \d+ \(listener "field", 127\.0\.0\.1:\d+\)\.$/);
  holder.close();
});

test('an address of another machine is a mistake of the configuration', async () => {
  const error = await bind('192.0.2.1').catch((caught: unknown) => caught);
  assert.ok(error instanceof StartError);
  assert.equal(error.exit, 30);
  assert.match(error.message, /192\.0\.2\.1 is not an address of this machine/);
});

test('a link-local address carries the name of its interface', async (t) => {
  const found = Object.entries(networkInterfaces()).find(([, all]) => all?.some((one) => one.scopeid));
  const own = found?.[1]?.find((one) => one.scopeid);
  if (found === undefined || own === undefined) return t.skip('no interface with a link-local address');
  const host = `${own.address}%${found[0]}`;
  const transport = await bind(host);
  const client = await clientOf(host);
  const arrived = new Promise<Address>((resolve) => transport.startReading((_listener, from) => resolve(from)));
  client.send(new Uint8Array([1]), transport.port, host);
  assert.equal(await arrived, `[${host}]:${client.address().port}`);
  transport.close();
  client.close();
});

function bind(host: string, o: { port?: number; dualStack?: boolean } = {}): Promise<UdpTransport> {
  return UdpTransport.bind({ name: field, scheme: 'coaps', host, port: 0, ...o });
}

async function clientOf(host: string): Promise<Socket> {
  const client = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  client.bind(0, host);
  await once(client, 'listening');
  return client;
}
