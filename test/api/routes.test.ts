/** Paths as callers write them and as they are read back: the two sides of the contract agree, whatever a name holds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eventTypes } from '../../src/api/event-names.ts';
import { eventSelectionQuery, parseEventSelection } from '../../src/api/event-selection.ts';
import { parseRoute, type Route } from '../../src/api/route-parser.ts';
import { routes } from '../../src/api/routes.ts';

const property = { seed: 17, numRuns: 200 };
const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });

function routeOf(method: string, target: string): Route | undefined {
  const parsed = parseRoute(method, target);
  return parsed.kind === 'route' ? parsed.route : undefined;
}

test('any endpoint name comes back as it was, slashes and all', () => {
  fc.assert(
    fc.property(names, (endpoint) => {
      assert.deepEqual(routeOf('GET', routes.device(endpoint)), { kind: 'show-device', endpoint });
      assert.deepEqual(routeOf('DELETE', routes.removeDevice(endpoint, true)), { kind: 'remove-device', endpoint });
      assert.deepEqual(routeOf('PUT', routes.deviceMute(endpoint)), { kind: 'mute-device', endpoint });
      assert.deepEqual(routeOf('DELETE', routes.deviceMute(endpoint)), { kind: 'unmute-device', endpoint });
      assert.deepEqual(routeOf('GET', routes.client(endpoint)), { kind: 'show-client', endpoint });
      assert.deepEqual(routeOf('DELETE', routes.securityClient(endpoint)), { kind: 'remove-security', endpoint });
      assert.deepEqual(routeOf('PUT', routes.reader(endpoint, true)), { kind: 'set-reader', name: endpoint });
      assert.deepEqual(routeOf('DELETE', routes.reader(endpoint)), { kind: 'remove-reader', name: endpoint });
    }),
    property,
  );
});

test('Leshan: method and depth decide what is done', () => {
  const endpoint = 'valve north/3';
  const expected: readonly (readonly [method: string, path: string, kind: string, numbers: readonly number[]])[] = [
    ['GET', '/3303/0/5700', 'read', [3303, 0, 5700]],
    ['PUT', '/3/0/14', 'write', [3, 0, 14]],
    ['POST', '/3/0/4', 'execute', [3, 0, 4]],
    ['POST', '/3303', 'create', [3303]],
    ['DELETE', '/3303/1', 'delete', [3303, 1]],
    ['PUT', '/3303/0/5700/attributes', 'attributes', [3303, 0, 5700]],
    ['GET', '/3303/discover', 'discover', [3303]],
    ['POST', '/3/0/7/1/observe', 'observe', [3, 0, 7, 1]],
    ['DELETE', '/3/0/observe', 'unobserve', [3, 0]],
  ];
  for (const [method, path, kind, numbers] of expected) {
    assert.deepEqual(routeOf(method, routes.clientPath(endpoint, path)), { kind, endpoint, path: numbers });
  }
  assert.deepEqual(routeOf('GET', '/api/clients/x/composite?paths=/3,/1/0'), { kind: 'composite', endpoint: 'x' });
  assert.deepEqual(routeOf('DELETE', '/api/clients/x/composite/observe'), { kind: 'composite', endpoint: 'x' });
});

test('our own paths, with and without a slash at the end', () => {
  assert.deepEqual(routeOf('PUT', routes.securityClients(true)), { kind: 'add-security' });
  assert.deepEqual(routeOf('PUT', '/api/security/clients'), { kind: 'add-security' });
  assert.deepEqual(routeOf('GET', '/api/clients/'), { kind: 'list-clients' });
  assert.deepEqual(routeOf('GET', routes.event()), { kind: 'leshan-events' });
  assert.deepEqual(routeOf('POST', routes.operations()), { kind: 'operate' });
  assert.deepEqual(routeOf('GET', routes.operation(1843)), { kind: 'show-operation', id: 1843 });
  assert.deepEqual(routeOf('GET', routes.operation(1843, true)), { kind: 'show-operation', id: 1843 });
  assert.deepEqual(routeOf('DELETE', routes.operation(1843)), { kind: 'cancel-operation', id: 1843 });
  assert.deepEqual(routeOf('POST', routes.retryOperation(1843)), { kind: 'retry-operation', id: 1843 });
  assert.deepEqual(routeOf('GET', routes.observations('valve north/3')), { kind: 'list-observations' });
  assert.deepEqual(routeOf('GET', routes.observations()), { kind: 'list-observations' });
  assert.deepEqual(routeOf('GET', routes.readers()), { kind: 'list-readers' });
  for (const kind of ['status', 'configuration', 'version', 'metrics', 'flash'] as const) {
    assert.deepEqual(routeOf('GET', routes[kind]()), { kind });
  }
});

test('the query is kept, and Leshan’s paths are told apart', () => {
  const ours = parseRoute('DELETE', routes.removeDevice('m', true));
  assert.ok(ours.kind === 'route' && !ours.leshan && ours.query.get('keepCredentials') === 'true');
  const theirs = parseRoute('GET', '/api/clients/m/3?timeout=10&format=TLV');
  assert.ok(theirs.kind === 'route' && theirs.leshan && theirs.query.get('format') === 'TLV');
});

test('what is no path of the interface is unknown; a wrong method names the right ones', () => {
  const unknown = [
    '/',
    '/api',
    '/api/',
    '/api/nothing',
    '/api/clients/m/3/0/x',
    '/api/clients/m/65535',
    '/api/clients/%ff',
  ];
  for (const target of [...unknown, '/api/holdfast/operations/x', '/api/holdfast/devices/a/b', '/api/security/keys']) {
    assert.equal(parseRoute('GET', target).kind, 'unknown', target);
  }
  assert.deepEqual(parseRoute('PATCH', '/api/clients/m/3/0/14'), {
    kind: 'method-not-allowed',
    allowed: ['GET', 'PUT', 'POST', 'DELETE'],
  });
});

test('a selection of events survives the query', () => {
  const selections = fc.record(
    {
      from: fc.oneof(fc.nat(), fc.constantFrom('start' as const, 'now' as const)),
      last: fc.nat({ max: 1_000 }),
      follow: fc.boolean(),
      types: fc.uniqueArray(fc.constantFrom(...eventTypes)),
      endpoint: names,
      operation: fc.nat(),
    },
    { requiredKeys: ['follow', 'types'], noNullPrototype: true },
  );
  fc.assert(
    fc.property(selections, (selection) => {
      const query = new URLSearchParams(eventSelectionQuery(selection).slice(1));
      assert.deepEqual(parseEventSelection(query), selection);
    }),
    property,
  );
});

test('a wrong selection is answered with a sentence', () => {
  const wrong: readonly (readonly [query: string, sentence: RegExp])[] = [
    ['from=yesterday', /^"yesterday" is not an event id/],
    ['last=-1', /^"-1" is not a number/],
    ['last=1001', /too many: 1000 at most/],
    ['operation=x', /^"x" is not an operation id/],
    ['type=SEND,NOISE', /^"NOISE" is not a type of event: REGISTRATION/],
  ];
  for (const [query, sentence] of wrong) {
    const parsed = parseEventSelection(new URLSearchParams(query));
    assert.ok(typeof parsed === 'string' && sentence.test(parsed), query);
  }
});
