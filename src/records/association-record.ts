/**
 * A DTLS association, committed by itself as soon as it is established. Owns the keys `as/<association id>`. Sealed: it holds
 * the keys of the connection. Its receive window is a record of its own, since it changes with every effect.
 */
import { boolean, bytes, float, isAbsent, text, unsigned } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

export interface AssociationRecord {
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
  readonly exported: Uint8Array;
}

export const associationRecord: RecordKind<AssociationRecord> = {
  prefix: 'as/',
  version: 1,
  sealed: true,
  toBody: ({ role, ...rest }) => ({ ...rest, role: role === 'server' ? undefined : role }),
  fromBody: (body) => {
    const listener = text(body, 'listener');
    const identity = text(body, 'identity');
    const address = text(body, 'address');
    const handshakeGeneration = unsigned(body, 'handshakeGeneration');
    const serial = unsigned(body, 'serial');
    const suite = text(body, 'suite');
    const usesConnectionId = boolean(body, 'usesConnectionId');
    const establishedAtUptimeMs = float(body, 'establishedAtUptimeMs');
    const restores = unsigned(body, 'restores');
    const exported = bytes(body, 'exported');
    const role = isAbsent(body, 'role') ? 'server' : text(body, 'role');
    if (role !== 'server' && role !== 'client') return undefined;
    if (listener === undefined || identity === undefined || address === undefined || suite === undefined)
      return undefined;
    if (handshakeGeneration === undefined || serial === undefined || usesConnectionId === undefined) return undefined;
    if (establishedAtUptimeMs === undefined || restores === undefined || exported === undefined) return undefined;
    return {
      listener,
      identity,
      address,
      handshakeGeneration,
      serial,
      suite,
      usesConnectionId,
      role,
      establishedAtUptimeMs,
      restores,
      exported,
    };
  },
};
