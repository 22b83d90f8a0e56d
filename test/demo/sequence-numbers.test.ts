import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protectedNumbers, SequenceNumbers } from './sequence-numbers.ts';

const epochOne = 2 ** 48;

test('every record of a datagram is read, those of the handshake left out', () => {
  const datagram = Buffer.concat([record(0, 3), record(1, 7), record(1, 2 ** 40 + 8)]);
  assert.deepEqual(protectedNumbers(datagram), [epochOne + 7, epochOne + 2 ** 40 + 8]);
  assert.deepEqual(protectedNumbers(datagram.subarray(0, 12)), []);
});

test('a number that comes again under one key is reused, also when the replay window refuses it', () => {
  const numbers = new SequenceNumbers();
  numbers.arrived(record(1, 5), true);
  numbers.arrived(record(1, 6), true);
  assert.equal(numbers.reused, 0);
  numbers.arrived(record(1, 5), false);
  numbers.arrived(record(1, 6), true);
  assert.equal(numbers.reused, 2);
});

test('a number that never authenticated is not used, and another key or epoch has numbers of its own', () => {
  const numbers = new SequenceNumbers();
  numbers.arrived(record(1, 5), false);
  numbers.arrived(record(1, 5), true);
  numbers.arrived(record(2, 5), true);
  numbers.newKey();
  numbers.arrived(record(1, 5), true);
  assert.equal(numbers.reused, 0);
});

function record(epoch: number, sequence: number): Uint8Array {
  const bytes = Buffer.alloc(13 + 9);
  bytes.writeUInt8(23, 0);
  bytes.writeUInt16BE(0xfefd, 1);
  bytes.writeUInt16BE(epoch, 3);
  bytes.writeUIntBE(sequence, 5, 6);
  bytes.writeUInt16BE(9, 11);
  return bytes;
}
