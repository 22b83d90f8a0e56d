import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { Address } from '../../src/base/address.ts';
import type { ListenerName } from '../../src/gateway/contract.ts';
import type { GatewayEvent } from '../../src/gateway/events.ts';
import { lineOf, logEvent } from '../../src/host/event-log-lines.ts';
import { isJournal, jsonLog, terminalLog, withPriorities } from '../../src/host/log.ts';

test('a line is JSON with level, time, peer and reason', () => {
  const { log, lines } = jsonLines();
  logEvent(log, refused);
  const line = JSON.parse(lines[0] ?? '');
  assert.match(line.time, /^\d{4}-\d\d-\d\dT.*Z$/);
  delete line.time;
  assert.deepEqual(line, {
    level: 'warn',
    peer: '192.0.2.17:52114',
    listener: 'field',
    reason: 'unknown identity "meter-71"',
    msg: 'refused',
  });
});

test('for journald each line begins with its priority', () => {
  const lines: string[] = [];
  const log = jsonLog('trace', withPriorities({ write: (line) => void lines.push(line) }));
  for (const level of ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const) log[level]('said');
  assert.deepEqual(
    lines.map((line) => [line.slice(0, 3), JSON.parse(line.slice(3)).level]),
    [
      ['<2>', 'fatal'],
      ['<3>', 'error'],
      ['<4>', 'warn'],
      ['<6>', 'info'],
      ['<7>', 'debug'],
      ['<7>', 'trace'],
    ],
  );
  assert.equal(isJournal('9:1234', { dev: 9, ino: 1234 }), true);
  assert.equal(isJournal('9:1234', { dev: 9, ino: 1 }), false);
  assert.equal(isJournal(undefined, { dev: 9, ino: 1 }), false);
});

test('no key is ever printed, however it got in', () => {
  const { log, lines } = jsonLines();
  const key = new Uint8Array(randomBytes(16));
  const hex = Buffer.from(key).toString('hex');
  const nested = { credential: { psk: hex, PskKey: hex, deeper: [{ key, bytes: key.buffer }] } };
  log.error({ key: hex, masterKey: hex, some: key, nested, peer: 'meter-17' }, 'odd');
  const text = lines.join('');
  assert.equal(text.includes(hex), false);
  assert.equal(text.includes(key.join(',')), false);
  assert.equal(text.includes(`"0":${key[0]}`), false);
  assert.match(text, /"some":"\[16 bytes\]"/);
  assert.match(text, /"peer":"meter-17"/);
});

test('an error is logged with its stack', () => {
  const { log, lines } = jsonLines();
  log.fatal({ err: new Error('what cannot be, is') }, 'the gateway ends');
  const line = JSON.parse(lines[0] ?? '');
  assert.equal(line.err.message, 'what cannot be, is');
  assert.match(line.err.stack, /log\.test/);
});

test('values that devices report stay out of the log', () => {
  const event: GatewayEvent = {
    kind: 'logged',
    event: {
      kind: 'send',
      id: 9,
      endpoint: 'meter-17',
      path: undefined,
      entries: [],
      atWall: undefined,
      unverified: false,
      undecoded: { contentFormat: 42, hex: 'c0ffee' },
    },
  };
  assert.deepEqual(lineOf(event), { level: 'debug', message: 'send', fields: { peer: 'meter-17', id: 9 } });
});

test('a terminal sees what its level lets through, in one line, without the language of terminals', () => {
  const written: string[] = [];
  const log = terminalLog('warn', (text) => written.push(text));
  logEvent(log, registered);
  logEvent(log, { ...refused, text: 'unknown identity "\u001b[31m\nx\u009b"' });
  assert.equal(written.length, 1);
  assert.match(
    written[0] ?? '',
    /^\d\d:\d\d:\d\d {2}warn {2}192\.0\.2\.17:52114 {2}refused {2}\(unknown identity "\\x1b\[31m\\x0ax\\x9b"\)\n$/,
  );
  logEvent(
    terminalLog('info', (text) => written.push(text)),
    registered,
  );
  assert.match(written[1] ?? '', /^\d\d:\d\d:\d\d {2}info {2}meter-17 {2}registered\n$/);
});

const registered = { kind: 'registered', endpoint: 'meter-17', lifetimeSeconds: 60, objects: 4 } as const;

const refused = {
  kind: 'refused',
  listener: 'field' as ListenerName,
  from: '192.0.2.17:52114' as Address,
  text: 'unknown identity "meter-71"',
} as const;

function jsonLines() {
  const lines: string[] = [];
  return { lines, log: jsonLog('debug', { write: (line) => void lines.push(line) }) };
}
