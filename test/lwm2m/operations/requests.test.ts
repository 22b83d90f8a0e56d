/** The requests of every operation, as transport 6.7 has them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex, utf8Decode } from '../../../src/base/bytes.ts';
import type { CoapRequest } from '../../../src/coap/request.ts';
import { contentFormats } from '../../../src/lwm2m/content-format.ts';
import { type DeviceDialect, readFormat, writeFormats } from '../../../src/lwm2m/device-dialect.ts';
import { type FormatError, isFormatError } from '../../../src/lwm2m/format-error.ts';
import { cancelRequest, discoverRequest, observeRequest, readRequest } from '../../../src/lwm2m/operations/read.ts';
import {
  createRequest,
  deleteRequest,
  executeRequest,
  writeAttributesRequest,
  writeRequest,
} from '../../../src/lwm2m/operations/write.ts';
import { pathOf } from '../../../src/lwm2m/path.ts';
import type { Entry } from '../../../src/lwm2m/value.ts';

const oneZero: DeviceDialect = { version: '1.0', rootPath: '/', contentFormats: [] };
const oneOne: DeviceDialect = { version: '1.1', rootPath: '/', contentFormats: [] };
const oneTwo: DeviceDialect = { version: '1.2', rootPath: '/', contentFormats: [] };
const rooted: DeviceDialect = { ...oneOne, rootPath: '/lwm2m' };
const { text, opaque, tlv } = contentFormats;
const senmlJson = contentFormats['senml-json'];
const senmlCbor = contentFormats['senml-cbor'];

const zone: Entry = { path: pathOf(3, 0, 15), value: { type: 'string', value: 'Europe/Berlin' } };
const offset: Entry = { path: pathOf(3, 0, 14), value: { type: 'string', value: '+01:00' } };

test('a Read asks 1.0 devices for TLV, later ones for what they like, and then for what they showed', () => {
  assert.deepEqual(readRequest(oneZero, pathOf(3, 0)), { method: 'GET', path: ['3', '0'], accept: tlv });
  assert.deepEqual(readRequest(oneOne, pathOf(3, 0)), { method: 'GET', path: ['3', '0'] });
  assert.equal(readFormat({ ...oneOne, shownFormat: senmlCbor }), senmlCbor);
  assert.equal(readFormat({ ...oneOne, shownFormat: text }), undefined);
  assert.equal(readRequest(oneZero, pathOf(3, 0, 0), text).accept, text);
});

test('the alternate path stands in front of every path', () => {
  assert.deepEqual(readRequest(rooted, pathOf(3, 0, 9)).path, ['lwm2m', '3', '0', '9']);
  assert.deepEqual(discoverRequest(rooted, pathOf(3)), { method: 'GET', path: ['lwm2m', '3'], accept: 40 });
  const written = request(writeRequest(rooted, pathOf(3, 0), [zone], false, senmlJson));
  assert.equal(payloadText(written), '[{"bn":"/lwm2m/3/0/","n":"15","vs":"Europe/Berlin"}]');
});

test('an Observe has attributes in its query from 1.2 on, and Cancel repeats it', () => {
  const attributes = { pminSeconds: 10, pmaxSeconds: 60 };
  const observe = observeRequest(oneTwo, pathOf(3303, 0, 5700), attributes);
  assert.deepEqual(observe, { method: 'GET', path: ['3303', '0', '5700'], observe: 0, query: ['pmin=10', 'pmax=60'] });
  assert.deepEqual(cancelRequest(observe), { ...observe, observe: 1 });
  assert.equal(observeRequest(oneOne, pathOf(3303, 0, 5700), attributes).query, undefined);
  const written = writeAttributesRequest(oneOne, pathOf(3303, 0, 5700), attributes);
  assert.deepEqual(written, { method: 'PUT', path: ['3303', '0', '5700'], query: ['pmin=10', 'pmax=60'] });
});

test('a single value is put, as text where the device has to know it', () => {
  assert.deepEqual(writeFormats(oneOne, zone.path, [zone]), [text, senmlCbor, senmlJson, tlv]);
  assert.deepEqual(writeFormats(oneZero, zone.path, [zone]), [tlv, text]);
  const written = request(writeRequest(oneOne, zone.path, [zone], false, text));
  assert.deepEqual([written.method, written.contentFormat, payloadText(written)], ['PUT', text, 'Europe/Berlin']);
});

test('an opaque value goes as octets, what text cannot carry in another format', () => {
  const firmware: Entry = { path: pathOf(5, 0, 0), value: { type: 'opaque', value: Uint8Array.of(0) } };
  assert.equal(writeFormats(oneOne, firmware.path, [firmware])[0], opaque);
  const notANumber: Entry = { path: pathOf(3308, 0, 5900), value: { type: 'float', value: Number.NaN } };
  assert.ok(!writeFormats(oneOne, notANumber.path, [notANumber]).includes(text));
});

test('an instance is updated with POST, replaced with PUT, in a format that the device announced or showed', () => {
  const path = pathOf(3, 0);
  assert.deepEqual(writeFormats(oneOne, path, [zone, offset]), [senmlCbor, senmlJson, tlv]);
  assert.equal(writeFormats({ ...oneOne, contentFormats: [senmlJson] }, path, [zone, offset])[0], senmlJson);
  assert.equal(writeFormats({ ...oneOne, shownFormat: tlv }, path, [zone, offset])[0], tlv);
  assert.deepEqual(writeFormats(oneZero, path, [zone, offset]), [tlv]);
  assert.equal(request(writeRequest(oneOne, path, [zone, offset], false, tlv)).method, 'POST');
  assert.equal(request(writeRequest(oneOne, path, [zone, offset], true, tlv)).method, 'PUT');
});

test('a multiple resource is written whole, never as text, which would be an Execute', () => {
  const instances = [0, 1].map((id): Entry => ({ path: pathOf(2, 0, 2, id), value: { type: 'integer', value: 7n } }));
  const written = request(writeRequest(oneZero, pathOf(2, 0, 2), instances, false, tlv));
  assert.deepEqual([written.method, toHex(written.payload ?? new Uint8Array(0))], ['POST', '8602410007410107']);
  assert.equal(
    refusal(writeRequest(oneOne, pathOf(2, 0, 2), instances.slice(0, 1), false, text)),
    'unsupported-format',
  );
});

test('an Execute without arguments has no payload, with them text', () => {
  assert.deepEqual(executeRequest(oneOne, pathOf(3, 0, 4), ''), { method: 'POST', path: ['3', '0', '4'] });
  const trigger = request(executeRequest(oneOne, pathOf(1, 0, 8), "0='U'"));
  assert.deepEqual([trigger.contentFormat, payloadText(trigger)], [text, "0='U'"]);
  assert.equal(refusal(executeRequest(oneOne, pathOf(1, 0, 8), '0="U"')), 'syntax');
  assert.equal(refusal(executeRequest(oneOne, pathOf(1, 0), '')), 'path');
});

test('a Create names the instance, or leaves the choice to the device in TLV', () => {
  const inside = (id: number): Entry[] => [{ path: pathOf(2, id, 0), value: { type: 'integer', value: 1n } }];
  const chosen = request(createRequest(oneOne, pathOf(2), 7, inside(7), tlv));
  assert.deepEqual(
    [chosen.method, chosen.path, toHex(chosen.payload ?? new Uint8Array(0))],
    ['POST', ['2'], '0307c10001'],
  );
  const open = request(createRequest(oneOne, pathOf(2), undefined, inside(0), tlv));
  assert.equal(toHex(open.payload ?? new Uint8Array(0)), 'c10001');
  assert.equal(refusal(createRequest(oneOne, pathOf(2), undefined, inside(0), senmlCbor)), 'unsupported-format');
  assert.equal(refusal(createRequest(oneOne, pathOf(2), 7, inside(8), tlv)), 'path-mismatch');
  assert.deepEqual(deleteRequest(oneOne, pathOf(2, 7)), { method: 'DELETE', path: ['2', '7'] });
});

test('what cannot be sent is refused before it is', () => {
  assert.equal(refusal(writeRequest(oneOne, pathOf(3), [zone], false, tlv)), 'path');
  assert.equal(refusal(writeRequest(oneOne, pathOf(3, 0), [], false, tlv)), 'missing-value');
  assert.equal(refusal(writeRequest(oneOne, pathOf(4, 0), [zone], false, tlv)), 'path-mismatch');
  assert.equal(
    refusal(writeRequest(oneOne, pathOf(3, 0), [zone], false, contentFormats['lwm2m-cbor'])),
    'unsupported-format',
  );
});

function request(result: CoapRequest | FormatError): CoapRequest {
  if (isFormatError(result)) assert.fail(result.reason);
  return result;
}

function refusal(result: CoapRequest | FormatError): string {
  return isFormatError(result) ? result.formatError : 'sent';
}

function payloadText({ payload }: CoapRequest): string | undefined {
  return payload && utf8Decode(payload);
}
