import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { masterAead, pooledEntropy } from '../../src/host/host-crypto.ts';

const secret = new TextEncoder().encode('a pre-shared key');
const key = new TextEncoder().encode('c/meter-17');

test('what was sealed opens under the same key and associated data only', () => {
  const aead = newAead();
  const sealed = aead.seal(secret, key);
  assert.deepEqual(aead.open(sealed, key), secret);
  assert.equal(aead.open(sealed, new TextEncoder().encode('c/meter-18')), undefined);
  assert.equal(newAead().open(sealed, key), undefined);
});

test('every bit counts, and every length is taken', () => {
  const aead = newAead();
  const sealed = aead.seal(secret, key);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const broken = Uint8Array.from(sealed);
    broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(aead.open(broken, key), undefined);
  }
  for (let length = 0; length < sealed.length; length++) {
    assert.equal(aead.open(sealed.subarray(0, length), key), undefined);
  }
  assert.deepEqual(aead.open(aead.seal(new Uint8Array(0), key), key), new Uint8Array(0));
});

test('sealing twice gives different bytes, none of them the secret', () => {
  const aead = newAead();
  const one = aead.seal(secret, key);
  assert.notDeepEqual(one, aead.seal(secret, key));
  assert.equal(Buffer.from(one).includes(Buffer.from(secret)), false);
});

test('the caller may wipe its copy of the master key', () => {
  const masterKey = Uint8Array.from(randomBytes(32));
  const aead = masterAead(masterKey, pooledEntropy());
  const sealed = aead.seal(secret, key);
  masterKey.fill(0);
  assert.deepEqual(aead.open(sealed, key), secret);
});

test('the pool hands out each byte once and keeps none', () => {
  let fills = 0;
  let pool = new Uint8Array(0);
  const entropy = pooledEntropy((into) => {
    fills++;
    pool = into as Uint8Array<ArrayBuffer>;
    for (let i = 0; i < into.length; i++) into[i] = 1 + ((i + fills) % 255);
  });
  const first = new Uint8Array(1_000);
  entropy(first);
  assert.equal(first.includes(0), false);
  assert.equal(
    pool.subarray(0, 1_000).every((byte) => byte === 0),
    true,
  );
  for (let i = 0; i < 65; i++) entropy(first);
  assert.equal(fills, 2);
  assert.equal(first.includes(0), false);
});

test('more than the pool holds is fetched at once', () => {
  const large = new Uint8Array(100_000);
  pooledEntropy()(large);
  assert.ok(large.subarray(65_536).some((byte) => byte !== 0));
});

function newAead() {
  return masterAead(randomBytes(32), pooledEntropy());
}
