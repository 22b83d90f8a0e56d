// A Node that is too old is told so, in a file that an old Node can read.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const DOOR = new URL('../../scripts/run.cjs', import.meta.url);
const { nodeIsNewEnough, oldNodeMessage } = createRequire(import.meta.url)(DOOR.pathname);

test('20.19 is the oldest Node that is let in', () => {
  for (const version of ['20.19.0', '20.20.2', '22.0.0', '26.10.0', '100.1.0']) {
    assert.equal(nodeIsNewEnough(version), true, version);
  }
  for (const version of ['10.24.1', '18.20.8', '20.9.0', '20.18.3']) {
    assert.equal(nodeIsNewEnough(version), false, version);
  }
});

test('the sentence names both versions and a next command', () => {
  const text = oldNodeMessage('18.20.8');
  assert.match(
    text,
    /^error: this is Node 18\.20\.8, and Holdfast needs Node 20\.19 or newer\.\n {2}.*node --version\n$/,
  );
});

test('package.json asks for the same Node', () => {
  const { engines } = JSON.parse(fs.readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  assert.equal(engines.node, '>=20.19');
});

test('the door has no syntax that Node 10 cannot read', () => {
  const code = fs.readFileSync(DOOR, 'utf8').replace(/\/\/.*/g, '');
  assert.doesNotMatch(code, /\?\.|\?\?|\bawait\b|\basync\b|require\('node:|\|\|=|catch \{/);
});
