/** What is shown in a clone can be copied there; JSON is the same everywhere. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { errorDetails } from '../../src/api/error-codes.ts';
import { unknownDevice } from '../../src/api/error-texts.ts';
import { commands } from '../../src/cli/commands.ts';
import { operationBody, statusBody } from './support/bodies.ts';
import { call } from './support/call.ts';
import { FakeGateway } from './support/fake-gateway.ts';

const cloneRoot = '/home/ops/holdfast';
let gateway: FakeGateway;

beforeEach(async () => {
  gateway = await FakeGateway.make();
});

afterEach(() => gateway.remove());

test('the next command of an error, but for programs', async () => {
  const error = unknownDevice('meter-71', ['meter-17']);
  gateway.answer = () => ({ error });
  const { err } = await call(['read', 'meter-71', '/3/0/0'], { gateway, cloneRoot });
  assert.equal(err, 'error: no device "meter-71". The nearest name: meter-17.\n  All of them:  ./holdfast devices\n');
  const json = await call(['read', 'meter-71', '/3/0/0', '--json'], { gateway, cloneRoot });
  assert.deepEqual(JSON.parse(json.err), { error });
});

test('a hint that becomes too long for a terminal', async () => {
  const line = `Look:  holdfast device show ${'a'.repeat(49)}`;
  gateway.answer = () => ({ error: errorDetails('NOT_OBSERVED', 'it is not observed.', { lines: [line] }) });
  const { err } = await call(['read', 'a', '/3/0/0'], { gateway, cloneRoot });
  assert.equal(err, `error: it is not observed.\n  Look:\n  ./holdfast device show ${'a'.repeat(49)}\n`);
});

test('what status says needs doing, but for programs', async () => {
  gateway.answer = () => ({ json: statusBody });
  const { out } = await call(['status'], { gateway, cloneRoot });
  assert.match(out, /^holdfast 0\.1\.0, serving/);
  assert.match(out, /\n2 devices are silent, 1 is gone: \.\/holdfast devices --state silent,gone\n$/);
  assert.deepEqual(JSON.parse((await call(['status', '--json'], { gateway, cloneRoot })).out), statusBody);
});

test('how an observation ends', async () => {
  const observation = { values: [], observation: { already: false } };
  gateway.answer = () => ({ lines: [operationBody('observe', 'meter-17', '/3303/0/5700', observation)] });
  const { err } = await call(['observe', 'meter-17', '/3303/0/5700'], { gateway, cloneRoot, terminal: true });
  assert.match(err, /until:\n\.\/holdfast unobserve meter-17 \/3303\/0\/5700\n$/);
});

test('help on every level', async () => {
  for (const level of ['', 'device', ...commands.map((command) => command.name)]) {
    const { out } = await call([...level.split(' ').filter((word) => word !== ''), '--help'], { cloneRoot });
    assert.match(out, /^Examples:\n {2}\S/, level);
    assert.match(out, /Usage: \.\/holdfast /, level);
    assert.doesNotMatch(out, /(^|[^./])holdfast (?!\.toml)[a-z-]/m, level);
  }
  assert.match((await call([], { cloneRoot })).err, /Usage: \.\/holdfast \[--socket/);
});
