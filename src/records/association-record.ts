/**
 * A DTLS association, committed by itself as soon as it is established. Owns the keys `as/<association id>`. Sealed, as far as it
 * holds the keys of the connection; a start reads the rest alone. Its receive window is a record of its own, since it changes
 * with every effect.
 */
import { boolean, bytes, float, isAbsent, type RecordMap, text, unsigned } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

/** What is not secret of it. */
export interface AssociationHead {
  readonly listener: string;
  readonly identity: string;
  readonly address: string;
  readonly handshakeGeneration: number;
  readonly serial: number;
  readonly suite: string;
  readonly usesConnectionId: boolean;
  /** Who answered the handshake, and who began it. Stores before 0.2 do not say: there the gateway always answered. */
  readonly role: 'server' | 'client';
  readonly establishedAtUptimeMs: number;
  readonly restores: number;
}

export interface AssociationRecord extends AssociationHead {
  readonly exported: Uint8Array;
}

type Names = Readonly<Record<keyof AssociationRecord, string>>;

/** One letter each: a start reads thousands. */
const names: Names = {
  listener: 'l',
  identity: 'i',
  address: 'a',
  handshakeGeneration: 'g',
  serial: 's',
  suite: 'u',
  usesConnectionId: 'c',
  role: 'o',
  establishedAtUptimeMs: 'e',
  restores: 'r',
  exported: 'x',
};

const firstNames = Object.fromEntries(Object.keys(names).map((name) => [name, name])) as Names;

export const associationRecord: RecordKind<AssociationRecord> = {
  prefix: 'as/',
  version: 2,
  sealed: true,
  secret: [names.exported],
  toBody: (value) => {
    const { role, exported } = value;
    return { ...clearBody(value), [names.role]: role === 'server' ? undefined : role, [names.exported]: exported };
  },
  fromBody: (body) => association(body, names),
  // Version 1 had all of it sealed.
  earlier: { 1: (body) => association(body, firstNames) },
};

/** What is not secret of such a record; undefined when the body is none of this version. */
export function associationHead(body: RecordMap): AssociationHead | undefined {
  return head(body, names);
}

function clearBody(value: AssociationHead): Record<string, unknown> {
  return {
    [names.listener]: value.listener,
    [names.identity]: value.identity,
    [names.address]: value.address,
    [names.handshakeGeneration]: value.handshakeGeneration,
    [names.serial]: value.serial,
    [names.suite]: value.suite,
    [names.usesConnectionId]: value.usesConnectionId,
    [names.establishedAtUptimeMs]: value.establishedAtUptimeMs,
    [names.restores]: value.restores,
  };
}

function association(body: RecordMap, named: Names): AssociationRecord | undefined {
  const known = head(body, named);
  const exported = bytes(body, named.exported);
  return known === undefined || exported === undefined ? undefined : { ...known, exported };
}

function head(body: RecordMap, named: Names): AssociationHead | undefined {
  const listener = text(body, named.listener);
  const identity = text(body, named.identity);
  const address = text(body, named.address);
  const handshakeGeneration = unsigned(body, named.handshakeGeneration);
  const serial = unsigned(body, named.serial);
  const suite = text(body, named.suite);
  const usesConnectionId = boolean(body, named.usesConnectionId);
  const establishedAtUptimeMs = float(body, named.establishedAtUptimeMs);
  const restores = unsigned(body, named.restores);
  const role = isAbsent(body, named.role) ? 'server' : text(body, named.role);
  if (role !== 'server' && role !== 'client') return undefined;
  if (listener === undefined || identity === undefined || address === undefined || suite === undefined)
    return undefined;
  if (handshakeGeneration === undefined || serial === undefined || usesConnectionId === undefined) return undefined;
  if (establishedAtUptimeMs === undefined || restores === undefined) return undefined;
  const numbers = { handshakeGeneration, serial, establishedAtUptimeMs, restores };
  return { listener, identity, address, suite, usesConnectionId, role, ...numbers };
}
