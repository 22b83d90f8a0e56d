import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markRecord, readRecording } from './recording-log.ts';

function record(
  kind: string,
  head: { flags?: number; handle?: number; extra?: number; offset?: number },
  data = '',
): Buffer {
  const bytes = Buffer.alloc(24 + data.length);
  bytes.write(kind, 0, 'latin1');
  bytes[1] = 2;
  bytes.writeUInt16LE(head.flags ?? 0, 2);
  bytes.writeUInt32LE(head.handle ?? 0, 4);
  bytes.writeUInt32LE(head.extra ?? 0, 8);
  bytes.writeUInt32LE(data.length, 12);
  bytes.writeBigUInt64LE(BigInt(head.offset ?? 0), 16);
  bytes.write(data, 24, 'latin1');
  return bytes;
}

test('each kind of record is read as it was written', () => {
  const log = Buffer.concat([
    record('o', { flags: 3, handle: 5 }, 'leveldb/000003.log'),
    record('w', { handle: 5, offset: 40 }, 'abc'),
    record('z', { handle: 5, offset: 4_096, extra: 8_192 }),
    record('s', { flags: 4, handle: 5, extra: 9 }),
    record('e', { flags: 8, handle: 5, extra: 9 }),
    record('r', {}, 'a\0b'),
    record('S', { extra: 5_683 }, 'x'),
    markRecord('{"life":1}'),
  ]);
  const process = 2;
  const bytes = (text: string): Buffer => Buffer.from(text);
  const sync = { process, handle: 5, sync: 9 };
  assert.deepEqual(readRecording(log), [
    { kind: 'open', process, handle: 5, path: 'leveldb/000003.log', creates: true, truncates: true },
    { kind: 'change', process, handle: 5, change: { kind: 'write', offset: 40, bytes: bytes('abc') } },
    { kind: 'change', process, handle: 5, change: { kind: 'zeros', offset: 4_096, length: 8_192 } },
    { kind: 'sync-begin', ...sync, dataOnly: true, failed: false },
    { kind: 'sync-end', ...sync, dataOnly: false, failed: true },
    { kind: 'rename', from: 'a', to: 'b' },
    { kind: 'sent', process, port: 5_683, bytes: bytes('x') },
    { kind: 'mark', text: '{"life":1}' },
  ]);
});

test('a last record that is not whole is left out, one of an unknown kind is refused', () => {
  const whole = record('u', {}, 'gone');
  assert.equal(readRecording(Buffer.concat([whole, whole.subarray(0, 26)])).length, 1);
  assert.throws(() => readRecording(record('?', {})), /kind "\?"/);
});
