/** Certificates as they are read: what stands in them, and that damage is no exception. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { readCertificate } from 'mbedtls-wasm';
import { issue } from './authority.ts';
import { damaged } from './damage.ts';
import { generator } from './pair.ts';

const root = issue({ commonNames: ['root'], isAuthority: true, curve: 'secp384r1' });
const own = issue({
  commonNames: ['meter-17'],
  dnsNames: ['meter.example'],
  uris: ['urn:dev:os:32473-123456'],
  by: root,
  keyUsage: 0x80,
  extendedKeyUsage: 2,
});

test("a certificate is read as OpenSSL reads it, through Node's crypto", () => {
  const read = readCertificate(own.der);
  const other = new X509Certificate(own.der);
  assert.ok(read);
  assert.equal(Buffer.from(read.serialNumber).toString('hex').toUpperCase(), other.serialNumber);
  assert.equal(`CN=${read.commonNames.join()}`, other.subject);
  assert.equal(`DNS:${read.dnsNames.join()}, URI:${read.uris.join()}`, other.subjectAltName);
  assert.equal(read.notBeforeMs, Date.parse(other.validFrom));
  assert.equal(read.notAfterMs, Date.parse(other.validTo));
  assert.deepEqual(Buffer.from(read.publicKey), other.publicKey.export({ type: 'spki', format: 'der' }));
  assert.deepEqual(Buffer.from(read.issuer), Buffer.from(root.name));
  assert.deepEqual(Buffer.from(read.subject), Buffer.from(own.name));
  assert.deepEqual([read.keyUsage, readCertificate(root.der)?.keyUsage], [0x80, undefined]);
  assert.equal(readCertificate(Uint8Array.of(...own.der, 0)), undefined);
});

test('times are UTC with seconds; two digits of a year are those from 1950 to 2049', () => {
  const read = (notAfter: string): number | undefined => readCertificate(issue({ notAfter }).der)?.notAfterMs;
  assert.equal(read('700101000000Z'), 0);
  assert.equal(read('491231235959Z'), Date.UTC(2049, 11, 31, 23, 59, 59));
  assert.equal(read('500101000000Z'), Date.UTC(1950, 0, 1));
  assert.equal(read('000229120000Z'), Date.UTC(2000, 1, 29, 12));
  assert.equal(read('99991231235959Z'), Date.UTC(9999, 11, 31, 23, 59, 59));
  assert.equal(read('19700301000000Z'), Date.UTC(1970, 2, 1));
  for (const text of ['7001010000Z', '700101000000+0100', '700101000000', 'x'])
    assert.equal(read(text), undefined, text);
});

test('whatever the bytes, reading ends with a value or with nothing', () => {
  const next = generator(3);
  const seeds = [own.der, root.der];
  let read = 0;
  for (let run = 0; run < 50_000; run++) {
    const bytes = damaged(seeds, next);
    if (readCertificate(bytes) !== undefined) read += 1;
  }
  assert.ok(read > 1_000, `${read} certificates were read all the same`);
});
