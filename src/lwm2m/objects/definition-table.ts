/**
 * Object definitions are written as tables, a line a resource:
 *
 *   7  integer  R  *  Power Source Voltage | mV
 *
 * identifier, type, operations (`-` for none), marks (`M` mandatory, `*` multiple, `-` neither), name, unit after the bar.
 */
import { assert } from '../../base/assert.ts';
import { type ValueType, valueTypes } from '../value.ts';
import type { ObjectDefinition, ResourceDefinition, ResourceOperations } from './model.ts';

const linePattern = /^(\d+) +([a-z]+) +(RW|R|W|E|-) +(M\*|M|\*|-) +(.+?)(?: \| (.+))?$/;

/** The resources of a table, by identifier. A line that is none is a mistake in this repository. */
export function resourceTable(table: string): ReadonlyMap<number, ResourceDefinition> {
  const lines = table.split('\n').map((line) => line.trim());
  return new Map(lines.filter((line) => line !== '').map(resourceOfLine));
}

/** An object whose resources stand in a table. */
export function defineObject(
  id: number,
  name: string,
  instances: 'single' | 'multiple',
  resources: ReadonlyMap<number, ResourceDefinition>,
): ObjectDefinition {
  return { id, name, multiple: instances === 'multiple', resources };
}

function resourceOfLine(line: string): [number, ResourceDefinition] {
  const [, id, type, operations, marks = '', name = '', unit] = linePattern.exec(line) ?? [];
  assert(valueTypes.includes(type as ValueType), `a line of an object definition: ${line}`);
  const definition: ResourceDefinition = {
    id: Number(id),
    name,
    type: type as ValueType,
    operations: operations === '-' ? '' : (operations as ResourceOperations),
    multiple: marks.includes('*'),
    mandatory: marks.includes('M'),
    ...(unit === undefined ? {} : { unit }),
  };
  return [definition.id, definition];
}
