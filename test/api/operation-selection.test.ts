/** Which operations are wanted, written into a query and read back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OperationSelection, parseOperationSelection } from '../../src/api/operation-selection.ts';
import { parseRoute } from '../../src/api/route-parser.ts';
import { routes } from '../../src/api/routes.ts';

test('a selection comes back from its query as it was', () => {
  const selections: readonly OperationSelection[] = [
    {},
    { endpoint: 'valve north/3&state=x' },
    { states: ['queued', 'in-doubt'], last: 0 },
    { endpoint: 'm', states: ['done'], last: 20 },
  ];
  for (const selection of selections) {
    const parsed = parseRoute('GET', routes.listedOperations(selection));
    assert.ok(parsed.kind === 'route' && parsed.route.kind === 'list-operations');
    assert.deepEqual(parseOperationSelection(parsed.query), selection);
  }
  assert.equal(routes.listedOperations({}), routes.operations());
});

test('what is no selection is told in a sentence', () => {
  const wrong = (query: string) => parseOperationSelection(new URLSearchParams(query));
  assert.match(String(wrong('state=queued,Done')), /^"Done" is not a state/);
  assert.match(String(wrong('last=1e3')), /^"1e3" is not a number of operations/);
});
