/** When a death convicts: the third in a row of the same thing, whatever else was died of between. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import { afterDeath, type Deaths, type InHand } from '../../src/gateway/crash-loop.ts';

const meter: InHand = { kind: 'peer', name: 'field|meter' };
const pump: InHand = { kind: 'peer', name: 'field|pump' };

/** Who is convicted by each of these deaths, one after the other. */
function convicted(...deaths: (InHand | undefined)[]): (string | undefined)[] {
  let row: readonly Deaths[] = [];
  return deaths.map((inHand) => {
    const judged = afterDeath(row, inHand);
    row = judged.row;
    return judged.culprit?.name;
  });
}

test('the third death convicts, and on probation the next one does', () => {
  assert.deepEqual(convicted(meter, meter, meter, meter), [undefined, undefined, meter.name, meter.name]);
});

test('two that take turns are both found', () => {
  assert.deepEqual(convicted(meter, pump, meter, pump, meter, pump).slice(4), [meter.name, pump.name]);
});

test('a death with nothing in hand blames nobody and ends no row', () => {
  assert.deepEqual(convicted(meter, undefined, meter, undefined, meter).at(-1), meter.name);
  assert.deepEqual(convicted(undefined, undefined, undefined, undefined), [undefined, undefined, undefined, undefined]);
});

test('the same name of another kind is another', () => {
  const address: InHand = { kind: 'address', name: meter.name };
  assert.deepEqual(convicted(meter, address, meter, address), [undefined, undefined, undefined, undefined]);
});

test('the row is bounded: the name met longest ago goes', () => {
  const others = Array.from({ length: limits.deathsNamedMax }, (_, i): InHand => ({ kind: 'record', name: `rg/${i}` }));
  const deaths = [meter, meter, ...others, meter];
  assert.equal(convicted(...deaths).at(-1), undefined);
  assert.equal(convicted(meter, meter, ...others.slice(1), meter).at(-1), meter.name);
});
