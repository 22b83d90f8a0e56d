/**
 * The object list of Register and Update (LwM2M 1.2 core 6.2.1, transport 6.4.1): `</>;rt="oma.lwm2m";ct=110,</1/0>,</3/0>`.
 * The root link names the alternate path, if there is one, and the formats beyond the mandatory ones. Links that lie elsewhere
 * or are no object or object instance are ignored, as the specification demands of unknown ones.
 */
import { isFormatError } from './format-error.ts';
import { decodeLinks, type Link, type LinkAttributes } from './formats/link-format.ts';
import { depthOf, parsePath, type ResourcePath } from './path.ts';
import { type Refusal, refuse } from './refusal.ts';

export interface RegisteredLink {
  /** An object or an object instance, without the alternate path. */
  readonly path: ResourcePath;
  readonly attributes: LinkAttributes;
}

export interface ObjectList {
  /** The alternate path without trailing slash, or `/`. */
  readonly rootPath: string;
  /** Content-Format numbers that the root link announces, in its order. */
  readonly contentFormats: readonly number[];
  readonly objectLinks: readonly RegisteredLink[];
}

/**
 * The object list of a payload, or 4.00 when it is none (4.13 when it is longer than we keep). `knownRootPath` holds when the list
 * has no root link, as in an Update.
 */
export function parseObjectList(payload: Uint8Array, knownRootPath = '/'): ObjectList | Refusal {
  const links = decodeLinks(payload);
  if (isFormatError(links)) {
    const code = links.formatError === 'too-many-entries' ? '4.13' : '4.00';
    return refuse(code, 'object-list', `The object list cannot be read: ${links.reason}.`);
  }
  const alternate = links.find((link) => isRoot(link) && link.uri !== '/');
  const rootLink = alternate ?? links.find((link) => link.uri === '/');
  const rootPath = rootLink === undefined ? knownRootPath : withoutTrailingSlash(rootLink.uri);
  if (hasNumericSegment(rootPath))
    return refuse('4.00', 'object-list', `The alternate path ${rootPath} has a number in it.`);
  return {
    rootPath,
    contentFormats: formatsOf(rootLink?.attributes['ct']),
    objectLinks: links.flatMap((link) => registeredLink(link, rootPath)),
  };
}

function registeredLink(link: Link, rootPath: string): RegisteredLink[] {
  if (rootPath !== '/' && !link.uri.startsWith(`${rootPath}/`)) return [];
  const path = parsePath(withoutTrailingSlash(rootPath === '/' ? link.uri : link.uri.slice(rootPath.length)));
  if (path === undefined || depthOf(path) < 1 || depthOf(path) > 2) return [];
  return [{ path, attributes: link.attributes }];
}

function isRoot(link: Link): boolean {
  const type = link.attributes['rt'];
  return typeof type === 'string' && type.split(' ').includes('oma.lwm2m');
}

function hasNumericSegment(path: string): boolean {
  return path.split('/').some((segment) => /^[0-9]+$/.test(segment));
}

function withoutTrailingSlash(uri: string): string {
  return uri.length > 1 && uri.endsWith('/') ? uri.slice(0, -1) : uri;
}

/** `110`, or `110 112 60` in quotes (RFC 7252 section 7.2.1). What is no number is left out. */
function formatsOf(attribute: string | true | undefined): number[] {
  if (typeof attribute !== 'string') return [];
  return attribute
    .split(' ')
    .filter((part) => /^[0-9]{1,5}$/.test(part))
    .map(Number)
    .filter((format) => format <= 65_535);
}
