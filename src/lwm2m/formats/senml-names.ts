/**
 * How paths become SenML names. A single resource is its base name alone; entries below one path share it as base name; lists
 * of paths, and values of several objects, have whole names. The alternate path of a device stands in front (LwM2M 1.2.1
 * transport 6.4.1).
 */
import { depthOf, everything, type ResourcePath } from '../path.ts';
import type { Entry } from '../value.ts';

export interface NamedEntry {
  readonly entry: Entry;
  readonly baseName?: string;
  readonly name?: string;
}

/** Each entry with the names of its record, in order. */
export function namesOf(
  base: ResourcePath,
  entries: readonly Entry[],
  rootPath: string,
  wholeNames: boolean,
): NamedEntry[] {
  const root = rootPath === '/' ? '' : rootPath;
  if (wholeNames || depthOf(base) === 0)
    return entries.map((entry) => ({
      entry,
      name: entry.path === everything && root !== '' ? `${root}/` : root + entry.path,
    }));
  const [only] = entries;
  if (entries.length === 1 && only?.path === base) return [{ entry: only, baseName: root + base }];
  return entries.map((entry, index) => {
    const name = entry.path.slice(base.length + 1);
    return index === 0 ? { entry, baseName: `${root}${base}/`, name } : { entry, name };
  });
}
