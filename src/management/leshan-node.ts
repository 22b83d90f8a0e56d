/**
 * The tree of nodes in which Leshan's bodies carry values: object, instance, resource (single or multiple), resource instance.
 * Out of a flat list of entries below the path that was asked for.
 */

import type { InstanceNode, LeshanNode, LeshanValue, ObjectNode, ResourceNode } from '../api/leshan/nodes.ts';
import {
  comparePaths,
  depthOf,
  type Entry,
  type ObjectModel,
  type ResourcePath,
  segmentsOf,
} from '../gateway/texts.ts';
import { leshanValue, type ValuePresent } from './leshan-value.ts';

/** A value at its place in the tree. */
interface Leaf {
  readonly segments: readonly number[];
  readonly value: ValuePresent;
}

/** The node at `path`; null when the entries hold nothing that belongs there. */
export function leshanNode(path: ResourcePath, entries: readonly Entry[], model: ObjectModel): LeshanNode | null {
  const place = segmentsOf(path);
  const leaves = leavesBelow(place, entries);
  const id = place.at(-1) ?? 0;
  switch (place.length) {
    case 1:
      return objectNode(id, leaves);
    case 2:
      return instanceNode(id, leaves);
    case 3:
      return resourceNode(id, leaves, model.resource(path)?.multiple ?? false);
    case 4:
      return leaves[0] === undefined ? null : { kind: 'resourceInstance', id, ...leshanValue(leaves[0].value) };
    default:
      return null;
  }
}

/** The resources of a Send or a composite answer, each under its own path. */
export function leshanNodes(entries: readonly Entry[], model: ObjectModel): Readonly<Record<string, LeshanNode>> {
  const nodes: Record<string, LeshanNode> = {};
  for (const entry of entries) {
    const node = depthOf(entry.path) >= 3 ? leshanNode(entry.path, [entry], model) : null;
    if (node !== null) nodes[entry.path] = node;
  }
  return nodes;
}

/** In the order of their paths. An older value of the same resource gives way to the newer one, which stands later. */
function leavesBelow(place: readonly number[], entries: readonly Entry[]): readonly Leaf[] {
  const leaves = new Map<ResourcePath, Leaf>();
  for (const { path, value } of [...entries].sort((a, b) => comparePaths(a.path, b.path))) {
    const segments = segmentsOf(path);
    const isBelow = segments.length >= 3 && place.every((id, depth) => segments[depth] === id);
    if (isBelow && value.type !== 'none') leaves.set(path, { segments, value });
  }
  return [...leaves.values()];
}

function objectNode(id: number, leaves: readonly Leaf[]): ObjectNode {
  const instances = grouped(leaves, 1).map(([instance, inside]) => instanceNode(instance, inside));
  return { kind: 'obj', id, instances };
}

function instanceNode(id: number, leaves: readonly Leaf[]): InstanceNode {
  const resources = grouped(leaves, 2).flatMap(([resource, inside]) => resourceNode(resource, inside, false) ?? []);
  return { kind: 'instance', id, resources };
}

/** `multiple` is what the definition says of a resource that came without any instance: its type is not known then. */
function resourceNode(id: number, leaves: readonly Leaf[], multiple: boolean): ResourceNode | null {
  const single = leaves.find((leaf) => leaf.segments.length === 3);
  if (single !== undefined) return { kind: 'singleResource', id, ...leshanValue(single.value) };
  const first = leaves[0];
  if (first === undefined) return multiple ? { kind: 'multiResource', id, type: 'STRING', values: {} } : null;
  const values: Record<string, LeshanValue> = {};
  for (const leaf of leaves) values[String(leaf.segments[3])] = leshanValue(leaf.value).value;
  return { kind: 'multiResource', id, type: leshanValue(first.value).type, values };
}

function grouped(leaves: readonly Leaf[], depth: number): readonly (readonly [number, readonly Leaf[]])[] {
  const groups = new Map<number, Leaf[]>();
  for (const leaf of leaves) {
    const id = leaf.segments[depth] as number;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [leaf]);
    else group.push(leaf);
  }
  return [...groups];
}
