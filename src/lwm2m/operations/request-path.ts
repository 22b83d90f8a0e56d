/** Where a path lies on a device: the alternate path stands in front of every management request (LwM2M 1.2 transport 6.4.1). */
import { type ResourcePath, segmentsOf } from '../path.ts';

/** The Uri-Path segments of a path. */
export function requestPath(rootPath: string, path: ResourcePath): readonly string[] {
  return [...rootSegments(rootPath), ...segmentsOf(path).map(String)];
}

/** The Uri-Path segments of the alternate path; none for `/`. */
export function rootSegments(rootPath: string): readonly string[] {
  return rootPath.split('/').filter((segment) => segment !== '');
}
