/** How often an operator is told that somebody was refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, address, type ListenerName } from '../../src/base/address.ts';
import { dropReasons } from '../../src/base/drop-reason.ts';
import type { Monotonic, Wall } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import { Refusals, refusalText } from '../../src/gateway/refusals.ts';
import { Step } from '../../src/gateway/step.ts';

const field = 'field' as ListenerName;
const meter = address('192.0.2.17', 52_114);

test('a refusal names listener, address and reason', () => {
  assert.deepEqual(told(new Refusals(), meter, 0), [
    { kind: 'refused', listener: field, from: meter, text: 'unknown identity "meter-71"' },
  ]);
});

test('of one host one a minute is told, whichever port it comes from', () => {
  for (const host of ['192.0.2.17', '2001:db8::17', 'fe80::17%eth0']) {
    const refusals = new Refusals();
    const counts = [0, 1, 59_999, 60_000, 60_001, 120_000].map(
      (ms, index) => told(refusals, address(host, 40_000 + index), ms).length,
    );
    assert.deepEqual(counts, [1, 0, 0, 1, 0, 1], host);
  }
});

test('two devices behind one address are both told', () => {
  const refusals = new Refusals();
  const texts = ['unknown identity "a"', 'unknown identity "b"', 'unknown identity "a"', 'wrong key for identity "b"'];
  const counts = texts.map((text, index) => told(refusals, address('192.0.2.17', index), index, text).length);
  assert.deepEqual(counts, [1, 1, 0, 1]);
});

test('one host with ever new texts is told 30 times a minute', () => {
  const refusals = new Refusals();
  const all = Array.from({ length: 100 }, (_, i) => told(refusals, meter, 0, `unknown identity "${i}"`)).flat();
  assert.equal(all.length, limits.refusalsPerMinute);
});

test('of all hosts 30 are told at once, and 30 a minute', () => {
  const refusals = new Refusals();
  const at = (ms: number, first: number) =>
    Array.from({ length: 100 }, (_, i) => told(refusals, address(`10.0.${first}.${i}`, 1), ms)).flat().length;
  assert.equal(at(0, 0), limits.refusalsPerMinute);
  assert.equal(at(0, 1), 0);
  assert.equal(at(2_000, 2), 1);
  assert.equal(at(62_000, 3), limits.refusalsPerMinute);
});

test('it remembers a bounded number of refusals', () => {
  const refusals = new Refusals();
  for (let i = 0; i < 5_000; i++) told(refusals, address(`10.1.${i >> 8}.${i & 255}`, 1), i * 2_000);
  const { told: remembered } = refusals as unknown as { told: Map<Address, unknown> };
  assert.ok(remembered.size <= 2 * limits.refusalsPerMinute);
});

test('the sentences are those of the newcomer’s trouble, and no others', () => {
  assert.equal(refusalText('unknown-identity', 'meter-71'), 'unknown identity "meter-71"');
  assert.equal(refusalText('wrong-key', 'meter-17'), 'wrong key for identity "meter-17"');
  assert.equal(refusalText('wrong-key', undefined), 'wrong key for identity');
  assert.equal(refusalText('no-common-cipher-suite', undefined), 'no common cipher suite');
  assert.equal(refusalText('too-many-handshakes', undefined), 'too many handshakes at once');
  const certificate = (refused?: 'not-trusted' | 'not-allowed') =>
    refusalText('certificate-refused', 'meter-17', undefined, refused);
  assert.equal(certificate('not-trusted'), 'certificate of "meter-17" refused: it leads to none of the trust anchors');
  assert.equal(
    certificate('not-allowed'),
    'certificate of "meter-17" refused: no device of this name was added with --x509',
  );
  assert.equal(certificate(), 'certificate of "meter-17" refused: there is none, or its key was not proved');
  const speaking = dropReasons.filter((reason) => refusalText(reason, undefined) !== undefined);
  assert.deepEqual(speaking, [
    'too-many-handshakes',
    'unknown-identity',
    'wrong-key',
    'no-common-cipher-suite',
    'certificate-refused',
  ]);
});

function told(refusals: Refusals, from: Address, ms: number, text = 'unknown identity "meter-71"'): readonly unknown[] {
  const step = new Step({ monotonic: ms as Monotonic, wall: 0 as Wall, wallTrusted: false });
  refusals.tell(field, from, text, step);
  return step.events;
}
