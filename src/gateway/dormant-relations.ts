/**
 * What a start found of wishes, relations and their sequences, as it was kept: it is read when its device is needed. Most of a start
 * would be spent on that otherwise. Checked at once are checksums, versions, and what a start has to know: whose they are, how old,
 * how many are wished, and whether one is to be heard of within a time.
 *
 * As objects of their own they would take several times the memory.
 */
import type { PeerId } from '../base/address.ts';
import type { Monotonic } from '../base/instants.ts';
import { isFresh } from '../coap/freshness.ts';
import type { StoredRecord } from '../commit/commit.ts';
import type { ResourcePath } from '../lwm2m/path.ts';
import type { ReportRecord } from '../records/event-record.ts';
import { float, isAbsent, text } from '../records/reader.ts';
import { entriesOf } from '../records/record-kind.ts';
import { type RelationRecord, relationRecord } from '../records/relation-record.ts';
import { type SequenceRecord, sequenceRecord } from '../records/sequence-record.ts';
import { wishRecord } from '../records/wish-record.ts';
import { type Relation, relationKey, relationName, type WishRequest } from './observation.ts';
import { type Foundations, type Restored, restoreKind } from './part.ts';
import { RecordRuns } from './record-runs.ts';

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
const wishEntries = ['pmaxSeconds'];

interface DormantWishes {
  readonly count: number;
  /** One of them is to be heard of within a time. */
  readonly isHastened: boolean;
}

const noWishes: DormantWishes = { count: 0, isHastened: false };

export class DormantRelations {
  private readonly byEndpoint = new RecordRuns();
  private readonly wishes = new Map<string, DormantWishes>();
  /** A relation that has ended may be with another peer than the one that is registered. */
  private readonly endpointsOf = new Map<PeerId, string | readonly string[]>();
  /** What the event log knows of those of a peer, oldest first. */
  youngOf: (peer: PeerId) => readonly LoggedNotification[] = () => [];
  private readonly foundations: Foundations;

  constructor(foundations: Foundations) {
    this.foundations = foundations;
  }

  /** Takes a record of one of the kinds; undefined when it is of another. */
  restore(record: StoredRecord): Restored | undefined {
    const { key } = record;
    const damaged = key.startsWith(wishRecord.prefix)
      ? this.restoreWish(record)
      : key.startsWith(relationRecord.prefix)
        ? this.restoreRelation(record)
        : key.startsWith(sequenceRecord.prefix)
          ? this.restoreSequence(record)
          : 'foreign';
    if (damaged === 'foreign') return undefined;
    if (damaged !== undefined) return { damaged };
    this.byEndpoint.add(endpointIn(key), record);
    return 'ours';
  }

  private restoreWish({ key, value }: StoredRecord): string | undefined {
    const read = entriesOf(wishRecord, key, value, wishEntries);
    if ('why' in read) return read.why;
    const endpoint = endpointIn(key);
    const { count, isHastened } = this.wishesOf(endpoint);
    this.wishes.set(endpoint, { count: count + 1, isHastened: isHastened || !isAbsent(read.entries, 'pmaxSeconds') });
    return undefined;
  }

  private restoreRelation({ key, value }: StoredRecord): string | undefined {
    const read = entriesOf(relationRecord, key, value, relationEntries);
    if ('why' in read) return read.why;
    const atUptimeMs = float(read.entries, 'askedAtUptimeMs');
    const peer = text(read.entries, 'peer');
    if (atUptimeMs === undefined || peer === undefined) return 'malformed';
    this.foundations.uptime.sawRecordOf(atUptimeMs);
    this.note(peer as PeerId, endpointIn(key));
    return undefined;
  }

  private restoreSequence({ key, value }: StoredRecord): string | undefined {
    const read = entriesOf(sequenceRecord, key, value, sequenceEntries);
    if ('why' in read) return read.why;
    const atUptimeMs = float(read.entries, 'u');
    if (atUptimeMs === undefined) return 'malformed';
    this.foundations.uptime.sawRecordOf(atUptimeMs);
    return undefined;
  }

  wishesOf(endpoint: string): DormantWishes {
    return this.wishes.get(endpoint) ?? noWishes;
  }

  /** The devices with relations to this peer that were not taken out yet. */
  ofPeer(peer: PeerId): readonly string[] {
    const found = this.endpointsOf.get(peer);
    return found === undefined ? [] : typeof found === 'string' ? [found] : found;
  }

  has(endpoint: string): boolean {
    return this.byEndpoint.has(endpoint);
  }

  /** Takes out what is wished of a device, its relations, the youngest first; and the keys of what cannot be read after all. */
  take(endpoint: string): {
    readonly wishes: readonly WishRequest[];
    readonly relations: readonly RestoredRelation[];
    readonly unreadable: readonly string[];
  } {
    const taken = this.byEndpoint.take(endpoint);
    this.wishes.delete(endpoint);
    const wishes: WishRequest[] = [];
    if (this.byEndpoint.size === 0) this.endpointsOf.clear();
    const relations: Relation[] = [];
    const sequences = new Map<string, SequenceRecord>();
    const unreadable: string[] = [];
    const { aead } = this.foundations;
    for (const record of taken) {
      const read =
        restoreKind(wishRecord, aead, record, ([, path = ''], value) => {
          wishes.push({ endpoint, path: path as ResourcePath, ...value });
        }) ??
        restoreKind(relationRecord, aead, record, ([, path = ''], value) => {
          relations.push(relationOf(endpoint, path as ResourcePath, value));
        }) ??
        restoreKind(sequenceRecord, aead, record, (_names, value) => void sequences.set(record.key, value));
      if (read !== 'ours') unreadable.push(record.key);
    }
    relations.sort((a, b) => b.askedAtUptimeMs - a.askedAtUptimeMs);
    const logged = this.loggedOf(new Set(relations.map(({ peer }) => peer)));
    const restored = relations.map((relation) => {
      const kept = sequences.get(relationName(sequenceRecord, relation));
      return completed(relation, kept, logged.get(relationKey(relation.peer, relation.token)));
    });
    return { wishes, relations: restored, unreadable };
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

/** Which device a key of these kinds is of. */
function endpointIn(key: string): string {
  const from = key.indexOf('/') + 1;
  const name = key.slice(from, key.indexOf('/', from));
  return name.includes('%') ? decodeURIComponent(name) : name;
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
