import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExecuteArguments, typedExecuteArguments } from '../../src/lwm2m/execute-arguments.ts';
import { isFormatError } from '../../src/lwm2m/format-error.ts';
import { trackedVectors } from './vectors.ts';

test('the vectors of the grammar', () => {
  const vectors = trackedVectors('text').filter((vector) => vector.operation === 'execute');
  assert.ok(vectors.length >= 15);
  for (const vector of vectors) {
    const result = parseExecuteArguments(vector.text ?? '');
    if (vector.valid) assert.deepEqual(result, vector.expected, vector.id);
    else assert.equal(isFormatError(result) && result.formatError, vector.error, vector.id);
  }
});

test('people may quote with quotation marks, which are sent as apostrophes', () => {
  assert.equal(typedExecuteArguments('0="sensor",1'), "0='sensor',1");
  assert.equal(typedExecuteArguments("0='sensor',1"), "0='sensor',1");
  assert.equal(typedExecuteArguments(''), '');
  for (const wrong of ['0="a b"', '0="a', '0="it\'s"', '10', '0,'])
    assert.ok(isFormatError(typedExecuteArguments(wrong)), wrong);
});
