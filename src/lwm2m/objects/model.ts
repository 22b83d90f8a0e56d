/**
 * What an object consists of, as the OMA registry defines it. A definition gives a resource its name and type; a resource that
 * no definition describes is still read, written and observed, with the types that the payload itself gives.
 */
import type { ResourcePath } from '../path.ts';
import type { ValueType } from '../value.ts';

/** `''` stands for neither: resources of the Security object, which only a bootstrap server sees. */
export type ResourceOperations = 'R' | 'W' | 'RW' | 'E' | '';

export interface ResourceDefinition {
  readonly id: number;
  readonly name: string;
  readonly type: ValueType;
  readonly operations: ResourceOperations;
  readonly multiple: boolean;
  readonly mandatory: boolean;
  /** The unit as the registry writes it (`Cel`, `mV`), where it fixes one. */
  readonly unit?: string;
}

export interface ObjectDefinition {
  readonly id: number;
  readonly name: string;
  /** The object may have several instances. */
  readonly multiple: boolean;
  readonly resources: ReadonlyMap<number, ResourceDefinition>;
}

/** What the formats ask. Every answer may be undefined: unknown objects work as untyped. */
export interface ObjectModel {
  object(objectId: number): ObjectDefinition | undefined;
  /** The definition of the resource at a path of three or four identifiers. */
  resource(path: ResourcePath): ResourceDefinition | undefined;
}

/** A model that knows nothing: everything is untyped. */
export const emptyModel: ObjectModel = { object: () => undefined, resource: () => undefined };
