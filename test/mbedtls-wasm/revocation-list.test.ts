/** Revocation lists: who may have made them, what stands in them, and that nobody else's list counts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateSignature, HostP256, RevocationList } from 'mbedtls-wasm';
import { hostP256 } from '../../src/host/host-p256.ts';
import { issue, revoke } from './authority.ts';
import { damaged } from './damage.ts';
import { generator, makeEngine } from './pair.ts';

const root = issue({ commonNames: ['root'], isAuthority: true });
const large = issue({ commonNames: ['large'], isAuthority: true, curve: 'secp384r1', keyUsage: 0x02 });
const serialNumbers = [Uint8Array.of(1, 2), Uint8Array.of(0, 255)];
const engines = { module: makeEngine(), host: makeEngine(1, undefined, hostP256) };
const authorities = [large.der, root.der];

for (const [by, engine] of Object.entries(engines)) {
  test(`a list that its authority signed is read, with the signature verified by the ${by}`, () => {
    for (const authority of [root, large]) {
      const list = engine.readRevocationList(
        revoke(authority, serialNumbers, { nextUpdate: '350101000000Z' }),
        authorities,
      );
      assert.deepEqual([...list.serialNumbers], ['0102', '00ff']);
      assert.deepEqual(Buffer.from(list.issuer), Buffer.from(authority.name));
      assert.deepEqual([list.thisUpdateMs, list.nextUpdateMs], [Date.UTC(2025, 0, 1), Date.UTC(2035, 0, 1)]);
    }
  });

  test(`a list that somebody else made in an authority's name is refused, as the ${by} finds out`, () => {
    const stranger = issue({ commonNames: ['root'], isAuthority: true });
    const refused = (bytes: Uint8Array) =>
      assert.throws(
        () => engine.readRevocationList(bytes, authorities),
        /RangeError: .*its authority has not signed it/,
      );
    refused(revoke(stranger, serialNumbers));
    const changed = revoke(root, serialNumbers);
    const at = Buffer.from(changed).indexOf(Buffer.of(2, 2, 1, 2));
    changed[at + 3] = 3;
    refused(changed);
    assert.equal(engine.readRevocationList(revoke(stranger, []), [...authorities, stranger.der]).serialNumbers.size, 0);
  });
}

const read = (bytes: Uint8Array, by: readonly Uint8Array[] = authorities): RevocationList =>
  engines.host.readRevocationList(bytes, by);

test('an empty list is read, one without a version and an end, and one with extensions that need not be understood', () => {
  const list = read(revoke(root, []));
  assert.deepEqual([list.serialNumbers.size, list.nextUpdateMs], [0, undefined]);
  assert.equal(read(revoke(root, serialNumbers)).serialNumbers.size, 2);
  for (const of of ['list', 'entries'] as const) {
    assert.equal(read(revoke(root, serialNumbers, { extension: { of, isCritical: false } })).serialNumbers.size, 2);
  }
});

test('a list that counts only in part, or for others, is refused', () => {
  for (const of of ['list', 'entries'] as const) {
    assert.throws(() => read(revoke(root, serialNumbers, { extension: { of, isCritical: true } })), /a part of a list/);
  }
});

test('who is no authority, or may sign certificates alone, makes no lists', () => {
  const certificatesAlone = issue({ commonNames: ['busy'], isAuthority: true, keyUsage: 0x04 });
  assert.throws(() => read(revoke(issue(), [])), /none of the authorities/);
  assert.throws(() => read(revoke(root, []), []), /none of the authorities/);
  assert.throws(() => read(revoke(certificatesAlone, []), [certificatesAlone.der]), /not meant to sign lists/);
});

test('a signature of a kind that the engine does not take is refused', () => {
  // ECDSA with SHA-512.
  const list = Buffer.from(revoke(root, []));
  for (const id = Buffer.from('2a8648ce3d040302', 'hex'); list.includes(id); ) list[list.indexOf(id) + 7] = 4;
  assert.throws(() => read(Uint8Array.from(list)), /does not take/);
});

test('what is no list, or damaged, is refused and never believed', () => {
  const list = revoke(root, serialNumbers);
  for (const bytes of [root.der, new Uint8Array(0), Uint8Array.of(...list, 0), list.slice(0, -1)]) {
    assert.throws(() => read(bytes), /none, or damaged/);
  }
  const asked: CertificateSignature[] = [];
  const verify: HostP256['verify'] = (signature) => asked.push(signature) < 0;
  const engine = makeEngine(1, undefined, { ...hostP256, verify });
  const next = generator(3);
  for (let run = 0; run < 30_000; run++) {
    assert.throws(() => engine.readRevocationList(damaged([list], next), authorities), RangeError);
  }
  assert.ok(asked.length > 100, `${asked.length} could be taken apart all the same`);
});

test('lists leave the memory as it was', () => {
  const many = Array.from({ length: 2_500 }, (_, i) => Uint8Array.of(1, i >> 8, i & 255));
  const long = revoke(root, many);
  assert.ok(long.length > 50_000);
  const engine = makeEngine();
  const once = (): void => assert.equal(engine.readRevocationList(long, authorities).serialNumbers.size, many.length);
  for (let run = 0; run < 3; run++) once();
  const before = engine.linearMemoryBytes;
  for (let run = 0; run < 20; run++) once();
  assert.equal(engine.linearMemoryBytes, before);
});
