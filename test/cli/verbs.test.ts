/** The verbs that reach a device, word for word: values on stdout, talk on stderr. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { OperationRequestBody } from '../../src/api/operation-request.ts';
import { operationBody, queuedBody, valueBody } from './support/bodies.ts';
import { call, inPipe, onTerminal, screen } from './support/call.ts';
import { FakeGateway } from './support/fake-gateway.ts';

let gateway: FakeGateway;

before(async () => {
  gateway = await FakeGateway.make();
});

beforeEach(() => {
  gateway.asked.length = 0;
});

after(() => gateway.remove());

const temperature = valueBody('/3303/0/5700', 'Sensor Value', 'float', 21.5);

test('one resource prints its bare value, on a terminal and in a pipe', async () => {
  gateway.answer = () => ({ lines: [operationBody('read', 'meter-17', '/3303/0/5700', { values: [temperature] })] });
  for (const how of [onTerminal, inPipe]) {
    assert.deepEqual(await how(gateway, 'read', 'meter-17', '/3303/0/5700'), { exit: 0, out: '21.5\n', err: '' });
  }
  const { verb, endpoint, paths, waitMs, expiresMs } = request();
  assert.deepEqual(
    { verb, endpoint, paths, waitMs, expiresMs },
    { verb: 'read', endpoint: 'meter-17', paths: ['/3303/0/5700'], waitMs: null, expiresMs: 86_400_000 },
  );
});

test('anything wider than a resource is a table', async () => {
  const values = [
    temperature,
    valueBody('/3303/0/5601', 'Min Measured Value', 'float', 18.2),
    valueBody('/3303/0/5602', 'Max Measured Value', 'float', 24.9),
    valueBody('/3303/0/5701', 'Sensor Units', 'string', 'Cel'),
  ];
  gateway.answer = () => ({ lines: [operationBody('read', 'meter-17', '/3303/0', { values })] });
  const { out } = await onTerminal(gateway, 'read', 'meter-17', '3303/0');
  assert.equal(
    out,
    screen(`
PATH          NAME                TYPE    VALUE
/3303/0/5601  Min Measured Value  float   18.2
/3303/0/5602  Max Measured Value  float   24.9
/3303/0/5700  Sensor Value        float   21.5
/3303/0/5701  Sensor Units        string  Cel
`),
  );
});

test('numbers keep all their digits, and what a device says cannot touch the terminal', async () => {
  const values = [
    valueBody('/9/0/1', null, 'int', 9_223_372_036_854_775_807n),
    valueBody('/9/0/2', null, 'string', 'a\u001b[31mb\tc'),
  ];
  gateway.answer = () => ({ lines: [operationBody('read', 'm', '/9/0', { values })] });
  const { out } = await inPipe(gateway, 'read', 'm', '/9/0', '--no-header');
  assert.equal(out, '/9/0/1\t\tint\t9223372036854775807\n/9/0/2\t\tstring\ta\\x1b[31mb\\x09c\n');
  const json = await inPipe(gateway, 'read', 'm', '/9/0', '--json');
  assert.match(json.out, /"value":9223372036854775807,/);
});

test('write confirms on stderr; several resources of an instance are one request', async () => {
  gateway.answer = () => ({ lines: [operationBody('write', 'meter-17', '/3/0/14')] });
  assert.deepEqual(await onTerminal(gateway, 'write', 'meter-17', '/3/0/14', '+01:00'), {
    exit: 0,
    out: '',
    err: 'meter-17 /3/0/14 written (2.04, 38 ms)\n',
  });
  gateway.answer = () => ({ lines: [operationBody('write', 'meter-17', '/3/0', { roundTripMs: 41 })] });
  const two = await onTerminal(gateway, 'write', 'meter-17', '/3/0/14=+01:00', '/3/0/15:string=Europe/Berlin');
  assert.equal(two.err, 'meter-17 /3/0 written: 2 resources (2.04, 41 ms)\n');
  assert.deepEqual(request().values, [
    { path: '/3/0/14', type: null, text: '+01:00', fileHex: null },
    { path: '/3/0/15', type: 'string', text: 'Europe/Berlin', fileHex: null },
  ]);
});

test('a negative number is a value as it stands; @- is stdin, @@x is @x, an empty text is empty', async () => {
  gateway.answer = () => ({ lines: [operationBody('write', 'm', '/3/0/14')] });
  await call(['write', 'm', '/3303/0/5601', '-5.5'], { gateway });
  assert.equal(request().values[0]?.text, '-5.5');
  await call(['write', 'm', '/5/0/0', '@-'], { gateway, input: Uint8Array.of(0, 255) });
  assert.deepEqual(request().values[0], { path: '/5/0/0', type: null, text: null, fileHex: '00ff' });
  await call(['write', 'm', '/3/0/14', '@@x', '--replace'], { gateway });
  assert.equal(request().values[0]?.text, '@x');
  assert.equal(request().replace, true);
  await call(['write', 'm', '/3/0/14', ''], { gateway });
  assert.equal(request().values[0]?.text, '');
});

test('execute sends its arguments as they stand', async () => {
  gateway.answer = () => ({ lines: [operationBody('execute', 'boiler-02', '/3/0/4', { roundTripMs: 112 })] });
  const { err, out } = await onTerminal(gateway, 'execute', 'boiler-02', '/3/0/4', '0="sensor",1');
  assert.equal(err, 'boiler-02 /3/0/4 executed (2.04, 112 ms)\n');
  assert.equal(out, '');
  assert.equal(request().arguments, '0="sensor",1');
});

test('discover lists what is there, with attributes', async () => {
  const links = [
    { path: '/3303/0', name: null, attributes: { pmin: 10, pmax: 60 } },
    { path: '/3303/0/5601', name: 'Min Measured Value', attributes: {} },
    { path: '/3303/0/5700', name: 'Sensor Value', attributes: { gt: 30 } },
    { path: '/3303/0/5701', name: 'Sensor Units', attributes: {} },
  ];
  gateway.answer = () => ({ lines: [operationBody('discover', 'meter-17', '/3303', { links })] });
  const { out } = await onTerminal(gateway, 'discover', 'meter-17', '/3303');
  assert.equal(
    out,
    screen(`
PATH          NAME                ATTRIBUTES
/3303/0                           pmin=10 pmax=60
/3303/0/5601  Min Measured Value
/3303/0/5700  Sensor Value        gt=30
/3303/0/5701  Sensor Units
`),
  );
  assert.equal((await inPipe(gateway, 'discover', 'meter-17', '/')).exit, 0);
});

test('a request to a sleeping device is kept, and says so', async () => {
  const endpoint = 'urn:imei:352099001761481';
  gateway.answer = () => ({ lines: [queuedBody('write', endpoint, '/1/0/1', 1_843)] });
  assert.deepEqual(await onTerminal(gateway, 'write', endpoint, '/1/0/1', '3600'), {
    exit: 8,
    out: '',
    err: screen(`
Queued as operation 1843: the device sleeps, last heard 2h14m ago, next Update
due within 21h. It is sent when the device wakes, dropped after 24h.
  Wait for it:  holdfast events --follow --operation 1843
`),
  });
});

test('--no-wait prints the id and is no failure; --wait waits as long as it says', async () => {
  gateway.answer = () => ({ lines: [queuedBody('write', 'm', '/1/0/1', 1_843)] });
  assert.deepEqual(await inPipe(gateway, 'write', 'm', '/1/0/1', '3600', '--no-wait'), {
    exit: 0,
    out: '1843\n',
    err: '',
  });
  assert.equal(request().waitMs, 0);
  await inPipe(gateway, 'write', 'm', '/1/0/1', '3600', '--wait', '2h', '--expires=30m');
  assert.equal(request().waitMs, 7_200_000);
  assert.equal(request().expiresMs, 1_800_000);
});

test('--raw writes the payload as it came', async () => {
  gateway.answer = () => ({ lines: [operationBody('read', 'm', '/3/0', { payload: 'c0ff' })] });
  const { out } = await inPipe(gateway, 'read', 'm', '/3/0', '--format', 'tlv', '--raw', '-');
  assert.equal(out, '\u00c0\u00ff');
  assert.equal(request().format, 'tlv');
  assert.equal(request().raw, true);
});

test('an endpoint with a slash or a leading dash reaches the gateway as it is', async () => {
  gateway.answer = () => ({
    lines: [operationBody('read', 'x', '/3/0/1', { values: [valueBody('/3/0/1', null, 'string', '')] })],
  });
  await inPipe(gateway, 'read', '--', '-odd-', '/3/0/1');
  assert.equal(request().endpoint, '-odd-');
  gateway.answer = () => ({ json: {} });
  await inPipe(gateway, 'device', 'show', 'valve north/3', '--json');
  assert.deepEqual(gateway.asked.at(-1)?.route, { kind: 'show-device', endpoint: 'valve north/3' });
});

function request(): OperationRequestBody {
  return JSON.parse(gateway.asked.at(-1)?.body ?? '{}') as OperationRequestBody;
}
