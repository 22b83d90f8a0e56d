import assert from 'node:assert/strict';
import { it } from 'node:test';
import { boardName } from '../../src/host/board-name.ts';

const machineId = '0123456789abcdef0123456789abcdef';

it('a board is named by its machine id, without telling it', () => {
  const name = boardName(() => `${machineId}\n`);
  assert.match(name, /^[0-9a-f]{32}$/);
  assert.equal(
    name,
    boardName(() => machineId),
  );
  assert.notEqual(
    name,
    boardName(() => `${machineId.slice(1)}0`),
  );
  assert.ok(!name.includes(machineId.slice(0, 8)));
});

it('a board without a machine id has no name', () => {
  assert.equal(
    boardName(() => '\n'),
    '',
  );
  const missing = (): string => {
    throw new Error('ENOENT');
  };
  assert.equal(boardName(missing), '');
});
