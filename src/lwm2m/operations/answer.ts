/** What the answers of devices mean: values, links, done, refused, or nothing that can be read. Each is a value. */
import { utf8Decode } from '../../base/bytes.ts';
import type { IncomingResponse } from '../../coap/response.ts';
import { contentFormats } from '../content-format.ts';
import { type DecodeOptions, decodePayload } from '../decode-payload.ts';
import { type FormatError, formatError, isFormatError } from '../format-error.ts';
import { decodeLinks, type Link } from '../formats/link-format.ts';
import type { ObjectModel } from '../objects/model.ts';
import { depthOf, parsePath, type ResourcePath } from '../path.ts';
import type { Entry } from '../value.ts';
import { rootSegments } from './request-path.ts';

export type DeviceAnswer = Pick<IncomingResponse, 'code' | 'contentFormat' | 'payload' | 'locationPath'>;

/** A 4.xx or 5.xx (any, also those that LwM2M does not name); `diagnostic` is the text that came with it, as it came. */
export interface RefusedAnswer {
  readonly kind: 'refused';
  readonly code: string;
  readonly diagnostic: string | undefined;
}

/** A success whose payload cannot be read. */
export interface UnreadableAnswer {
  readonly kind: 'unreadable';
  readonly code: string;
  readonly error: FormatError;
}

export interface ValuesAnswer {
  readonly kind: 'values';
  readonly code: string;
  readonly entries: readonly Entry[];
  readonly contentFormat: number | undefined;
}

export interface LinksAnswer {
  readonly kind: 'links';
  readonly code: string;
  /** Uris without the alternate path and without trailing slash. */
  readonly links: readonly Link[];
}

export interface DoneAnswer {
  readonly kind: 'done';
  readonly code: string;
  /** Of a Create: the instance, when the device names it. */
  readonly location: ResourcePath | undefined;
}

const diagnosticCharactersMax = 200;

/** The answer to a Read or Observe of `path`, and a notification. */
export function readAnswer(
  answer: DeviceAnswer,
  path: ResourcePath,
  model: ObjectModel,
  options: DecodeOptions = {},
): ValuesAnswer | RefusedAnswer | UnreadableAnswer {
  const { code, payload } = answer;
  if (!isSuccess(code)) return refused(answer);
  const contentFormat = answer.contentFormat ?? missingFormat(payload, path);
  if (contentFormat === undefined && payload.length === 0) return { kind: 'values', code, entries: [], contentFormat };
  if (contentFormat === undefined)
    return { kind: 'unreadable', code, error: formatError('unsupported-format', 'the answer has no Content-Format') };
  const decoded = decodePayload(contentFormat, payload, path, model, options);
  if ('error' in decoded) return { kind: 'unreadable', code, error: decoded.error };
  return { kind: 'values', code, entries: decoded.entries, contentFormat: answer.contentFormat };
}

/** The answer to a Discover. */
export function discoverAnswer(answer: DeviceAnswer, rootPath: string): LinksAnswer | RefusedAnswer | UnreadableAnswer {
  const { code, payload, contentFormat } = answer;
  if (!isSuccess(code)) return refused(answer);
  const links =
    contentFormat === undefined || contentFormat === contentFormats.link
      ? decodeLinks(payload)
      : formatError('unsupported-format', `Content-Format ${contentFormat} is not the link format`);
  if (isFormatError(links)) return { kind: 'unreadable', code, error: links };
  return { kind: 'links', code, links: links.map((link) => ({ ...link, uri: plainUri(link.uri, rootPath) })) };
}

/** The answer to a Write, Write-Attributes, Execute, Create or Delete. */
export function changeAnswer(answer: DeviceAnswer, rootPath: string): DoneAnswer | RefusedAnswer {
  if (!isSuccess(answer.code)) return refused(answer);
  return { kind: 'done', code: answer.code, location: locationOf(answer.locationPath, rootPath) };
}

/** A single resource without Content-Format is text (RFC 7252 section 5.5.2 leaves it to guessing; one client sends it so). */
function missingFormat(payload: Uint8Array, path: ResourcePath): number | undefined {
  return depthOf(path) >= 3 && payload.length > 0 ? contentFormats.text : undefined;
}

function isSuccess(code: string): boolean {
  return code.startsWith('2.');
}

function refused({ code, payload, contentFormat }: DeviceAnswer): RefusedAnswer {
  const isText = contentFormat === undefined || contentFormat === contentFormats.text;
  const text = isText && payload.length > 0 ? utf8Decode(payload) : undefined;
  return { kind: 'refused', code, diagnostic: text?.slice(0, diagnosticCharactersMax) };
}

function locationOf(segments: readonly string[], rootPath: string): ResourcePath | undefined {
  const root = rootSegments(rootPath);
  const rooted = root.length > 0 && root.every((segment, index) => segments[index] === segment);
  const path = parsePath((rooted ? segments.slice(root.length) : segments).join('/'));
  return path !== undefined && depthOf(path) === 2 ? path : undefined;
}

function plainUri(uri: string, rootPath: string): string {
  const plain = rootPath !== '/' && uri.startsWith(`${rootPath}/`) ? uri.slice(rootPath.length) : uri;
  return plain.length > 1 && plain.endsWith('/') ? plain.slice(0, -1) : plain;
}
