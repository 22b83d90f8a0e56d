import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  childOf,
  comparePaths,
  depthOf,
  everything,
  instanceIdOf,
  isWithin,
  objectIdOf,
  parsePath,
  pathOf,
  type ResourcePath,
  resourceIdOf,
  resourceInstanceIdOf,
  segmentsOf,
  upTo,
} from '../../src/lwm2m/path.ts';

test('a path is one to four numbers from 0 to 65534, the leading slash may be missing', () => {
  for (const text of ['/3303/0/5700', '3303/0/5700']) assert.equal(parsePath(text), '/3303/0/5700');
  for (const text of ['/', '/3', '/3/0', '/3/0/7/1', '/65534/65534/65534/65534']) assert.equal(parsePath(text), text);
  for (const text of ['', '//', '/3/', '/3//0', '/3303/0/5700/0/1', '/65535', '/3/0/-1', '/03', '/3/0x1', '/3/0 ', 'a'])
    assert.equal(parsePath(text), undefined, text);
});

test('its parts are numbers', () => {
  const path = pathOf(3, 0, 7, 1);
  assert.deepEqual(segmentsOf(path), [3, 0, 7, 1]);
  assert.deepEqual(
    [objectIdOf, instanceIdOf, resourceIdOf, resourceInstanceIdOf].map((id) => id(path)),
    [3, 0, 7, 1],
  );
  assert.deepEqual([everything, pathOf(3), pathOf(3, 0), pathOf(3, 0, 9), path].map(depthOf), [0, 1, 2, 3, 4]);
  assert.equal(objectIdOf(everything), undefined);
  assert.equal(childOf(everything, 3), '/3');
  assert.equal(upTo(path, 2), '/3/0');
  assert.equal(pathOf(), '/');
});

test('paths are ordered by number, parents first', () => {
  const paths = ['/21', '/3/0/10', '/3/0', '/3/0/9', '/', '/3/0/9/1', '/3'] as ResourcePath[];
  const sorted = ['/', '/3', '/3/0', '/3/0/9', '/3/0/9/1', '/3/0/10', '/21'];
  assert.deepEqual(paths.sort(comparePaths), sorted);
});

test('a path lies within itself and what is above it, not beside what it merely begins like', () => {
  assert.ok(isWithin(pathOf(3, 0, 9), pathOf(3)));
  assert.ok(isWithin(pathOf(3, 0, 9), pathOf(3, 0, 9)));
  assert.ok(isWithin(pathOf(3), everything));
  assert.ok(!isWithin(pathOf(3303), pathOf(3)));
  assert.ok(!isWithin(pathOf(3), pathOf(3, 0)));
});
