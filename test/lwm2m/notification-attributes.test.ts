import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributeQuery, checkAttributes } from '../../src/lwm2m/notification-attributes.ts';

test('attributes become query options, an unset one its bare name', () => {
  assert.deepEqual(attributeQuery({ pminSeconds: 10, pmaxSeconds: 60 }), ['pmin=10', 'pmax=60']);
  assert.deepEqual(attributeQuery({ gt: 30.5, lt: null, con: 1 }), ['con=1', 'gt=30.5', 'lt']);
  assert.deepEqual(attributeQuery({}), []);
});

test('a number is written without exponent', () => {
  assert.deepEqual(attributeQuery({ st: 1e-7 }), ['st=0.0000001']);
});

test('a consistent set is told from one that the device would refuse', () => {
  assert.equal(checkAttributes({ lt: 10, gt: 30, st: 5 }), undefined);
  assert.equal(checkAttributes({ pminSeconds: 10, pmaxSeconds: 0 }), undefined);
  assert.match(checkAttributes({ lt: 30, gt: 30 }) ?? '', /"lt" is below "gt"/);
  assert.match(checkAttributes({ lt: 10, gt: 20, st: 5 }) ?? '', /two times "st"/);
  assert.match(checkAttributes({ st: 0 }) ?? '', /"st" is above 0/);
  assert.match(checkAttributes({ epminSeconds: 5, epmaxSeconds: 5 }) ?? '', /"epmin"/);
  assert.match(checkAttributes({ pminSeconds: 60, pmaxSeconds: 10 }) ?? '', /"pmin" is not above/);
  assert.match(checkAttributes({ pminSeconds: 1.5 }) ?? '', /"pmin" is a whole number/);
  assert.match(checkAttributes({ gt: Number.NaN }) ?? '', /"gt" is not a number/);
});
