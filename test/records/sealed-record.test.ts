import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concat, equalBytes, utf8Decode } from '../../src/base/bytes.ts';
import { crc32 } from '../../src/base/crc32.ts';
import { decodeRecord, wrap } from '../../src/records/envelope.ts';
import {
  type Aead,
  decodeClear,
  decodeSealedPart,
  decodeSealedRecord,
  encodePartlySealed,
  encodeSealedRecord,
} from '../../src/records/sealed-record.ts';

const key = 'k/meter-17';
const body = new Map([['psk', new Uint8Array([1, 2, 3, 4])]]);

describe('a sealed record', () => {
  it('comes back under the same key and master key', () => {
    const bytes = encodeSealedRecord(toyAead(1), key, 2, body);
    assert.deepEqual(decodeSealedRecord(toyAead(1), key, bytes), { version: 2, body });
  });

  it('does not show its body', () => {
    const bytes = encodeSealedRecord(toyAead(1), key, 1, { secret: 'open sesame' });
    assert.equal(utf8Decode(bytes.slice(5))?.includes('sesame') ?? false, false);
    assert.deepEqual(decodeRecord(key, bytes), { error: 'malformed' });
  });

  it('under another master key is whole, and does not open', () => {
    const bytes = encodeSealedRecord(toyAead(1), key, 1, body);
    assert.deepEqual(decodeSealedRecord(toyAead(2), key, bytes), { error: 'sealed' });
  });

  it('does not open under another key or version, whatever the checksum says', () => {
    const sealed = encodeSealedRecord(toyAead(1), key, 1, body).subarray(5);
    assert.deepEqual(decodeSealedRecord(toyAead(1), 'k/other', wrap('k/other', 1, sealed)), { error: 'sealed' });
    assert.deepEqual(decodeSealedRecord(toyAead(1), key, wrap(key, 2, sealed)), { error: 'sealed' });
  });

  it('that is damaged is told apart', () => {
    const bytes = encodeSealedRecord(toyAead(1), key, 1, body);
    bytes[9] = (bytes[9] as number) ^ 1;
    assert.deepEqual(decodeSealedRecord(toyAead(1), key, bytes), { error: 'checksum' });
    assert.deepEqual(decodeSealedRecord(toyAead(1), key, bytes.subarray(0, 4)), { error: 'malformed' });
  });
});

describe('a record of which a part is sealed', () => {
  const clear = new Map([['name', 'meter-17']]);
  const bytes = encodePartlySealed(toyAead(1), key, 2, clear, body);

  it('shows that part alone', () => {
    assert.deepEqual(decodeClear(key, bytes), { version: 2, body: clear });
    assert.deepEqual(decodeSealedPart(toyAead(1), key, bytes), { version: 2, body });
    assert.deepEqual(decodeSealedPart(toyAead(2), key, bytes), { error: 'sealed' });
  });

  it('does not open when what it shows was changed, whatever the checksum says', () => {
    const payload = bytes.slice(5);
    const at = payload.indexOf('m'.charCodeAt(0), 7);
    payload[at] = 'n'.charCodeAt(0);
    const changed = wrap(key, 2, payload);
    assert.notDeepEqual(decodeClear(key, changed), decodeClear(key, bytes));
    assert.deepEqual(decodeSealedPart(toyAead(1), key, changed), { error: 'sealed' });
  });

  it('that is damaged or cut short is told apart', () => {
    assert.deepEqual(
      decodeClear(
        key,
        bytes.map((byte, at) => (at === 9 ? byte ^ 1 : byte)),
      ),
      { error: 'checksum' },
    );
    assert.deepEqual(decodeClear(key, wrap(key, 2, Uint8Array.of(9, 9, 9))), { error: 'malformed' });
  });
});

/** Hides nothing from anybody, but keeps the shape: a key, associated data, a tag. */
function toyAead(masterKey: number): Aead {
  const mask = (bytes: Uint8Array) => bytes.map((byte) => byte ^ (0xa0 + masterKey));
  const tag = (bytes: Uint8Array, additional: Uint8Array) => {
    const four = new Uint8Array(4);
    new DataView(four.buffer).setUint32(0, crc32(concat(bytes, additional), masterKey));
    return four;
  };
  return {
    seal: (plaintext, additional) => concat(mask(plaintext), tag(plaintext, additional)),
    open: (sealed, additional) => {
      const plaintext = mask(sealed.subarray(0, -4));
      return equalBytes(sealed.subarray(-4), tag(plaintext, additional)) ? plaintext : undefined;
    },
  };
}
