/**
 * application/link-format (RFC 6690), as Register, Update and Discover carry it: `</3/0>;ver=1.1,</5>`. Blanks around links are
 * read (the specification prints them, Wakaama sends one at the end); everything else is strict. Of an attribute that stands
 * twice the first counts (RFC 6690 section 2.2).
 *
 * Limits: `objectLinksMax` links, `linkAttributesMax` attributes a link.
 */
import { utf8Decode } from '../../base/bytes.ts';
import { limits } from '../../base/limits.ts';
import { type FormatError, formatError, isFormatError } from '../format-error.ts';

/** `true` stands for an attribute without value. */
export type LinkAttributes = Readonly<Record<string, string | true>>;

export interface Link {
  /** The text between the angle brackets, as it came. */
  readonly uri: string;
  readonly attributes: LinkAttributes;
}

const uriPattern = /<(\/[\x21-\x3b\x3d\x3f-\x7e\u0080-\uffff]*)>/y;
const attributePattern = /;[ ]*([A-Za-z0-9!#$&+\-.^_`|~]+\*?)/y;
const valuePattern = /=(?:"((?:[^"\\\p{Cc}]|\\[^\p{Cc}])*)"|([!#-+\--:<-[\]-~]+))/uy;
const separatorPattern = /[ ]*,[ ]*/y;
const blanksPattern = /[ \r\n]*/y;

/** The links of a payload, in order; none for an empty payload. */
export function decodeLinks(payload: Uint8Array): Link[] | FormatError {
  const text = utf8Decode(payload);
  if (text === undefined) return formatError('utf8', 'the links are not UTF-8');
  const links: Link[] = [];
  let at = matchAt(blanksPattern, text, 0)?.[0].length ?? 0;
  while (at < text.length) {
    if (links.length >= limits.objectLinksMax) return formatError('too-many-entries', 'too many links');
    const link = readLink(text, at);
    if (isFormatError(link)) return link;
    links.push({ uri: link.uri, attributes: link.attributes });
    const end = link.end + (matchAt(blanksPattern, text, link.end)?.[0].length ?? 0);
    if (end === text.length) return links;
    const separator = matchAt(separatorPattern, text, link.end);
    if (separator === null) return syntax(link.end);
    at = link.end + separator[0].length;
    if (at === text.length) return syntax(at);
  }
  return links;
}

function readLink(text: string, start: number): (Link & { readonly end: number }) | FormatError {
  const uri = matchAt(uriPattern, text, start);
  if (uri === null) return syntax(start);
  const attributes = new Map<string, string | true>();
  let at = start + uri[0].length;
  for (
    let attribute = matchAt(attributePattern, text, at);
    attribute !== null;
    attribute = matchAt(attributePattern, text, at)
  ) {
    const name = attribute[1] as string;
    at += attribute[0].length;
    const value = matchAt(valuePattern, text, at);
    if (value === null && text[at] === '=') return syntax(at);
    at += value?.[0].length ?? 0;
    if (attributes.size >= limits.linkAttributesMax)
      return formatError('too-many-entries', 'too many attributes of a link');
    if (!attributes.has(name)) attributes.set(name, value === null ? true : attributeValue(value));
  }
  return { uri: uri[1] as string, attributes: Object.fromEntries(attributes), end: at };
}

function attributeValue(match: RegExpExecArray): string {
  const quoted = match[1];
  return quoted === undefined ? (match[2] as string) : quoted.replace(/\\(.)/gu, '$1');
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function syntax(at: number): FormatError {
  return formatError('syntax', `the links break the link format at character ${at}`);
}
