/** The text form of what an operation addresses on a device: `/3303/0/5700`, leading slash optional, with `:float` as a type. */

export const valueTypes = ['int', 'uint', 'float', 'bool', 'string', 'opaque', 'time', 'objlnk', 'corelnk'] as const;
export type ValueType = (typeof valueTypes)[number];

/** LwM2M 1.1 core 7.2: 65535 is reserved for the length-free "any" of the protocol's own use. */
const idMax = 65_534;

/** The numbers of a path, none for `/`; undefined when it is not a path. */
export function parseDevicePath(text: string): readonly number[] | undefined {
  const inner = text.startsWith('/') ? text.slice(1) : text;
  if (inner === '') return text === '/' ? [] : undefined;
  const segments = inner.split('/');
  if (segments.length > 4 || !segments.every((segment) => /^(0|[1-9][0-9]{0,4})$/.test(segment))) return undefined;
  const numbers = segments.map(Number);
  return numbers.every((number) => number <= idMax) ? numbers : undefined;
}

/** The canonical text of a path. */
export function formatDevicePath(numbers: readonly number[]): string {
  return `/${numbers.join('/')}`;
}

/** Splits `/33500/0/1:float` into path and type suffix; neither is checked. */
export function splitType(text: string): { readonly path: string; readonly type: string | undefined } {
  const colon = text.indexOf(':');
  return colon < 0 ? { path: text, type: undefined } : { path: text.slice(0, colon), type: text.slice(colon + 1) };
}

export function isValueType(word: string): word is ValueType {
  return (valueTypes as readonly string[]).includes(word);
}

/** Orders paths number by number, shorter before longer. */
export function compareDevicePaths(a: string, b: string): number {
  const left = parseDevicePath(a) ?? [];
  const right = parseDevicePath(b) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
