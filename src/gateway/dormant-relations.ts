/**
 * What a start found of relations and their sequences, as it was kept: it is read when its device is needed. Most of a start would
 * be spent on that otherwise. Checked at once are checksums, versions, and what a start has to know: whose they are, and how old.
 *
 * Records lie side by side in slabs: as objects of their own they would take several times the memory.
 */
import type { PeerId } from '../base/address.ts';
import { utf8Encode, utf8Text } from '../base/bytes.ts';
import type { Monotonic } from '../base/instants.ts';
import { isFresh } from '../coap/freshness.ts';
import type { StoredRecord } from '../commit/commit.ts';
import type { ResourcePath } from '../lwm2m/path.ts';
import type { ReportRecord } from '../records/event-record.ts';
import { float, text } from '../records/reader.ts';
import { entriesOf, namesIn } from '../records/record-kind.ts';
import { type RelationRecord, relationRecord } from '../records/relation-record.ts';
import { type SequenceRecord, sequenceRecord } from '../records/sequence-record.ts';
import { type Relation, relationKey, relationName } from './observation.ts';
import { type Foundations, type Restored, restoreKind } from './part.ts';
import { bytesOf, type Piece, Slabs } from './slab.ts';

interface Dormant {
  readonly key: Piece;
  readonly value: Piece;
}

interface Newest {
  readonly sequence: number;
  readonly atUptimeMs: number;
}

export type LoggedNotification = Pick<ReportRecord, 'peer' | 'token' | 'observe' | 'atUptimeMs'>;

/** A relation as it stood, and how many notifications had come. */
export interface RestoredRelation {
  readonly relation: Relation;
  readonly received: number;
}

const relationEntries = ['askedAtUptimeMs', 'peer'];
const sequenceEntries = ['u'];

export class DormantRelations {
  private readonly byEndpoint = new Map<string, Dormant[]>();
  /** A relation that has ended may be with another peer than the one that is registered. */
  private readonly endpointsOf = new Map<PeerId, string | readonly string[]>();
  /** What the event log knows of those of a peer, oldest first. */
  youngOf: (peer: PeerId) => readonly LoggedNotification[] = () => [];
  private readonly slabs = new Slabs();
  private readonly foundations: Foundations;

  constructor(foundations: Foundations) {
    this.foundations = foundations;
  }

  /** Takes a record of either kind; undefined when it is of another. */
  restore(record: StoredRecord): Restored | undefined {
    const relation = namesIn(relationRecord, record.key);
    const [endpoint] = relation ?? namesIn(sequenceRecord, record.key) ?? [];
    if (endpoint === undefined) return undefined;
    const { key, value } = record;
    const read =
      relation === undefined
        ? entriesOf(sequenceRecord, key, value, sequenceEntries)
        : entriesOf(relationRecord, key, value, relationEntries);
    if ('why' in read) return { damaged: read.why };
    const atUptimeMs = float(read.entries, relation === undefined ? 'u' : 'askedAtUptimeMs');
    const peer = text(read.entries, 'peer');
    if (atUptimeMs === undefined || (relation !== undefined && peer === undefined)) return { damaged: 'malformed' };
    this.foundations.uptime.sawRecordOf(atUptimeMs);
    if (peer !== undefined) this.note(peer as PeerId, endpoint);
    const dormant = { key: this.slabs.add(utf8Encode(key)), value: this.slabs.add(value) };
    const ofDevice = this.byEndpoint.get(endpoint);
    if (ofDevice === undefined) this.byEndpoint.set(endpoint, [dormant]);
    else ofDevice.push(dormant);
    return 'ours';
  }

  /** The devices with relations to this peer that were not taken out yet. */
  ofPeer(peer: PeerId): readonly string[] {
    const found = this.endpointsOf.get(peer);
    return found === undefined ? [] : typeof found === 'string' ? [found] : found;
  }

  has(endpoint: string): boolean {
    return this.byEndpoint.has(endpoint);
  }

  /** Takes the relations of a device out, the youngest first; and the keys of what cannot be read after all. */
  take(endpoint: string): { readonly relations: readonly RestoredRelation[]; readonly unreadable: readonly string[] } {
    const taken = this.byEndpoint.get(endpoint) ?? [];
    this.byEndpoint.delete(endpoint);
    if (this.byEndpoint.size === 0) this.endpointsOf.clear();
    const relations: Relation[] = [];
    const sequences = new Map<string, SequenceRecord>();
    const unreadable: string[] = [];
    const { aead } = this.foundations;
    for (const dormant of taken) {
      const record = { key: utf8Text(bytesOf(dormant.key)), value: bytesOf(dormant.value) };
      const read =
        restoreKind(relationRecord, aead, record, ([, path = ''], value) => {
          relations.push(relationOf(endpoint, path as ResourcePath, value));
        }) ?? restoreKind(sequenceRecord, aead, record, (_names, value) => void sequences.set(record.key, value));
      if (read !== 'ours') unreadable.push(record.key);
    }
    relations.sort((a, b) => b.askedAtUptimeMs - a.askedAtUptimeMs);
    const logged = this.loggedOf(new Set(relations.map(({ peer }) => peer)));
    const restored = relations.map((relation) => {
      const kept = sequences.get(relationName(sequenceRecord, relation));
      return completed(relation, kept, logged.get(relationKey(relation.peer, relation.token)));
    });
    return { relations: restored, unreadable };
  }

  /** The newest that the event log knows of each relation of these peers. */
  private loggedOf(peers: ReadonlySet<PeerId>): ReadonlyMap<string, Newest> {
    const logged = new Map<string, Newest>();
    for (const peer of peers) {
      for (const { token, observe, atUptimeMs } of this.youngOf(peer)) {
        if (observe === undefined) continue;
        const key = relationKey(peer, token);
        const newest = { sequence: observe, atUptimeMs };
        if (isNewer(newest, logged.get(key))) logged.set(key, newest);
      }
    }
    return logged;
  }

  private note(peer: PeerId, endpoint: string): void {
    const known = this.ofPeer(peer);
    if (known.length === 0) this.endpointsOf.set(peer, endpoint);
    else if (!known.includes(endpoint)) this.endpointsOf.set(peer, [...known, endpoint]);
  }
}

/** With its newest notification, which the record of the sequence or the event log tells. */
function completed(relation: Relation, kept: SequenceRecord | undefined, logged: Newest | undefined): RestoredRelation {
  const newest = logged !== undefined && isNewer(logged, kept) ? logged : kept;
  relation.sequence = newest?.sequence;
  relation.sequenceAtUptimeMs = newest?.atUptimeMs;
  relation.keptAtUptimeMs = kept?.atUptimeMs;
  return { relation, received: kept?.received ?? 0 };
}

function relationOf(endpoint: string, path: ResourcePath, record: RelationRecord): Relation {
  const { peer, token, requestPath, query, accept, standing, ended, askedAtUptimeMs } = record;
  return {
    endpoint,
    path,
    peer: peer as PeerId,
    token,
    requestPath,
    query,
    accept,
    standing,
    ended,
    askedAtUptimeMs,
    sequence: undefined,
    sequenceAtUptimeMs: undefined,
    keptAtUptimeMs: undefined,
    isUnwritten: false,
  };
}

function isNewer({ sequence, atUptimeMs }: Newest, known: Newest | undefined): boolean {
  const youngest = known && { sequence: known.sequence, at: known.atUptimeMs as Monotonic };
  return isFresh({ sequence, at: atUptimeMs as Monotonic }, youngest);
}
