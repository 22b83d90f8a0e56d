/** Adding and removing devices: keys come over stdin or are made here, and are never shown. */
import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { existsAlready } from '../../src/api/error-texts.ts';
import { meter17, statusBody } from './support/bodies.ts';
import { call, screen } from './support/call.ts';
import { type Answer, type Asked, FakeGateway } from './support/fake-gateway.ts';

const hexKey = '00112233445566778899aabbccddeeff';
let gateway: FakeGateway;

before(async () => {
  gateway = await FakeGateway.make();
});

beforeEach(() => {
  gateway.asked.length = 0;
  gateway.answer = accept;
});

after(() => gateway.remove());

function accept({ route, query }: Asked): Answer {
  if (route.kind === 'status') return { json: statusBody };
  if (route.kind === 'show-device') return { json: meter17 };
  if (route.kind === 'remove-device') return { json: { endpoint: route.endpoint, result: 'removed' } };
  return { json: { endpoint: 'meter-17', result: query.get('replace') === 'true' ? 'replaced' : 'added' } };
}

test('a key in hex on stdin; the confirmation names its length, never the key', async () => {
  const { exit, out, err } = await call(['device', 'add', 'meter-17'], { gateway, input: `${hexKey}\n` });
  assert.equal(
    err,
    screen(`
Added meter-17: PSK, identity "meter-17", 16-byte key.
It may connect to coaps://GATEWAY:5684 now. Wait for it:
  holdfast events --follow --device meter-17
`),
  );
  assert.equal(out, '');
  assert.equal(exit, 0);
  assert.deepEqual(JSON.parse(gateway.asked[0]?.body ?? ''), {
    endpoint: 'meter-17',
    tls: { mode: 'psk', details: { identity: 'meter-17', key: hexKey } },
  });
  assert.equal(gateway.asked[0]?.account, 'ops');
});

test('a certificate is no key: nothing is asked, and nothing about keys may be said', async () => {
  const { exit, err } = await call(['device', 'add', 'meter-17', '--x509'], { gateway });
  assert.equal(
    err,
    screen(`
Added meter-17: X.509, a certificate that names it "meter-17".
It may connect to coaps://GATEWAY:5684 now. Wait for it:
  holdfast events --follow --device meter-17
`),
  );
  assert.equal(exit, 0);
  assert.deepEqual(JSON.parse(gateway.asked[0]?.body ?? ''), { endpoint: 'meter-17', tls: { mode: 'x509' } });
  gateway.asked.length = 0;
  const both = await call(['device', 'add', 'meter-17', '--x509', '--generate-key', 'x.key'], { gateway });
  assert.deepEqual([both.exit, gateway.asked.length], [2, 0]);
});

test('a key as text or base64, another identity, --replace', async () => {
  const text = await call(['device', 'add', 'meter-17', '--key-format', 'text'], { gateway, input: 'try-me-now-1' });
  assert.match(text.err, /12-byte key\./);
  assert.match(gateway.asked[0]?.body ?? '', /"key":"7472792d6d652d6e6f772d31"/);
  gateway.asked.length = 0;
  const replaced = await call(
    ['device', 'add', 'meter-17', '--key-format', 'base64', '--psk-identity', 'id "7"', '--replace', '--json'],
    { gateway, input: 'AAECAwQ=\n' },
  );
  assert.equal(replaced.out, '{"endpoint":"meter-17","result":"replaced"}\n');
  assert.equal(replaced.err, '');
  assert.deepEqual(JSON.parse(gateway.asked[0]?.body ?? '').tls.details, { identity: 'id "7"', key: '0001020304' });
});

test('on a terminal the key is asked for twice', async () => {
  const typed = `${hexKey}\r${hexKey}\r`;
  const { exit, err } = await call(['device', 'add', 'meter-17'], {
    gateway,
    keyboard: true,
    terminal: true,
    input: typed,
  });
  assert.equal(exit, 0);
  assert.match(err, /^PSK for meter-17, in hex \(not shown\): \nOnce more: \nAdded meter-17/);
  assert.ok(!err.includes(hexKey));
  const differ = await call(['device', 'add', 'm'], { gateway, keyboard: true, input: `${hexKey}\n${hexKey}00\n` });
  assert.equal(differ.exit, 2);
  assert.match(differ.err, /error: The two keys differ\.\n {2}Nothing was changed\.\n$/);
});

const badKeys: readonly (readonly [input: string, format: string, sentence: string])[] = [
  ['0123456789abcdef0123456789abcde\n', 'hex', 'The key has 31 hex digits; two make a byte.'],
  ['secret-word!', 'hex', 'The key has 12 characters, 8 of them not hex digits.'],
  ['', 'hex', 'The key is empty: nothing came over stdin.'],
  ['abcdef', 'hex', 'The key has 3 bytes; 4 to 64 are allowed.'],
  ['x'.repeat(65), 'text', 'The key has 65 bytes; 4 to 64 are allowed.'],
  ['not-base-64!', 'base64', 'The key has 12 characters that are not base64.'],
  ['x'.repeat(1_025), 'text', 'The key has more than 1024 bytes.'],
];

for (const [input, format, sentence] of badKeys) {
  test(`a bad key: ${sentence}`, async () => {
    const { exit, err } = await call(['device', 'add', 'm', '--key-format', format], { gateway, input });
    assert.equal(err.split('\n')[0], `error: ${sentence}`);
    assert.equal(exit, 2);
    assert.equal(gateway.asked.length, 0);
    if (input !== '') assert.ok(!err.includes(input.trim()));
  });
}

test('--key is explained, not used', async () => {
  for (const argv of [['--key', hexKey], [`--key=${hexKey}`]]) {
    const { exit, err } = await call(['device', 'add', 'm', ...argv], { gateway });
    assert.equal(exit, 2);
    assert.match(
      err,
      /^error: Keys are read from stdin only: arguments are visible to every process\n {2}and stay in the history\.\n$/,
    );
  }
  assert.equal(gateway.asked.length, 0);
});

test('--generate-key writes a new file that only its owner may read', async () => {
  const file = join(gateway.directory, 'meter-17.key');
  const { exit, err } = await call(['device', 'add', 'meter-17', '--generate-key', file], { gateway });
  assert.equal(exit, 0);
  assert.equal(err, `Added meter-17: PSK, identity "meter-17", 16-byte key, written to ${file}.\n`);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const written = await readFile(file, 'utf8');
  assert.match(written, /^[0-9a-f]{32}\n$/);
  assert.equal(JSON.parse(gateway.asked[0]?.body ?? '').tls.details.key, written.trim());
});

test('--generate-key touches no file that is there, and leaves none behind for a device that was refused', async () => {
  const there = join(gateway.directory, 'there.key');
  await writeFile(there, 'precious');
  const kept = await call(['device', 'add', 'm', '--generate-key', there], { gateway });
  assert.equal(kept.exit, 2);
  assert.match(kept.err, /cannot be written \(it exists\s+already\)/);
  assert.equal(await readFile(there, 'utf8'), 'precious');
  gateway.answer = () => ({ error: existsAlready('device', 'meter-17') });
  const gone = join(gateway.directory, 'gone.key');
  const refused = await call(['device', 'add', 'meter-17', '--generate-key', gone], { gateway });
  assert.equal(refused.exit, 11);
  assert.equal(
    refused.err,
    'error: meter-17 exists already. Nothing was changed.\n  Change its key with --replace; its connection ends then.\n',
  );
  await assert.rejects(stat(gone));
});

test('removing asks for the endpoint name on a terminal and names what goes', async () => {
  const argv = ['device', 'remove', 'meter-17'];
  const { exit, err } = await call(argv, { gateway, keyboard: true, input: 'meter-17\n' });
  assert.equal(exit, 0);
  assert.equal(
    err,
    'meter-17 is online. This ends: its registration, 1 observation, its connection, its key.\n' +
      'Type the endpoint name to remove it: Removed meter-17.\n',
  );
  gateway.asked.length = 0;
  const doubted = await call(argv, { gateway, keyboard: true, input: 'yes\n' });
  assert.equal(doubted.exit, 2);
  assert.match(doubted.err, /error: "yes" is not "meter-17"\. Nothing was removed\.\n$/);
  assert.ok(gateway.asked.every(({ route }) => route.kind !== 'remove-device'));
});

test('removing several with --yes reports each, and goes on after a failure', async () => {
  gateway.answer = (asked) =>
    asked.route.kind === 'remove-device' && asked.route.endpoint === 'b'
      ? { error: { ...existsAlready('device', 'b'), code: 'UNKNOWN_DEVICE', exit: 5 } }
      : accept(asked);
  const { exit, out } = await call(['device', 'remove', 'a', 'b', 'c', '--yes', '--keep-credentials', '--json'], {
    gateway,
  });
  assert.equal(out, '{"endpoint":"a","result":"removed"}\n{"endpoint":"c","result":"removed"}\n');
  assert.equal(exit, 5);
  assert.equal(gateway.asked[0]?.query.get('keepCredentials'), 'true');
});
