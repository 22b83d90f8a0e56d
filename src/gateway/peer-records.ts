/**
 * Which kept records are a peer's: its registration, connections with their windows, sessions, observations. They are set aside
 * when the peer is convicted of a crash loop. Its key is not among them, since it proves who it is, nor are its events, which were
 * acknowledged, nor what was asked of it, which was accepted and waits until it is unmuted or expires. Everything is looked at once before anything is set aside: only other records tell whose some of them are.
 */
import type { StoredRecord } from '../commit/commit.ts';
import { associationRecord } from '../records/association-record.ts';
import { clientSessionRecord } from '../records/client-session-record.ts';
import { credentialRecord } from '../records/credential-record.ts';
import { learnedRecord } from '../records/learned-record.ts';
import { decodeKind, namesIn, type RecordKind } from '../records/record-kind.ts';
import { registrationRecord } from '../records/registration-record.ts';
import { relationRecord } from '../records/relation-record.ts';
import type { Aead } from '../records/sealed-record.ts';
import { seenRecord } from '../records/seen-record.ts';
import { sequenceRecord } from '../records/sequence-record.ts';
import { sessionRecord } from '../records/session-record.ts';
import { windowRecord } from '../records/window-record.ts';
import { wishRecord } from '../records/wish-record.ts';

/** Those set aside whose keys begin with the endpoint name. */
const ofEndpoints = [learnedRecord, registrationRecord, relationRecord, seenRecord, sequenceRecord, wishRecord];

export class PeerRecords {
  private readonly peer: string;
  private readonly identity: string;
  private readonly aead: Aead;
  private readonly endpoints = new Set<string>();
  /** Ids of associations and sessions. */
  private readonly ids = new Set<string>();

  /** `peer`: its id, `listener|identity`. */
  constructor(peer: string, aead: Aead) {
    this.peer = peer;
    this.identity = identityIn(peer);
    this.aead = aead;
  }

  /** Learns from a record whose it and others are. */
  look({ key, value }: StoredRecord): void {
    this.learn(
      credentialRecord,
      key,
      value,
      ({ identity }, name) => identity === this.identity && this.endpoints.add(name),
    );
    this.learn(registrationRecord, key, value, ({ peer }, name) => peer === this.peer && this.endpoints.add(name));
    this.learn(associationRecord, key, value, ({ identity }, name) => identity === this.identity && this.ids.add(name));
    this.learn(sessionRecord, key, value, ({ identity }, name) => identity === this.identity && this.ids.add(name));
  }

  /** Whether the record of this key is one of those that are set aside. */
  has(key: string): boolean {
    const nameIn = (kind: { readonly prefix: string }): string | undefined => namesIn(kind, key)?.[0];
    const isIn = (names: ReadonlySet<string>, kind: { readonly prefix: string }): boolean => {
      const name = nameIn(kind);
      return name !== undefined && names.has(name);
    };
    return (
      ofEndpoints.some((kind) => isIn(this.endpoints, kind)) ||
      nameIn(clientSessionRecord) === this.identity ||
      [associationRecord, windowRecord, sessionRecord].some((kind) => isIn(this.ids, kind))
    );
  }

  private learn<T>(kind: RecordKind<T>, key: string, bytes: Uint8Array, take: (value: T, name: string) => void): void {
    const [name] = namesIn(kind, key) ?? [];
    if (name === undefined) return;
    const decoded = decodeKind(kind, this.aead, key, bytes);
    if ('value' in decoded) take(decoded.value, name);
  }
}

/** The identity in the id of a peer; names of listeners hold no bar. */
export function identityIn(peer: string): string {
  return peer.slice(peer.indexOf('|') + 1);
}
