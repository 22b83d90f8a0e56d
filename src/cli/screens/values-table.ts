/** Values and links as tables, and one value by itself. */
import type { JsonValue, LinkBody, ValueBody } from '../../api/bodies/value.ts';
import { compareDevicePaths } from '../../api/device-path.ts';
import type { Column } from '../table.ts';

export const valueColumns: readonly Column[] = [
  { title: 'PATH' },
  { title: 'NAME', cut: 'end' },
  { title: 'TYPE' },
  { title: 'VALUE', cut: 'end' },
];

export function valueRows(values: readonly ValueBody[]): readonly (readonly string[])[] {
  return byPath(values).map((value) => [value.path, value.name ?? '', value.type, valueText(value.value)]);
}

export const linkColumns: readonly Column[] = [
  { title: 'PATH' },
  { title: 'NAME', cut: 'end' },
  { title: 'ATTRIBUTES', cut: 'end' },
];

export function linkRows(links: readonly LinkBody[]): readonly (readonly string[])[] {
  return byPath(links).map((link) => [link.path, link.name ?? '', attributesText(link.attributes)]);
}

/** `pmin=10 pmax=60`; an attribute without a value is its name. */
function attributesText(attributes: LinkBody['attributes']): string {
  return Object.entries(attributes)
    .map(([name, value]) => (value === true ? name : `${name}=${value}`))
    .join(' ');
}

/** The value by itself: numbers with all their digits, strings as they are. */
export function valueText(value: JsonValue): string {
  return String(value);
}

function byPath<Item extends { readonly path: string }>(items: readonly Item[]): readonly Item[] {
  return [...items].sort((a, b) => compareDevicePaths(a.path, b.path));
}
