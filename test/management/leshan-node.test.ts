import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJson, stringifyJson } from '../../src/api/json.ts';
import type { Entry, ResourceValue } from '../../src/gateway/texts.ts';
import { builtInModel } from '../../src/lwm2m/objects/registry.ts';
import { leshanNode, leshanNodes } from '../../src/management/leshan-node.ts';
import { parseLeshanNode } from '../../src/management/leshan-node-parser.ts';
import { at, entry } from './fake-knowledge.ts';

test('an object, its instances, single and multiple resources', () => {
  const entries = [
    entry('/3/0/7/1', { type: 'integer', value: 4900n }),
    entry('/3/0/0', { type: 'string', value: 'Acme' }),
    entry('/3/0/7/0', { type: 'integer', value: 5000n }),
  ];
  const resources = [
    { kind: 'singleResource', id: 0, type: 'STRING', value: 'Acme' },
    { kind: 'multiResource', id: 7, type: 'INTEGER', values: { 0: '5000', 1: '4900' } },
  ];
  const instance = { kind: 'instance', id: 0, resources };
  assert.deepEqual(leshanNode(at('/3'), entries, builtInModel), { kind: 'obj', id: 3, instances: [instance] });
  assert.deepEqual(leshanNode(at('/3/0'), entries, builtInModel), instance);
  assert.deepEqual(leshanNode(at('/3/0/7'), entries, builtInModel), resources[1]);
  assert.deepEqual(leshanNode(at('/3/0/7/1'), entries, builtInModel), {
    kind: 'resourceInstance',
    id: 1,
    type: 'INTEGER',
    value: '4900',
  });
});

test('each type as Leshan writes it', () => {
  const written = (value: ResourceValue) => {
    const node = leshanNode(at('/33500/0/1'), [entry('/33500/0/1', value)], builtInModel);
    return node !== null && 'value' in node ? `${node.type} ${stringifyJson(node.value)}` : 'nothing';
  };
  assert.equal(written({ type: 'integer', value: -9223372036854775808n }), 'INTEGER "-9223372036854775808"');
  assert.equal(written({ type: 'unsigned', value: 18446744073709551615n }), 'UNSIGNED_INTEGER "18446744073709551615"');
  assert.equal(written({ type: 'float', value: 21.5 }), 'FLOAT "21.5"');
  assert.equal(written({ type: 'boolean', value: true }), 'BOOLEAN true');
  assert.equal(written({ type: 'opaque', value: Uint8Array.of(10, 255) }), 'OPAQUE "0aff"');
  assert.equal(written({ type: 'time', value: 1_795_372_267n }), 'TIME 1795372267000');
  assert.equal(
    written({ type: 'objlnk', value: { objectId: 66, instanceId: 0 } }),
    'OBJLNK {"objectId":66,"objectInstanceId":0}',
  );
  assert.equal(written({ type: 'corelnk', value: '</3/0>' }), 'CORELINK "</3/0>"');
  assert.equal(written({ type: 'untyped', from: 'tlv', value: Uint8Array.of(1, 2) }), 'OPAQUE "0102"');
  assert.equal(written({ type: 'untyped', from: 'text', value: Uint8Array.of(0x34, 0x32) }), 'STRING "42"');
  assert.equal(written({ type: 'none' }), 'nothing');
});

test('a Send: each resource under its path', () => {
  const entries = [
    entry('/3303/0/5700', { type: 'float', value: 1 }),
    entry('/3/0/7/0', { type: 'integer', value: 2n }),
  ];
  assert.deepEqual(leshanNodes(entries, builtInModel), {
    '/3303/0/5700': { kind: 'singleResource', id: 5700, type: 'FLOAT', value: '1' },
    '/3/0/7/0': { kind: 'resourceInstance', id: 0, type: 'INTEGER', value: '2' },
  });
});

test('types in any case, numbers where Leshan writes strings', () => {
  const read = (node: object, path = '/33500/0/1') => parseLeshanNode(at(path), node, builtInModel);
  const single = { kind: 'singleResource', id: 1 };
  const value = (parsed: ReturnType<typeof read>) => (typeof parsed === 'string' ? parsed : parsed[0]?.value);
  assert.deepEqual(value(read({ ...single, type: 'integer', value: 5 })), { type: 'integer', value: 5n });
  assert.deepEqual(value(read({ ...single, type: 'Float', value: '21.5' })), { type: 'float', value: 21.5 });
  assert.deepEqual(value(read({ ...single, type: 'OBJLNK', value: '66:0' })), {
    type: 'objlnk',
    value: { objectId: 66, instanceId: 0 },
  });
  assert.deepEqual(value(read({ ...single, type: 'INTEGER', value: parseJson('9223372036854775807') })), {
    type: 'integer',
    value: 9223372036854775807n,
  });
  assert.deepEqual(value(read({ id: 14, value: 'x' }, '/3/0/14')), { type: 'string', value: 'x' });
});

test('nothing is guessed: each refusal names the place', () => {
  const refused = (node: unknown, path = '/33500/0/1') => parseLeshanNode(at(path), node, builtInModel);
  const single = { kind: 'singleResource', id: 1 };
  assert.match(String(refused({ ...single, type: 'INTEGER', value: '21,5' })), /^\/33500\/0\/1: an integer/);
  assert.match(String(refused({ ...single, type: 'INTEGER', value: '9223372036854775808' })), /64-bit/);
  assert.match(String(refused({ ...single, type: 'FLOAT', value: '21,5' })), /point/);
  assert.match(String(refused({ ...single, type: 'TIME', value: 1500 })), /whole seconds/);
  assert.match(String(refused({ ...single, type: 'OPAQUE', value: 'abc' })), /hex/);
  assert.match(String(refused({ ...single, value: 1 })), /needs a "type"/);
  assert.match(String(refused({ ...single, id: 2, type: 'STRING', value: 'x' })), /id 2/);
  assert.match(String(refused({ kind: 'obj', instances: [] })), /does not fit/);
  assert.match(String(refused({ kind: 'instance', resources: [{ id: 70_000 }] }, '/3/0')), /"id", 0 to 65534/);
  assert.match(String(refused(null)), /is a node/);
});

// Objects of fast-check without a prototype would never equal ours.
const record: typeof fc.record = (model: object) => fc.record(model, { noNullPrototype: true }) as never;

test('what is written out is read back', () => {
  const value: fc.Arbitrary<ResourceValue> = fc.oneof(
    record({ type: fc.constant('string' as const), value: fc.string() }),
    record({ type: fc.constant('integer' as const), value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }),
    record({ type: fc.constant('float' as const), value: fc.double() }),
    record({ type: fc.constant('opaque' as const), value: fc.uint8Array() }),
    record({ type: fc.constant('time' as const), value: fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }) }),
  );
  const places = fc.uniqueArray(fc.integer({ min: 0, max: 65_534 }), { maxLength: 6 });
  fc.assert(
    fc.property(places, fc.array(value, { minLength: 6, maxLength: 6 }), (ids, values) => {
      const sorted = [...ids].sort((a, b) => a - b);
      const entries: Entry[] = sorted.map((id, i) => entry(`/33500/0/${id}`, values[i] as ResourceValue));
      const node = parseJson(stringifyJson(leshanNode(at('/33500/0'), entries, builtInModel)));
      assert.deepEqual(parseLeshanNode(at('/33500/0'), node, builtInModel), entries);
    }),
    { seed: 17, numRuns: 200 },
  );
});
