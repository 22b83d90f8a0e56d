/** The pure parts beneath the screens: cutting, escaping, tables, figures, keys, patterns. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutEnd, cutMiddle, widthOf } from '../../src/cli/cut.ts';
import { escapeText } from '../../src/cli/escape.ts';
import { formatBytes, formatCount, plural } from '../../src/cli/figures.ts';
import { globMatcher } from '../../src/cli/glob.ts';
import { hexDigitsOf, parseKey } from '../../src/cli/key-text.ts';
import { socketPath } from '../../src/cli/socket-path.ts';
import { type Column, tableLines } from '../../src/cli/table.ts';

const property = { seed: 17, numRuns: 200 };
const terminal = { terminal: true, columns: 40, color: false, utc: true, ellipsis: '…' };

test('a cut name keeps its beginning and something of its end', () => {
  const uuid = 'urn:uuid:1a2b3c4d-0000-4000-8000-0123dec0ffee';
  assert.equal(cutMiddle(uuid, 24, '…'), 'urn:uuid:1a2b3c4d…c0ffee');
  assert.equal(cutMiddle('urn:imei:352099001761481', 13, '…'), 'urn:imei:35…1');
  assert.equal(cutMiddle('short', 13, '…'), 'short');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 4, max: 60 }), (text, width) => {
      assert.ok(widthOf(cutMiddle(text, width, '..')) <= width);
      assert.ok(widthOf(cutEnd(text, width, '…')) <= width);
    }),
    property,
  );
});

test('nothing that a device says can move the cursor, break a line or turn the writing round', () => {
  assert.equal(escapeText('a\u001b[2Jb\nc\td\u007f\u009b\u202ee'), 'a\\x1b[2Jb\\x0ac\\x09d\\x7f\\x9b\\u202ee');
  assert.equal(escapeText('Zähler Süd 温度'), 'Zähler Süd 温度');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const character of escapeText(text)) {
        const code = character.codePointAt(0) ?? 0;
        assert.ok(code >= 0x20 && (code < 0x7f || code > 0x9f));
      }
    }),
    property,
  );
});

test('a table is as wide as the terminal allows, and columns that may be cut give way', () => {
  const columns: readonly Column[] = [
    { title: 'NAME', cut: 'middle' },
    { title: 'N', align: 'right' },
    { title: 'WHAT', cut: 'end' },
  ];
  const rows = [['a-very-long-name-that-goes-on-and-on', '12', 'also a long text, longer than there is room']];
  const lines = tableLines(columns, rows, terminal, true);
  for (const line of lines) assert.ok(widthOf(line) <= 39, line);
  assert.match(lines[0] ?? '', /^NAME {7}N {2}WHAT$/);
  const piped = tableLines(columns, rows, { ...terminal, terminal: false }, false);
  assert.deepEqual(piped, [rows[0]?.join('\t')]);
});

test('a tab or a line break in a cell does not make another cell or row', () => {
  const columns = [{ title: 'A' }, { title: 'B' }];
  assert.deepEqual(tableLines(columns, [['x\ty', 'z\n']], { ...terminal, terminal: false }, false), [
    'x\\x09y\tz\\x0a',
  ]);
});

test('figures: thousands, plurals, bytes in powers of ten', () => {
  assert.deepEqual([0, 999, 1_204, 48_213, 1_234_567].map(formatCount), ['0', '999', '1,204', '48,213', '1,234,567']);
  assert.equal(plural(1, 'device'), '1 device');
  assert.equal(plural(0, 'device'), '0 devices');
  assert.deepEqual([0, 999, 1_000, 38_200_000, 999_960, 1.2e9].map(formatBytes), [
    '0 bytes',
    '999 bytes',
    '1.0 kB',
    '38.2 MB',
    '1.0 MB',
    '1.2 GB',
  ]);
});

test('a pattern is a glob and nothing more', () => {
  assert.ok(globMatcher('urn:imei:*')('urn:imei:352099001761481'));
  assert.ok(globMatcher('meter-?')('meter-7'));
  assert.ok(!globMatcher('meter-?')('meter-17'));
  assert.ok(!globMatcher('m.ter')('meter'));
  assert.ok(globMatcher('[a](b)+')('[a](b)+'));
  assert.ok(!globMatcher('meter')('meter-17'));
});

test('a key comes back from its digits; one line end is not part of it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 64 }), fc.constantFrom('', '\n', '\r\n'), (key, end) => {
      const typed = Buffer.concat([hexDigitsOf(key), Buffer.from(end)]);
      assert.deepEqual(parseKey(typed, 'hex'), { bytes: key });
      const base64 = Buffer.from(Buffer.from(key).toString('base64') + end);
      assert.deepEqual(parseKey(base64, 'base64'), { bytes: key });
    }),
    property,
  );
  assert.deepEqual(parseKey(Buffer.from('ends in two\n\n'), 'text'), {
    bytes: Uint8Array.from(Buffer.from('ends in two\n')),
  });
  assert.deepEqual(parseKey(Buffer.from('ABCDEF01'), 'hex'), { bytes: Uint8Array.of(0xab, 0xcd, 0xef, 0x01) });
});

test('the socket: a flag, the environment, the clone’s own var, the package’s directory', () => {
  const io = {
    out: { write: async () => {}, isTerminal: false, columns: 80, rows: 24 },
    err: { write: async () => {}, isTerminal: false, columns: 80, rows: 24 },
    input: { stream: process.stdin, isTerminal: false, setRawMode: () => {} },
    account: 'ops',
    interrupted: new AbortController().signal,
    now: () => 0,
  };
  const installed = { ...io, environment: {}, cloneRoot: undefined };
  assert.equal(socketPath(undefined, false, installed), '/run/holdfast/admin.sock');
  assert.equal(
    socketPath(undefined, false, { ...installed, cloneRoot: '/home/ops/holdfast' }),
    '/home/ops/holdfast/var/admin.sock',
  );
  const environment = { HOLDFAST_SOCKET: '/tmp/x.sock' };
  assert.equal(socketPath(undefined, false, { ...installed, environment }), '/tmp/x.sock');
  assert.equal(socketPath('/tmp/y.sock', true, { ...installed, environment }), '/tmp/y.sock');
  assert.equal(socketPath(`/${'é'.repeat(53)}`, true, installed).length, 54);
  assert.throws(() => socketPath(`/${'é'.repeat(54)}`, true, installed), /109 bytes; a unix socket's has 107 at most/);
});
