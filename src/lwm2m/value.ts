/**
 * A value of a resource, in the data types of LwM2M 1.2 core appendix C. Integers, unsigned integers and times are `bigint`:
 * they have 64 bits, of which a JavaScript number keeps 53.
 */
import type { ResourcePath } from './path.ts';

export const valueTypes = [
  'string',
  'integer',
  'unsigned',
  'float',
  'boolean',
  'opaque',
  'time',
  'objlnk',
  'corelnk',
  'none',
] as const;
export type ValueType = (typeof valueTypes)[number];

export interface ObjectLink {
  readonly objectId: number;
  readonly instanceId: number;
}

export type ResourceValue =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'unsigned'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'opaque'; readonly value: Uint8Array }
  /** Seconds since 1970. */
  | { readonly type: 'time'; readonly value: bigint }
  | { readonly type: 'objlnk'; readonly value: ObjectLink }
  | { readonly type: 'corelnk'; readonly value: string }
  /** No value: a path in a list, an executable resource, an instance to delete. */
  | { readonly type: 'none' }
  /** What came in a format without types (TLV, text) for a resource that no definition describes: the bytes as they were. */
  | { readonly type: 'untyped'; readonly value: Uint8Array; readonly from: 'tlv' | 'text' };

/** One value at one path. */
export interface Entry {
  readonly path: ResourcePath;
  readonly value: ResourceValue;
  /** When the value was measured, in seconds since 1970; absent when the payload does not say. */
  readonly timeSeconds?: number;
}

export const noValue: ResourceValue = { type: 'none' };

export const integerMin = -(2n ** 63n);
export const integerMax = 2n ** 63n - 1n;
export const unsignedMax = 2n ** 64n - 1n;

/** `66:0`, in decimal, each number to 65535 (which stands for none); undefined for anything else. */
export function parseObjectLink(text: string): ObjectLink | undefined {
  const parts = /^([0-9]{1,5}):([0-9]{1,5})$/.exec(text);
  if (parts === null) return undefined;
  const objectId = Number(parts[1]);
  const instanceId = Number(parts[2]);
  return objectId > 65_535 || instanceId > 65_535 ? undefined : { objectId, instanceId };
}

export function objectLinkText(link: ObjectLink): string {
  return `${link.objectId}:${link.instanceId}`;
}
