import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreObjects } from '../../../src/lwm2m/objects/core-objects.ts';
import { ipsoObjects } from '../../../src/lwm2m/objects/ipso-objects.ts';
import { builtInModel, modelOfObjects } from '../../../src/lwm2m/objects/registry.ts';
import { pathOf } from '../../../src/lwm2m/path.ts';

test('a resource has name, type, operations and unit', () => {
  assert.deepEqual(builtInModel.resource(pathOf(3303, 0, 5700)), {
    id: 5700,
    name: 'Sensor Value',
    type: 'float',
    operations: 'R',
    multiple: false,
    mandatory: true,
  });
  assert.deepEqual(builtInModel.resource(pathOf(3, 0, 7)), {
    id: 7,
    name: 'Power Source Voltage',
    type: 'integer',
    operations: 'R',
    multiple: true,
    mandatory: false,
    unit: 'mV',
  });
  assert.equal(builtInModel.resource(pathOf(3, 0, 7, 1))?.id, 7);
  assert.equal(builtInModel.resource(pathOf(3, 0, 4))?.operations, 'E');
});

test('an object says whether it may have several instances', () => {
  assert.equal(builtInModel.object(3)?.multiple, false);
  assert.equal(builtInModel.object(1)?.multiple, true);
  assert.equal(builtInModel.object(3303)?.name, 'Temperature');
});

test('what is unknown is undefined', () => {
  assert.equal(builtInModel.object(33_500), undefined);
  assert.equal(builtInModel.resource(pathOf(33_500, 0, 5700)), undefined);
  assert.equal(builtInModel.resource(pathOf(3, 0, 999)), undefined);
  assert.equal(builtInModel.resource(pathOf(3, 0)), undefined);
});

test('of two definitions of one object the later counts', () => {
  const [first] = coreObjects;
  assert.ok(first);
  const model = modelOfObjects([first, { ...first, name: 'own' }]);
  assert.equal(model.object(first.id)?.name, 'own');
});

test('an executable resource has no type, every other has one; identifiers are unique', () => {
  const all = [...coreObjects, ...ipsoObjects];
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
  for (const { id, resources } of all)
    for (const { id: resourceId, type, operations } of resources.values())
      assert.equal(type === 'none', operations === 'E', `/${id}/0/${resourceId}`);
});
