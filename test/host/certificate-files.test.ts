/** The gateway's certificate, key and trust anchors from files: what is taken, and the sentence about what is not. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadCertificates } from '../../src/host/certificate-files.ts';
import { StartError } from '../../src/host/start-error.ts';
import { type Issued, issue } from '../mbedtls-wasm/authority.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-certificates-'));
after(() => rmSync(directory, { recursive: true }));

const root = issue({ commonNames: ['authority'], isAuthority: true });
const middle = issue({ commonNames: ['middle'], isAuthority: true, by: root });
const own = issue({ commonNames: ['gateway'], by: middle });
const files = {
  chain: written('own.pem', `${pem(own)}${pem(middle)}`),
  key: written('own.key', own.key.export({ type: 'pkcs8', format: 'pem' }).toString()),
  trust: written('trust.pem', `The authority of the devices\n${pem(root)}`),
};

test('chain, key and anchors are read, with what is written between them', () => {
  const loaded = loadCertificates(files);
  assert.deepEqual(
    loaded?.chain.map((der) => der.length),
    [own.der.length, middle.der.length],
  );
  assert.deepEqual(loaded?.privateKey, own.privateKey);
  assert.deepEqual(loaded?.trustAnchors[0]?.certificate, root.der);
  assert.equal(loaded?.trustAnchors[0]?.sha256.length, 32);
  assert.equal(loadCertificates(undefined), undefined);
});

test('a key in SEC 1 is taken too', () => {
  const key = written('sec1.key', own.key.export({ type: 'sec1', format: 'pem' }).toString());
  assert.deepEqual(loadCertificates({ ...files, key })?.privateKey, own.privateKey);
});

test('what cannot be used is named, and nothing of a key is said', () => {
  const missing = join(directory, 'missing.pem');
  refused({ trust: missing }, `the file ${missing} of [certificates] cannot be read: ENOENT.`);
  const empty = written('empty.pem', 'nothing');
  refused({ trust: empty }, `there is no certificate in ${empty}; it is a PEM file.`);
  const broken = written('broken.pem', `${pem(root)}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`);
  refused({ trust: broken }, `certificate 2 in ${broken} cannot be read.`);
  const text = 'there is no private key in';
  refused({ key: files.trust }, `${text} ${files.trust} that can be read; it is a PEM file, not encrypted.`);
  const other = written('other.key', root.key.export({ type: 'pkcs8', format: 'pem' }).toString());
  refused({ key: other }, `the key in ${other} is not that of the first certificate in ${files.chain}.`);
});

test('a file of which a part is cut or damaged is refused, also when the rest of it is whole', () => {
  const cut = written('cut.pem', `${pem(root)}${pem(middle).slice(0, 300)}`);
  refused({ trust: cut }, `a part of ${cut} is damaged or is no certificate; put whole certificates there, in PEM.`);
  const dashes = written('dashes.pem', `${pem(own).replace('M', '-')}${pem(middle)}`);
  refused(
    { chain: dashes },
    `a part of ${dashes} is damaged or is no certificate; put whole certificates there, in PEM.`,
  );
  const sec1 = own.key.export({ type: 'sec1', format: 'pem' }).toString();
  const key = written('cut.key', `${sec1}${sec1.slice(0, 100)}`);
  refused({ key }, `a part of ${key} is damaged or is no key; put the private key alone there, in PEM.`);
});

test('a key file may hold the parameters of its curve beside the key, as openssl writes it', () => {
  const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
  const key = written('two.key', `${parameters}${own.key.export({ type: 'sec1', format: 'pem' }).toString()}`);
  assert.deepEqual(loadCertificates({ ...files, key })?.privateKey, own.privateKey);
});

test('a key that others may read, or its group may write, is refused; the group may read it', () => {
  const key = written('open.key', own.key.export({ type: 'pkcs8', format: 'pem' }).toString());
  for (const mode of [0o644, 0o604, 0o660, 0o620, 0o602]) {
    chmodSync(key, mode);
    refused({ key }, `the key ${key} may be read by others or written by its group (mode 0${mode.toString(8)}).`);
  }
  chmodSync(key, 0o640);
  assert.deepEqual(loadCertificates({ ...files, key })?.privateKey, own.privateKey);
});

function refused(changed: Partial<typeof files>, sentence: string): void {
  assert.throws(
    () => loadCertificates({ ...files, ...changed }),
    (error: unknown) => {
      assert.ok(error instanceof StartError && error.exit === 30);
      assert.equal(error.message, sentence);
      return true;
    },
  );
}

function written(name: string, contents: string): string {
  const path = join(directory, name);
  writeFileSync(path, contents, { mode: 0o600 });
  return path;
}

function pem({ der }: Issued): string {
  const body = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
}
