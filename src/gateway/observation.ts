/** A wish to be notified of a path, and the relations with the device that fulfil it: two things with lives of their own. */
import type { PeerId } from '../base/address.ts';
import { toHex } from '../base/bytes.ts';
import type { Monotonic } from '../base/instants.ts';
import type { NotificationAttributes } from '../lwm2m/notification-attributes.ts';
import type { ResourcePath } from '../lwm2m/path.ts';
import type { Entry } from '../lwm2m/value.ts';
import { keyOf } from '../records/record-kind.ts';

/** Lives until it is withdrawn. */
export interface Wish {
  readonly endpoint: string;
  readonly path: ResourcePath;
  pminSeconds: number | undefined;
  pmaxSeconds: number | undefined;
  readonly account: string;
  relation: Relation | undefined;
  /** Earlier relations, the youngest first: their late notifications count until the newest one stands. */
  formers: readonly Relation[];
  /** The newest report: decoded when its entries are asked for. */
  newest: { readonly entries: readonly Entry[] } | undefined;
  receivedAt: Monotonic | undefined;
  received: number;
  /** The device said no; asked again at its next Register. */
  refusedWith: string | undefined;
}

/** Ends with a new Register, a refusal, or the wish. */
export interface Relation {
  readonly endpoint: string;
  readonly path: ResourcePath;
  readonly peer: PeerId;
  readonly token: Uint8Array;
  readonly requestPath: readonly string[];
  readonly query: readonly string[];
  readonly accept: number | undefined;
  /** The device has answered that it observes, or has notified. */
  standing: boolean;
  /** A Register came after it: the device has forgotten it. */
  ended: boolean;
  readonly askedAtUptimeMs: number;
  sequence: number | undefined;
  sequenceAtUptimeMs: number | undefined;
  /** The `sequenceAtUptimeMs` that is in the store, and whether a newer one is not. */
  keptAtUptimeMs: number | undefined;
  isUnwritten: boolean;
}

export function relationKey(peer: PeerId, token: Uint8Array): string {
  return `${peer}|${toHex(token)}`;
}

/** The key of what is kept of it under this kind. */
export function relationName(
  kind: { readonly prefix: string },
  { endpoint, path, token }: Pick<Relation, 'endpoint' | 'path' | 'token'>,
): string {
  return keyOf(kind, endpoint, path, toHex(token));
}

export interface WishRequest {
  readonly endpoint: string;
  readonly path: ResourcePath;
  readonly pminSeconds: number | undefined;
  readonly pmaxSeconds: number | undefined;
  readonly account: string;
}

export function newWish({ endpoint, path, pminSeconds, pmaxSeconds, account }: WishRequest): Wish {
  return {
    endpoint,
    path,
    pminSeconds,
    pmaxSeconds,
    account,
    relation: undefined,
    formers: [],
    newest: undefined,
    receivedAt: undefined,
    received: 0,
    refusedWith: undefined,
  };
}

export function attributesOf(wish: Wish): NotificationAttributes | undefined {
  const { pminSeconds, pmaxSeconds } = wish;
  if (pminSeconds === undefined && pmaxSeconds === undefined) return undefined;
  return {
    ...(pminSeconds === undefined ? {} : { pminSeconds }),
    ...(pmaxSeconds === undefined ? {} : { pmaxSeconds }),
  };
}

/** The device is to be asked for it. */
export function isUnfulfilled(wish: Wish): boolean {
  return wish.relation === undefined && wish.refusedWith === undefined;
}
