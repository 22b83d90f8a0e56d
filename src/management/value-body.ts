/** Values and links of resources in our own bodies: words of the command line for types, all digits of integers, opaque in hex. */
import type { JsonValue, LinkBody, ValueBody } from '../api/bodies/value.ts';
import type { ValueType as TypeWord } from '../api/device-path.ts';
import { toHex, utf8Decode } from '../base/bytes.ts';
import {
  comparePaths,
  type Entry,
  type Link,
  type ObjectModel,
  objectLinkText,
  parsePath,
  type ResourceValue,
  type ValueType,
} from '../gateway/texts.ts';
import { wallText } from './wall-text.ts';

const words: Readonly<Record<ValueType, TypeWord | 'none'>> = {
  string: 'string',
  integer: 'int',
  unsigned: 'uint',
  float: 'float',
  boolean: 'bool',
  opaque: 'opaque',
  time: 'time',
  objlnk: 'objlnk',
  corelnk: 'corelnk',
  none: 'none',
};

/** The word for a type, `int`; `untyped` for what came without one. */
export function typeWord(type: ResourceValue['type']): string {
  return type === 'untyped' ? 'untyped' : words[type];
}

/** The type that a word names. */
export function typeOfWord(word: TypeWord): ValueType {
  const found = Object.entries(words).find(([, name]) => name === word);
  return found?.[0] as ValueType;
}

/** The values of an answer, by path. What has no value (a path in a list) is left out. */
export function valueBodies(entries: readonly Entry[], model: ObjectModel): ValueBody[] {
  const bodies: ValueBody[] = [];
  for (const { path, value } of [...entries].sort((a, b) => comparePaths(a.path, b.path))) {
    const json = jsonValue(value);
    if (json === undefined) continue;
    const definition = model.resource(path);
    bodies.push({
      path,
      name: definition?.name ?? null,
      type: typeWord(value.type),
      value: json,
      unit: definition?.unit ?? null,
    });
  }
  return bodies;
}

/** The value as JSON has it; undefined for none. */
export function jsonValue(value: ResourceValue): JsonValue | undefined {
  switch (value.type) {
    case 'float':
      return Number.isFinite(value.value) ? value.value : String(value.value);
    case 'opaque':
      return toHex(value.value);
    case 'time':
      return timeText(value.value);
    case 'objlnk':
      return objectLinkText(value.value);
    case 'untyped':
      return (value.from === 'text' ? utf8Decode(value.value) : undefined) ?? toHex(value.value);
    case 'none':
      return undefined;
    default:
      return value.value;
  }
}

/** The years that RFC 3339 can write, in seconds since 1970. */
const yearZero = -62_167_219_200n;
const yearTenThousand = 253_402_300_800n;

/** A time out of those years is told as its seconds. */
function timeText(seconds: bigint): JsonValue {
  if (seconds < yearZero || seconds >= yearTenThousand) return seconds;
  return wallText(Number(seconds) * 1_000) ?? seconds;
}

/** Links of a Discover or a registration. Attributes of LwM2M that are numbers become numbers. */
export function linkBodies(links: readonly Link[], model: ObjectModel): LinkBody[] {
  return links.map((link) => {
    const path = parsePath(link.uri);
    const name = path === undefined ? undefined : model.resource(path)?.name;
    return { path: link.uri, name: name ?? null, attributes: linkAttributes(link) };
  });
}

/** Attributes for notifications (LwM2M 1.2 core 7.3.2) that count something. Others are text, even when they look like `1.1`. */
const countingAttributes = new Set(['pmin', 'pmax', 'gt', 'lt', 'st', 'epmin', 'epmax', 'dim', 'edge', 'con', 'hqmax']);

export function linkAttributes(link: Link): Record<string, string | number | true> {
  const attributes: Record<string, string | number | true> = {};
  for (const [name, value] of Object.entries(link.attributes)) {
    // Only where the number is written as JSON writes it, so that nothing is lost.
    const counts = value !== true && countingAttributes.has(name) && String(Number(value)) === value;
    attributes[name] = counts ? Number(value) : value;
  }
  return attributes;
}
