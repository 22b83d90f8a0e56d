/** The object definitions that are built in, as the model that formats and operators ask. */
import { depthOf, segmentsOf } from '../path.ts';
import { coreObjects } from './core-objects.ts';
import { ipsoObjects } from './ipso-objects.ts';
import type { ObjectDefinition, ObjectModel } from './model.ts';

/** A model of some object definitions; of two with one identifier the later counts. */
export function modelOfObjects(definitions: readonly ObjectDefinition[]): ObjectModel {
  const objects = new Map(definitions.map((definition) => [definition.id, definition]));
  return {
    object: (objectId) => objects.get(objectId),
    resource: (path) => {
      if (depthOf(path) < 3) return undefined;
      const [objectId = -1, , resourceId = -1] = segmentsOf(path);
      return objects.get(objectId)?.resources.get(resourceId);
    },
  };
}

export const builtInModel: ObjectModel = modelOfObjects([...coreObjects, ...ipsoObjects]);
