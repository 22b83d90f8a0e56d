/**
 * The address of something inside a device: `/3303/0/5700` is object, object instance, resource; a fourth number is a resource
 * instance; `/` is everything. One canonical text per path, so that it serves as a key. Identifiers are 0 to 65534: 65535 is
 * reserved (LwM2M 1.2 core 7.3). Alternate paths (`/lwm2m/3/0`) are cut off before anything becomes a `ResourcePath`.
 */
import { assert } from '../base/assert.ts';

declare const pathBrand: unique symbol;
export type ResourcePath = string & { readonly [pathBrand]: true };

export const everything = '/' as ResourcePath;
export const identifierMax = 65_534;
const depthMax = 4;
const identifierPattern = /^(?:0|[1-9][0-9]{0,4})$/;

/** The path that a text names (the leading slash may be missing), or undefined when it names none. */
export function parsePath(text: string): ResourcePath | undefined {
  if (text === '/') return everything;
  if (text.length > 24) return undefined;
  const parts = (text.startsWith('/') ? text.slice(1) : text).split('/');
  if (parts.length > depthMax) return undefined;
  for (const part of parts) if (!identifierPattern.test(part) || Number(part) > identifierMax) return undefined;
  return `/${parts.join('/')}` as ResourcePath;
}

/** The path of one to four identifiers; none is `/`. */
export function pathOf(...identifiers: readonly number[]): ResourcePath {
  assert(identifiers.length <= depthMax, 'a path has four identifiers at most');
  for (const id of identifiers)
    assert(Number.isInteger(id) && id >= 0 && id <= identifierMax, 'an identifier is valid');
  return `/${identifiers.join('/')}` as ResourcePath;
}

/** The identifiers of a path, from the object on; none for `/`. */
export function segmentsOf(path: ResourcePath): readonly number[] {
  return path === everything ? [] : path.slice(1).split('/').map(Number);
}

/** 0 for `/`, 1 for an object, 2 for an object instance, 3 for a resource, 4 for a resource instance. */
export function depthOf(path: ResourcePath): number {
  if (path === everything) return 0;
  let slashes = 0;
  for (let i = 0; i < path.length; i++) if (path.charCodeAt(i) === 0x2f) slashes++;
  return slashes;
}

export function objectIdOf(path: ResourcePath): number | undefined {
  return segmentsOf(path)[0];
}

export function instanceIdOf(path: ResourcePath): number | undefined {
  return segmentsOf(path)[1];
}

export function resourceIdOf(path: ResourcePath): number | undefined {
  return segmentsOf(path)[2];
}

export function resourceInstanceIdOf(path: ResourcePath): number | undefined {
  return segmentsOf(path)[3];
}

/** The path one level deeper. */
export function childOf(path: ResourcePath, identifier: number): ResourcePath {
  return pathOf(...segmentsOf(path), identifier);
}

/** The first `depth` identifiers of a path: `upTo('/3/0/6/1', 3)` is `/3/0/6`. */
export function upTo(path: ResourcePath, depth: number): ResourcePath {
  return pathOf(...segmentsOf(path).slice(0, depth));
}

/** Orders by number, parents first: `/3`, `/3/0/9`, `/3/0/10`, `/21`. */
export function comparePaths(a: ResourcePath, b: ResourcePath): number {
  const left = segmentsOf(a);
  const right = segmentsOf(b);
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = (left[i] as number) - (right[i] as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Whether `path` is `parent` itself or lies below it. */
export function isWithin(path: ResourcePath, parent: ResourcePath): boolean {
  return parent === everything || path === parent || path.startsWith(`${parent}/`);
}
