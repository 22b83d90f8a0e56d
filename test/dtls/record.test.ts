/** Cutting datagrams into records. Headers by hand after RFC 6347 section 4.1 and RFC 9146 section 4. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concat, fromHex, toHex } from '../../src/base/bytes.ts';
import { clientRandom, cutRecords } from '../../src/dtls/record.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex.replaceAll(' ', '')) ?? assert.fail(hex);

/** Type, version, epoch, sequence, length, body. */
const applicationData = bytes('17 fefd 0001 123456789abc 0003 010203');
const withConnectionId = bytes('19 fefd 0001 000000000005 00a1a2a3a4a5a6a7 0002 0102');
const clientHello = bytes('16 feff 0000 000000000000 0001 01');

test('a header is read as it stands', () => {
  const { records, clean } = cutRecords(applicationData, 8);
  assert.equal(clean, true);
  assert.deepEqual(records, [
    {
      contentType: 23,
      epoch: 1,
      sequence: 0x123456789abc,
      connectionId: undefined,
      isClientHello: false,
      handshakeType: undefined,
      bytes: applicationData,
    },
  ]);
});

test('content type 25 has a connection ID before its length', () => {
  const [record] = cutRecords(withConnectionId, 8).records;
  assert.equal(toHex(record?.connectionId ?? new Uint8Array()), '00a1a2a3a4a5a6a7');
  assert.deepEqual([record?.contentType, record?.epoch, record?.sequence], [25, 1, 5]);
});

test('several records of several kinds are cut apart', () => {
  const all = [clientHello, withConnectionId, applicationData];
  const { records, clean } = cutRecords(concat(...all), 8);
  assert.equal(clean, true);
  assert.deepEqual(
    records.map((record) => toHex(record.bytes)),
    all.map(toHex),
  );
});

test('a datagram in the middle of a larger buffer is read from its own start', () => {
  const inside = concat(new Uint8Array(5), applicationData, new Uint8Array(5)).subarray(5, 5 + applicationData.length);
  assert.equal(cutRecords(inside, 8).records[0]?.sequence, 0x123456789abc);
});

test('only a handshake record of epoch 0 that begins one is a ClientHello', () => {
  const isClientHello = (hex: string) => cutRecords(bytes(hex), 8).records[0]?.isClientHello;
  assert.equal(isClientHello('16 feff 0000 000000000000 0001 01'), true);
  assert.equal(isClientHello('16 feff 0001 000000000000 0001 01'), false);
  assert.equal(isClientHello('16 feff 0000 000000000000 0001 10'), false);
  assert.equal(isClientHello('15 feff 0000 000000000000 0001 01'), false);
});

test('what follows the last record is told', () => {
  const { records, clean } = cutRecords(concat(applicationData, Uint8Array.of(0x17, 0xfe)), 8);
  assert.deepEqual([records.length, clean], [1, false]);
});

test('cut-off, empty, foreign and overlong records are none', () => {
  for (const hex of [
    '17 fefd 0001 123456789abc 0003 0102',
    '17 fefd 0001 123456789abc 0000',
    '13 fefd 0001 123456789abc 0001 01',
    '1a fefd 0001 123456789abc 0001 01',
    '17 0303 0001 123456789abc 0001 01',
    '19 fefd 0001 000000000005 00a1a2a3a4a5a6a7 00',
    '17 fefd 0001',
    '17',
  ]) {
    assert.deepEqual(cutRecords(bytes(hex), 8), { records: [], clean: false }, hex);
  }
});

test('any bytes are cut without an error, and nothing is lost or made up', () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(applicationData, withConnectionId, clientHello),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      const datagram = concat(...parts);
      const { records, clean } = cutRecords(datagram, 8);
      const cut = concat(...records.map((record) => record.bytes));
      assert.deepEqual(cut, datagram.subarray(0, cut.length));
      assert.equal(clean, cut.length === datagram.length);
    }),
    { seed: 11, numRuns: 300 },
  );
});

test('the random of a ClientHello is behind record header, message header and version', () => {
  const random = Uint8Array.from({ length: 32 }, (_, i) => i);
  const body = concat(Uint8Array.of(1), new Uint8Array(11), Uint8Array.of(0xfe, 0xfd), random, Uint8Array.of(0));
  const header = bytes('16 feff 0000 000000000000 0000');
  new DataView(header.buffer).setUint16(11, body.length);
  const [record] = cutRecords(concat(header, body), 8).records;
  assert.ok(record);
  assert.deepEqual(clientRandom(record), random);
  const [short] = cutRecords(clientHello, 8).records;
  assert.ok(short);
  assert.equal(clientRandom(short), undefined);
});
