/** Ages, durations, wrapped prose and nearest names: the small change of every screen. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatAge, formatDurationMs, formatExact, formatSeconds, parseDuration } from '../../src/api/ages.ts';
import { codeWithWords } from '../../src/api/code-words.ts';
import { compareDevicePaths, formatDevicePath, parseDevicePath, splitType } from '../../src/api/device-path.ts';
import { type ErrorDetails, errorCodes, isErrorBody } from '../../src/api/error-codes.ts';
import * as errorTexts from '../../src/api/error-texts.ts';
import { exitCodes } from '../../src/api/exit-codes.ts';
import { leshanStatus } from '../../src/api/leshan/bodies.ts';
import { editDistance, nearestNames } from '../../src/api/nearest.ts';
import { operationRequest, parseOperationRequest } from '../../src/api/operation-request.ts';
import { productVersion } from '../../src/api/version.ts';
import { textWidth, together, wrap } from '../../src/api/wrap.ts';

const property = { seed: 17, numRuns: 200 };

test('ages have two units below 10, one above', () => {
  const ages: readonly (readonly [seconds: number, text: string])[] = [
    [0, '0s'],
    [4.9, '4s'],
    [59, '59s'],
    [60, '1m'],
    [288, '4m48s'],
    [599, '9m59s'],
    [600, '10m'],
    [1_560, '26m'],
    [8_040, '2h14m'],
    [35_999, '9h59m'],
    [78_000, '21h'],
    [259_200, '3d'],
    [273_600, '3d4h'],
    [900_000, '10d'],
  ];
  for (const [seconds, text] of ages) assert.equal(formatAge(seconds), text);
});

test('measured and asked-for durations', () => {
  assert.equal(formatDurationMs(38.4), '38 ms');
  assert.equal(formatDurationMs(2_140), '2.1s');
  assert.equal(formatSeconds(912), '0.9s');
  assert.equal(formatSeconds(192_000), '3m12s');
  const exact = { 250: '250ms', 10000: '10s', 93000: '93s', 5400000: '90m', 86400000: '24h' };
  for (const [milliseconds, text] of Object.entries(exact)) {
    assert.equal(formatExact(Number(milliseconds)), text);
    assert.equal(parseDuration(text), Number(milliseconds));
  }
  assert.equal(parseDuration('1h30m'), 5_400_000);
  for (const wrong of ['', '10', 's', '1.5h', '-3s', '3s1h', 'soon']) assert.equal(parseDuration(wrong), undefined);
});

test('prose is broken between words, never inside what belongs together', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), (words) => {
      const lines = wrap(words.join(' '), 20);
      assert.ok(lines.every((line) => line.length <= 20));
      assert.deepEqual(lines.join(' ').split(' '), words);
    }),
    property,
  );
  assert.deepEqual(wrap(`a label:  ${together('holdfast status')}`, 20), ['a label:', 'holdfast status']);
  assert.deepEqual(wrap(`a label:  ${together('holdfast status')}`, 30), ['a label:  holdfast status']);
});

test('the nearest names, by edits, then bytewise', () => {
  assert.deepEqual(nearestNames('meter-71', ['meter-7', 'boiler', 'meter-17', 'meter-99'], 2), ['meter-17', 'meter-7']);
  assert.deepEqual(nearestNames('x', ['meter-17'], 2), []);
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      assert.equal(editDistance(a, b), editDistance(b, a));
      assert.equal(editDistance(a, b) === 0, a === b);
      assert.ok(editDistance(a, b) <= Math.max(a.length, b.length));
    }),
    property,
  );
});

test('paths: four numbers at most, 0 to 65534, ordered by number', () => {
  assert.deepEqual(parseDevicePath('3303/0/5700'), [3303, 0, 5700]);
  assert.deepEqual(parseDevicePath('/'), []);
  for (const wrong of ['', '//', '/3/', '/3//0', '/03', '/-1', '/65535', '/1/2/3/4/5', '/a', '/3 ']) {
    assert.equal(parseDevicePath(wrong), undefined, wrong);
  }
  assert.equal(formatDevicePath([3, 0]), '/3/0');
  assert.deepEqual(splitType('/33500/0/1:float'), { path: '/33500/0/1', type: 'float' });
  const sorted = ['/3', '/3/0', '/3/0/9', '/3/0/10', '/21'].sort(compareDevicePaths);
  assert.deepEqual(sorted, ['/3', '/3/0', '/3/0/9', '/3/0/10', '/21']);
});

test('exit codes are never reused, and every error has one', () => {
  const numbers = Object.values(exitCodes);
  assert.equal(new Set(numbers).size, numbers.length);
  for (const { exit, status } of Object.values(errorCodes)) {
    assert.ok(numbers.includes(exit));
    assert.ok(status >= 200 && status < 600);
  }
});

test('error texts fit a terminal, and their next command stands in their lines', () => {
  const errors: readonly ErrorDetails[] = [
    errorTexts.unknownDevice('meter-71', ['meter-17']),
    errorTexts.neverRegistered('urn:imei:352099001761481', 'read', 7_200),
    errorTexts.noLongerRegistered('meter-17', 'expired', 300),
    errorTexts.notObserved('meter-17', '/3303/0/5700'),
    errorTexts.queueFull('valve north/3', 16),
    errorTexts.storeUnavailable('readonly'),
    errorTexts.existsAlready('identity', 'meter-17'),
    errorTexts.expired('meter-17', 1_843),
  ];
  for (const { message, lines, next } of errors) {
    for (const line of lines) assert.ok(line.length + 2 <= textWidth, line);
    if (next !== null)
      assert.ok(
        lines.some((line) => line.endsWith(next)),
        message,
      );
    assert.ok(!message.includes('\u00a0') && lines.every((line) => !line.includes('\u00a0')));
  }
});

test('an operation with an error is not an error body', () => {
  const { error } = { error: errorTexts.unknownDevice('m', []) };
  assert.ok(isErrorBody({ error }));
  assert.ok(!isErrorBody({ operation: 1, error }));
  assert.ok(!isErrorBody(null));
});

test('codes never stand alone', () => {
  assert.equal(codeWithWords('4.05'), '4.05 method not allowed');
  assert.equal(codeWithWords('7.99'), '7.99');
  assert.equal(leshanStatus('2.05'), 'CONTENT(205)');
  assert.equal(leshanStatus('4.05'), 'METHOD_NOT_ALLOWED(405)');
});

test('an operation request is completed, or refused with a sentence', () => {
  const minimal = { verb: 'read', endpoint: 'm', paths: ['/3'] };
  assert.deepEqual(parseOperationRequest(minimal), operationRequest('read', 'm', { paths: ['/3'] }));
  const write = { verb: 'write', endpoint: 'm', values: [{ path: '/3/0/14', text: 'x' }] };
  assert.deepEqual(
    parseOperationRequest(write),
    operationRequest('write', 'm', { values: [{ path: '/3/0/14', type: null, text: 'x', fileHex: null }] }),
  );
  const wrong: readonly unknown[] = [
    null,
    [],
    { verb: 'erase', endpoint: 'm' },
    { verb: 'read', endpoint: '' },
    { ...minimal, paths: '/3' },
    { ...minimal, waitMs: -1 },
    { ...write, values: [{ path: '/3/0/14' }] },
    { ...write, values: [{ path: '/3/0/14', text: 'x', fileHex: '00' }] },
  ];
  for (const body of wrong) assert.equal(typeof parseOperationRequest(body), 'string', JSON.stringify(body));
});

test('the version is that of package.json', () => {
  const packageJson = new URL('../../../package.json', import.meta.url);
  assert.equal(JSON.parse(readFileSync(packageJson, 'utf8')).version, productVersion);
});
