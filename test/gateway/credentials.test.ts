/** Which device may come in with which key, and that an old key never fits again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Monotonic, Wall } from '../../src/base/instants.ts';
import type { StoredRecord } from '../../src/commit/commit.ts';
import type { CertificateProof } from '../../src/dtls/peer-chains.ts';
import { Credentials } from '../../src/gateway/credentials.ts';
import { Step } from '../../src/gateway/step.ts';
import { Uptime } from '../../src/gateway/uptime.ts';
import { generator } from '../mbedtls-wasm/pair.ts';

const [oldKey, newKey] = [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6, 7, 8)];

test('an identity has its key, its endpoint and a view without the key', () => {
  const { credentials, put } = world();
  put('pump', 'meter-17', oldKey);
  assert.deepEqual(credentials.key('meter-17'), oldKey);
  assert.equal(credentials.endpointOf('meter-17'), 'pump');
  assert.deepEqual(credentials.view('pump'), {
    endpoint: 'pump',
    identity: 'meter-17',
    addedAtWall: undefined,
    addedBy: 'test',
    keyBytes: 4,
    certificate: undefined,
  });
  assert.equal(credentials.key('pump'), undefined);
});

test('a changed identity leaves nothing of the old one', () => {
  const { credentials, put } = world();
  put('pump', 'old', oldKey);
  put('pump', 'new', newKey);
  assert.deepEqual([credentials.key('old'), credentials.key('new')], [undefined, newKey]);
  assert.deepEqual([...credentials.names], ['pump']);
});

test('the caller may overwrite the key that it handed in', () => {
  const { credentials, put } = world();
  const key = oldKey.slice();
  put('pump', 'meter-17', key);
  key.fill(0);
  assert.deepEqual(credentials.key('meter-17'), oldKey);
});

test('every change has a serial of its own, also after a removal and a restart', () => {
  const before = world();
  before.put('pump', 'meter-17', oldKey);
  const first = before.credentials.serial('meter-17');
  before.put('pump', 'meter-17', newKey);
  const second = before.credentials.serial('meter-17');
  before.remove('pump');
  assert.equal(before.credentials.serial('meter-17'), undefined);
  const after = world(before.kept, 2);
  after.put('pump', 'meter-17', newKey);
  const third = after.credentials.serial('meter-17');
  // Else a ticket of the removed credential, which the device keeps, would resume.
  assert.equal(new Set([first, second, third]).size, 3);
});

test('what was kept is found again', () => {
  const before = world();
  before.put('pump', 'meter-17', oldKey);
  before.put('gone', 'meter-18', oldKey);
  before.remove('gone');
  const { credentials } = world(before.kept, 2);
  assert.deepEqual([...credentials.names], ['pump']);
  assert.equal(credentials.serial('meter-17'), before.credentials.serial('meter-17'));
});

test('without a key it is a certificate; what that proved is kept with it, and ends with a change', () => {
  const { credentials, kept, put, prove } = world();
  put('meter-17', 'meter-17', undefined);
  assert.deepEqual([credentials.holdsCertificate('meter-17'), credentials.key('meter-17')], [true, undefined]);
  const [sha256, anchor, other] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const proof = { sha256, endsAtWall: 1_800_000_000_000, anchors: [anchor, other] };
  assert.deepEqual([prove('meter-17', proof), prove('meter-17', proof)], [1, 0]);
  const { credentials: restored, put: change } = world(kept, 2);
  assert.deepEqual(restored.proofOf('meter-17'), proof);
  assert.deepEqual(restored.view('meter-17')?.certificate, { sha256: '01'.repeat(32), endsAtWall: 1_800_000_000_000 });
  change('meter-17', 'meter-17', oldKey);
  assert.deepEqual([restored.holdsCertificate('meter-17'), restored.proofOf('meter-17')], [false, undefined]);
});

/** Credentials with what the store keeps of them. */
function world(kept: ReadonlyMap<string, Uint8Array> = new Map(), seed = 1) {
  const next = generator(seed);
  const entropy = (into: Uint8Array) => {
    for (let i = 0; i < into.length; i++) into[i] = next() * 256;
  };
  const aead = { seal: (plaintext: Uint8Array) => plaintext, open: (sealed: Uint8Array) => sealed };
  const credentials = new Credentials({ entropy, aead, uptime: new Uptime() });
  const records: StoredRecord[] = [...kept].map(([key, value]) => ({ key, value }));
  for (const record of records) assert.equal(credentials.restore(record), 'ours');
  const stored = new Map(kept);
  const stepped = (work: (step: Step) => void) => {
    const step = new Step({ monotonic: 0 as Monotonic, wall: 0 as Wall, wallTrusted: false });
    work(step);
    const writes = step.takeWrites('before-ack');
    for (const { key, value } of writes) {
      if (value === undefined) stored.delete(key);
      else stored.set(key, value);
    }
    return writes.length;
  };
  return {
    credentials,
    kept: stored,
    put: (endpoint: string, identity: string, key: Uint8Array | undefined) =>
      stepped((step) => credentials.put(endpoint, identity, key, 'test', step)),
    /** How many records that wrote. */
    prove: (identity: string, proof: CertificateProof) => stepped((step) => credentials.proved(identity, proof, step)),
    remove: (endpoint: string) => stepped((step) => credentials.remove(endpoint, step)),
  };
}
