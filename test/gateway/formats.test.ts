/**
 * Every format through the whole gateway: what a device answers to a Read becomes the values that the vectors name, and the values
 * of a Write leave as the bytes of the vectors, with the numbers of the formats in Accept and Content-Format.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Packet, ParsedPacket } from 'coap-packet';
import type { DeviceOperation } from '../../src/gateway/operator.ts';
import type { OperationView } from '../../src/gateway/views.ts';
import { type ContentFormatName, contentFormats } from '../../src/lwm2m/content-format.ts';
import type { ResourcePath } from '../../src/lwm2m/path.ts';
import { entriesOf, inVectorWords, payloadOf, trackedVectors, type Vector } from '../lwm2m/vectors.ts';
import { PlainGateway, register } from './plain-gateway.ts';

const port = 5_001;
const clip = '/3339/0/5522';

/** A vector with a made-up path stands for the resource behind it, which has a type of its own. */
const read: readonly (readonly [format: ContentFormatName, vector: string, path?: string])[] = [
  ['text', 'text-string'],
  ['text', 'text-float-neg', '/3303/0/5700'],
  ['opaque', 'opaque-bytes', clip],
  ['cbor', 'cbor-string', '/3/0/0'],
  ['cbor', 'cbor-float32', '/3303/0/5700'],
  ['cbor', 'cbor-opaque', clip],
  ['tlv', 'tlv-spec-device-resources'],
  ['tlv', 'tlv-multi-resource'],
  ['tlv', 'tlv-resource-instance'],
  ['tlv', 'tlv-id-16bit'],
  ['senml-json', 'senml-json-spec-device'],
  ['senml-json', 'senml-json-spec-single'],
  ['senml-cbor', 'senml-cbor-spec-device'],
  ['senml-cbor', 'senml-cbor-float32'],
];

for (const [format, id, path] of read) {
  test(`a Read that is answered in ${format} (${id})`, () => {
    const vector = vectorAt(format, id, path);
    const { gateway, request } = asked({ verb: 'read', path: vector.base as ResourcePath, format });
    assert.deepEqual([request.code, pathOf(request)], ['0.01', vector.base]);
    assert.equal(numberIn(request, 'Accept'), contentFormats[format]);
    gateway.receive(port, answer(request, '2.05', contentFormats[format], payloadOf(vector)));
    const { state, code, entries, format: shown } = outcome(gateway);
    assert.deepEqual([state, code, shown], ['done', '2.05', format]);
    assert.deepEqual(inVectorWords(entries), vector.expected);
  });
}

const written: readonly (readonly [format: ContentFormatName, vector: string, path?: string])[] = [
  ['text', 'text-string'],
  ['opaque', 'opaque-bytes', clip],
  ['cbor', 'cbor-string', '/3/0/0'],
  ['cbor', 'cbor-opaque', clip],
  ['tlv', 'tlv-single-string'],
  ['tlv', 'tlv-multi-resource'],
  ['tlv', 'tlv-spec-device-resources'],
  ['senml-json', 'senml-json-spec-device'],
  ['senml-cbor', 'senml-cbor-spec-device'],
];

for (const [format, id, path] of written) {
  test(`a Write in ${format} (${id})`, () => {
    const vector = vectorAt(format, id, path);
    const entries = entriesOf(vector);
    const operation = { verb: 'write', path: vector.base as ResourcePath, entries, replace: false } as const;
    const { gateway, request } = asked({ ...operation, format });
    const isSingle = entries.length === 1 && entries[0]?.path === vector.base;
    assert.deepEqual([request.code, pathOf(request)], [isSingle ? '0.03' : '0.02', vector.base]);
    assert.equal(numberIn(request, 'Content-Format'), contentFormats[format]);
    assert.equal(request.payload.toString('hex'), Buffer.from(payloadOf(vector)).toString('hex'));
    gateway.receive(port, answer(request, '2.04'));
    assert.deepEqual([outcome(gateway).state, outcome(gateway).code], ['done', '2.04']);
  });
}

test('a Write for which nobody named a format: text or octets for one value, the next format after 4.15', () => {
  const [text, opaque] = [vectorAt('text', 'text-string'), vectorAt('opaque', 'opaque-bytes', clip)];
  for (const [vector, format] of [[text, 'text'] as const, [opaque, 'opaque'] as const]) {
    const { request } = asked(writeOf(vector));
    assert.equal(numberIn(request, 'Content-Format'), contentFormats[format]);
    assert.equal(request.payload.toString('hex'), Buffer.from(payloadOf(vector)).toString('hex'));
  }
  const { gateway, request } = asked(writeOf(text));
  const [second] = gateway.receive(port, answer(request, '4.15'));
  assert.equal(second && numberIn(second, 'Content-Format'), contentFormats['senml-cbor']);
});

test('a Write to a device of LwM2M 1.0 leaves in TLV', () => {
  const vector = vectorAt('tlv', 'tlv-single-string');
  const { request } = asked(writeOf(vector), 'lwm2m=1.0');
  assert.equal(numberIn(request, 'Content-Format'), contentFormats.tlv);
  assert.equal(request.payload.toString('hex'), vector.hex);
});

function writeOf(vector: Vector): DeviceOperation {
  return { verb: 'write', path: vector.base as ResourcePath, entries: entriesOf(vector), replace: false };
}

/** A registered device and the request that the operation sends to it. */
function asked(operation: DeviceOperation, version = 'lwm2m=1.1'): { gateway: PlainGateway; request: ParsedPacket } {
  const gateway = new PlainGateway();
  const packet = register('meter');
  const options = (packet.options ?? []).map((option) =>
    String(option.value).startsWith('lwm2m=') ? { ...option, value: Buffer.from(version) } : option,
  );
  gateway.receive(port, { ...packet, options });
  gateway.ask({ kind: 'operate', endpoint: 'meter', operation, expiresMs: 60_000 });
  const [request] = gateway.takeSent(port);
  return { gateway, request: request ?? assert.fail('nothing was sent') };
}

function outcome(gateway: PlainGateway): OperationView {
  const views = gateway.events.flatMap((event) => (event.kind === 'operation' ? [event.operation] : []));
  return views.at(-1) ?? assert.fail('no operation was told');
}

function vectorAt(kind: string, id: string, path?: string): Vector {
  const vector = trackedVectors(kind).find((one) => one.id === id) ?? assert.fail(`no vector ${id}`);
  if (path === undefined) return vector;
  const expected = (vector.expected as object[]).map((entry) => ({ ...entry, path }));
  return { ...vector, base: path, expected };
}

function answer({ messageId, token }: ParsedPacket, code: string, format?: number, payload?: Uint8Array): Packet {
  const number = format === undefined ? [] : format > 255 ? [format >> 8, format & 255] : [format];
  const options =
    format === undefined ? [] : [{ name: 'Content-Format' as const, value: Buffer.from(format === 0 ? [] : number) }];
  return { code, ack: true, messageId, token, options, payload: Buffer.from(payload ?? []) };
}

/** The value of an option whose number is minimal big-endian (RFC 7252 section 3.2). */
function numberIn(packet: ParsedPacket, option: string): number | undefined {
  const value = packet.options.find(({ name }) => name === option)?.value;
  return value === undefined ? undefined : value.reduce((number, byte) => number * 256 + byte, 0);
}

function pathOf(packet: ParsedPacket): string {
  const segments = packet.options.filter(({ name }) => name === 'Uri-Path');
  return segments.map(({ value }) => `/${value}`).join('');
}
