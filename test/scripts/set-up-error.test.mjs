// Each known failure gets one sentence and a next command; no stack, no host name of a registry.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asSetUpError, errorText, SetUpError } from '../../scripts/lib/set-up-error.mjs';

const WHAT = 'the packages could not be installed';

test('no network', () => {
  const output = 'npm error code ENOTFOUND\nnpm error network request to https://packages.example/level failed';
  assert.equal(
    errorText(asSetUpError(WHAT, new Error(output))),
    `error: ${WHAT}: the network cannot be reached (ENOTFOUND).\n` +
      '  Set-up needs the network once; after it none is needed.\n' +
      '  Run it again, it goes on where it stopped:  npm run setup\n',
  );
});

test('no network, as fetch says it: in the cause', () => {
  const error = new TypeError('fetch failed', {
    cause: Object.assign(new Error('getaddrinfo'), { code: 'EAI_AGAIN' }),
  });
  assert.match(asSetUpError(WHAT, error).message, /the network cannot be reached \(EAI_AGAIN\)\.$/);
});

test('a full disk is told before anything that follows from it', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  assert.equal(asSetUpError(WHAT, error).message, `${WHAT}: the disk is full.`);
  assert.match(asSetUpError(WHAT, new Error('No space left on device\nECONNRESET')).message, /the disk is full/);
});

test('a clone that belongs to somebody else', () => {
  const error = Object.assign(new Error("EACCES: permission denied, mkdir 'build'"), { code: 'EACCES' });
  assert.equal(asSetUpError(WHAT, error).message, `${WHAT}: a file may not be written here (EACCES).`);
});

test('a sentence that is ours already stays as it is', () => {
  const error = new SetUpError('npm is not installed.', ['npm --version']);
  assert.equal(asSetUpError(WHAT, error), error);
  assert.equal(errorText(error), 'error: npm is not installed.\n  npm --version\n');
});
