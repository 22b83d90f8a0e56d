/** What a simulated device answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clipPath, contentFormats, DeviceObjects, type DeviceRequest } from './device-objects.ts';

const objects = (): DeviceObjects => new DeviceObjects('meter-17', 60);

test('a resource is read as text, an instance as SenML-JSON, anything in the format that is asked for', () => {
  assert.equal(answer(objects(), { path: '/3303/0/5700' }), '2.05 0 21.5');
  const instance = answer(objects(), { path: '/3303/0' });
  assert.match(instance, /^2\.05 110 \[\{"n":"\/3303\/0\/5601","v":18\.2\},.*\{"n":"\/3303\/0\/5701","vs":"Cel"\}\]$/);
  assert.match(answer(objects(), { path: '/3303/0/5700', accept: contentFormats.senmlJson }), /^2\.05 110 \[/);
  assert.match(answer(objects(), { path: '/3303/0/5700', accept: contentFormats.senmlCbor }), /^2\.05 112 /);
  assert.equal(answer(objects(), { path: '/3303/0', accept: contentFormats.text }), '4.06');
  assert.equal(answer(objects(), { path: '/3303/0/5700', accept: 11_543 }), '4.06');
  assert.equal(answer(objects(), { path: '/3303/1' }), '4.04');
  assert.equal(answer(objects(), { path: '/3/0/4' }), '4.05');
});

test('Discover lists what is there, in the order of the numbers', () => {
  const links = answer(objects(), { path: '/1/0', accept: contentFormats.link });
  assert.equal(links, '2.05 40 </1/0>,</1/0/0>,</1/0/1>,</1/0/6>,</1/0/7>,</1/0/8>');
});

test('Write changes what may be written, in text, SenML-JSON and SenML-CBOR', () => {
  const device = objects();
  const put = { method: 'PUT', path: '/3/0/14' };
  assert.equal(answer(device, { ...put, payload: '+01:00' }), '2.04');
  assert.equal(device.values.get('/3/0/14'), '+01:00');
  const both = '[{"bn":"/3/0/","n":"14","vs":"+02:00"},{"n":"15","vs":"Europe/Berlin"}]';
  const post = { method: 'POST', path: '/3/0' };
  assert.equal(answer(device, { ...post, payload: both, contentFormat: contentFormats.senmlJson }), '2.04');
  assert.deepEqual([device.values.get('/3/0/14'), device.values.get('/3/0/15')], ['+02:00', 'Europe/Berlin']);
  const cbor = Buffer.from('81a200672f332f302f3134036300000000', 'hex').subarray(0, -4);
  assert.equal(answer(device, { ...post, payload: cbor, contentFormat: contentFormats.senmlCbor }), '4.15');
  const encoded = device.encode('/3/0/15', contentFormats.senmlCbor) ?? Buffer.alloc(0);
  device.values.set('/3/0/15', '');
  assert.equal(answer(device, { ...post, payload: encoded, contentFormat: contentFormats.senmlCbor }), '2.04');
  assert.equal(device.values.get('/3/0/15'), 'Europe/Berlin');
  assert.equal(answer(device, { method: 'PUT', path: '/3303/0/5700', payload: '1' }), '4.05');
  assert.equal(answer(device, { method: 'PUT', path: '/3/0/99', payload: '1' }), '4.04');
  assert.equal(answer(device, { ...put, payload: 'x', contentFormat: 11_543 }), '4.15');
});

test('TLV, CBOR and octets are read and written', () => {
  const device = objects();
  const { tlv, cbor, opaque } = contentFormats;
  const read = (path: string, format: number) => device.encode(path, format)?.toString('hex');
  assert.equal(read('/3303/0/5700', tlv), 'e816440840' + '35800000000000');
  assert.equal(read('/1/0', tlv), 'c10001' + 'c1013c' + 'c10600' + 'c10755');
  assert.equal(read('/1', tlv), '08000cc10001c1013cc10600c10755');
  assert.equal(read('/3303/0/5700', cbor), 'f94d60');
  assert.deepEqual([read(clipPath, opaque), read(clipPath, cbor)], ['00ff10', '4300ff10']);
  assert.equal(answer(device, { path: '/3303/0/5700', accept: opaque }), '4.06');
  assert.equal(answer(device, { path: '/1/0', accept: cbor }), '4.06');
  const write = (path: string, contentFormat: number, hex: string) =>
    answer(device, { method: 'PUT', path, contentFormat, payload: Buffer.from(hex, 'hex') });
  assert.equal(write('/3/0/14', tlv, 'c60e2b30323a3030'), '2.04');
  assert.equal(write('/1/0/1', tlv, 'c201012c'), '2.04');
  assert.equal(write('/3/0/15', cbor, '63555443'), '2.04');
  assert.equal(write(clipPath, opaque, '0102'), '2.04');
  const written = ['/3/0/14', '/1/0/1', '/3/0/15'].map((path) => device.values.get(path));
  assert.deepEqual([...written, read(clipPath, opaque)], ['+02:00', 300, 'UTC', '0102']);
  for (const hex of ['80', 'f6', '63']) assert.equal(write('/3/0/15', cbor, hex), '4.15');
  for (const hex of ['c8', 'c60e2b', '0300']) assert.equal(write('/3/0/14', tlv, hex), '4.15');
});

test('Execute and Write-Attributes are taken, Delete is not', () => {
  const device = objects();
  assert.equal(answer(device, { method: 'POST', path: '/3/0/4' }), '2.04');
  assert.equal(device.executed, 1);
  assert.equal(answer(device, { method: 'PUT', path: '/3303/0/5700', hasQuery: true }), '2.04');
  assert.equal(answer(device, { method: 'DELETE', path: '/3303/0' }), '4.05');
});

function answer(
  device: DeviceObjects,
  { payload = '', ...request }: Partial<Omit<DeviceRequest, 'payload'>> & { path: string; payload?: string | Buffer },
): string {
  const response = device.answer({
    method: 'GET',
    hasQuery: false,
    accept: undefined,
    contentFormat: undefined,
    observe: undefined,
    token: Buffer.alloc(0),
    payload: Buffer.from(payload as string),
    ...request,
  });
  return [response.code, response.contentFormat, response.payload.toString()]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
}
