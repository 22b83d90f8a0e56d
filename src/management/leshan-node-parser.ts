/**
 * Reads the nodes of a Write: what Leshan's clients send becomes entries. Every refusal is a sentence that names the place, for
 * nothing may be guessed: a guess is a wrong byte on a device.
 */
import { depthOf, type Entry, type ObjectModel, pathOf, type ResourcePath, segmentsOf } from '../gateway/texts.ts';
import { leshanType, parseLeshanValue } from './leshan-value.ts';

type Members = Readonly<Record<string, unknown>>;

/** The entries that a node at `path` holds, or why it cannot be written. */
export function parseLeshanNode(path: ResourcePath, node: unknown, model: ObjectModel): readonly Entry[] | string {
  if (!isMembers(node)) return 'the body is a node, an object with "kind"';
  const depth = depthOf(path);
  const id = segmentsOf(path)[depth - 1];
  if (node['id'] !== undefined && node['id'] !== id) return `the node has id ${String(node['id'])}, the path ${path}`;
  const kind = typeof node['kind'] === 'string' ? node['kind'] : kindByMembers(node, depth);
  switch (kind) {
    case 'obj':
      return depth === 1 ? parseChildren(path, node['instances'], 'instances', model) : misplaced(kind, path);
    case 'instance':
      return depth === 2 ? parseChildren(path, node['resources'], 'resources', model) : misplaced(kind, path);
    case 'singleResource':
      return depth === 3 ? parseOne(path, node['type'], node['value'], model) : misplaced(kind, path);
    case 'resourceInstance':
      return depth === 4 ? parseOne(path, node['type'], node['value'], model) : misplaced(kind, path);
    case 'multiResource':
      return depth === 3 ? parseMultiple(path, node, model) : misplaced(kind, path);
    default:
      return `"${String(kind)}" is no kind of a node`;
  }
}

/** Older clients leave `kind` out: the members tell. */
function kindByMembers(node: Members, depth: number): string {
  if ('instances' in node) return 'obj';
  if ('resources' in node) return 'instance';
  if ('values' in node) return 'multiResource';
  return depth === 4 ? 'resourceInstance' : 'singleResource';
}

function parseChildren(path: ResourcePath, list: unknown, name: string, model: ObjectModel): readonly Entry[] | string {
  const children = Array.isArray(list) ? list : isMembers(list) ? Object.values(list) : undefined;
  if (children === undefined) return `the node of ${path} needs "${name}", a list`;
  const entries: Entry[] = [];
  for (const child of children) {
    const id: unknown = isMembers(child) ? child['id'] : undefined;
    if (!isIdentifier(id)) return `each of "${name}" needs an "id", 0 to 65534`;
    const below = parseLeshanNode(pathOf(...segmentsOf(path), id), child, model);
    if (typeof below === 'string') return below;
    entries.push(...below);
  }
  return entries;
}

function parseMultiple(path: ResourcePath, node: Members, model: ObjectModel): readonly Entry[] | string {
  const values = node['values'];
  if (!isMembers(values)) return `the node of ${path} needs "values", an object`;
  const entries: Entry[] = [];
  for (const [key, value] of Object.entries(values)) {
    const id = /^[0-9]{1,5}$/.test(key) ? Number(key) : undefined;
    if (!isIdentifier(id)) return `"${key}" is no resource instance: 0 to 65534`;
    const one = parseOne(pathOf(...segmentsOf(path), id), node['type'], value, model);
    if (typeof one === 'string') return one;
    entries.push(...one);
  }
  return entries;
}

function parseOne(path: ResourcePath, typeName: unknown, json: unknown, model: ObjectModel): readonly Entry[] | string {
  const type = typeof typeName === 'string' ? leshanType(typeName) : model.resource(path)?.type;
  if (type === undefined) return `the node of ${path} needs a "type", for example "STRING"`;
  const value = parseLeshanValue(type, json);
  return typeof value === 'string' ? `${path}: ${value}` : [{ path, value }];
}

function misplaced(kind: string, path: ResourcePath): string {
  return `a node of kind "${kind}" does not fit the path ${path}`;
}

function isIdentifier(id: unknown): id is number {
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= 65_534;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
