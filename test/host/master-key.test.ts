import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { forgetMasterKey, loadMasterKey } from '../../src/host/master-key.ts';
import { StartError } from '../../src/host/start-error.ts';

let state = '';

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'holdfast-key-'));
});
afterEach(() => rmSync(state, { recursive: true }));

test('the first start makes a key that only the owner can read; later starts find it', () => {
  const key = load(false);
  assert.equal(key.length, 32);
  assert.equal(statSync(join(state, 'master.key')).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(state).sort(), ['master.check', 'master.key']);
  assert.deepEqual(load(true), key);
  assert.deepEqual(load(false), key);
});

test('a missing key is never made anew for a store that has been used', () => {
  refused(() => load(true), /master\.key is missing/);
  assert.deepEqual(readdirSync(state), []);
});

test('a key that others may read is refused', () => {
  load(false);
  chmodSync(join(state, 'master.key'), 0o640);
  refused(() => load(true), /open to others \(mode 0640\)/);
});

test('a link in place of the key is refused', () => {
  writeFileSync(join(state, 'elsewhere'), new Uint8Array(32), { mode: 0o600 });
  symlinkSync(join(state, 'elsewhere'), join(state, 'master.key'));
  refused(() => load(true), /not a plain file/);
});

test('a truncated key is refused; an empty one of an interrupted first start is replaced', () => {
  writeFileSync(join(state, 'master.key'), new Uint8Array(0), { mode: 0o600 });
  refused(() => load(true), /has 0 bytes; it must have 32/);
  assert.equal(load(false).length, 32);
  writeFileSync(join(state, 'master.key'), new Uint8Array(31), { mode: 0o600 });
  refused(() => load(true), /has 31 bytes/);
});

test('another key than before is told, and the file that knows holds no part of the key', () => {
  const key = load(false);
  const check = readFileSync(join(state, 'master.check'));
  assert.equal(check.includes(Buffer.from(key.subarray(0, 8))), false);
  writeFileSync(join(state, 'master.key'), new Uint8Array(32).fill(7));
  refused(() => load(true), /not the one that the stored secrets were sealed with/);
});

test('a key that turned out wrong is not known as the right one', () => {
  load(false);
  forgetMasterKey(state);
  writeFileSync(join(state, 'master.key'), new Uint8Array(32).fill(7));
  load(true);
  forgetMasterKey(state);
  forgetMasterKey(state);
});

test('a credential of systemd wins over the file, and is never written down', () => {
  const credentials = join(state, 'credentials');
  mkdirSync(credentials);
  const given = new Uint8Array(32).fill(9);
  writeFileSync(join(credentials, 'holdfast-master-key'), given, { mode: 0o440 });
  assert.deepEqual(Uint8Array.from(load(true, credentials)), given);
  assert.equal(readdirSync(state).includes('master.key'), false);
  rmSync(join(credentials, 'holdfast-master-key'));
  refused(() => load(true, credentials), /is missing/);
});

function load(initialised: boolean, credentialsDirectory?: string): Uint8Array {
  return loadMasterKey({ stateDirectory: state, credentialsDirectory, initialised });
}

function refused(run: () => unknown, sentence: RegExp): void {
  assert.throws(
    run,
    (error: unknown) => error instanceof StartError && error.exit === 35 && sentence.test(error.message),
  );
}
