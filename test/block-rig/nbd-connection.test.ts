/** The server's side of NBD, byte by byte as the protocol document has it. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { NbdConnection } from './nbd-connection.ts';

const bytes = 65_536;
let did: string[];
let connection: NbdConnection;

beforeEach(() => {
  did = [];
  connection = new NbdConnection({
    bytes,
    read: (offset, length) => {
      did.push(`read ${offset} ${length}`);
      return new Uint8Array(length).fill(7);
    },
    write: (offset, data) => did.push(`write ${offset} ${data.length}`),
    flush: () => did.push('flush'),
  });
});

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const fixedNoZeroes = '00000003';
const option = (number: string, data = ''): string =>
  `49484156454f5054 ${number} ${(data.length / 2).toString(16).padStart(8, '0')} ${data}`;
const go = option('00000007', '000000000000');
const command = (flags: string, kind: string, offset: number, length: number): Buffer =>
  hex(`25609513 ${flags} ${kind} 0102030405060708 ${word(offset, 16)} ${word(length, 8)}`);
const word = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
const reply = '6744669800000000 0102030405060708';

test('a client that asks for GO gets the size and the barriers, then commands', () => {
  assert.equal(connection.greeting().toString('hex'), '4e42444d4147494349484156454f50540003');
  const answer = connection.receive(hex(fixedNoZeroes + go));
  assert.deepEqual(
    answer,
    hex(
      `0003e889045565a9 00000007 00000003 0000000c 0000 0000000000010000 000d 0003e889045565a9 00000007 00000001 00000000`,
    ),
  );
  assert.deepEqual(connection.receive(command('0000', '0003', 0, 0)), hex(reply));
  assert.deepEqual(did, ['flush']);
});

test('options that it does not know are refused, an old EXPORT_NAME is served', () => {
  const refused = connection.receive(hex(fixedNoZeroes + option('00000008')));
  assert.equal(refused.readUInt32BE(12), 0x80000001);
  assert.deepEqual(connection.receive(hex(option('00000001'))), hex('0000000000010000 000d'));
  assert.deepEqual(connection.receive(command('0000', '0000', 512, 2)), hex(`${reply} 0707`));
  assert.deepEqual(did, ['read 512 2']);
});

test('a write with FUA is flushed before it is answered, and its data may come in pieces', () => {
  connection.receive(hex(fixedNoZeroes + go));
  const write = Buffer.concat([command('0001', '0001', 4_096, 3), Buffer.from('abc')]);
  assert.equal(connection.receive(write.subarray(0, 29)).length, 0);
  assert.deepEqual(did, []);
  const rest = Buffer.concat([write.subarray(29), command('0000', '0001', 0, 0)]);
  assert.deepEqual(connection.receive(rest), hex(reply + reply));
  assert.deepEqual(did, ['write 4096 3', 'flush', 'write 0 0']);
});

test('an unknown command is invalid; DISC ends it', () => {
  connection.receive(hex(fixedNoZeroes + go));
  assert.equal(connection.receive(command('0000', '0009', 0, 0)).readUInt32BE(4), 22);
  assert.equal(connection.receive(command('0000', '0002', 0, 0)).length, 0);
  assert.equal(connection.hasEnded, true);
});
