/**
 * What is wished of the devices, and which observations run (LwM2M 1.2 core 6.4, RFC 7641). A wish without a relation is asked
 * of the device after its Register or Update; its token is durable before the request leaves.
 *
 * Owns the records `wi/` (wish), `rl/` (relation) and `rq/` (newest sequence, soon). Limits: `observationsPerPeerMax` a device, or fewer.
 */
import type { PeerId } from '../base/address.ts';
import { equalBytes } from '../base/bytes.ts';
import { randomBytes } from '../base/entropy.ts';
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { CoapRequest } from '../coap/request.ts';
import type { CommitClass, StoredRecord } from '../commit/commit.ts';
import { observeRequest } from '../lwm2m/operations/read.ts';
import { writeAttributesRequest } from '../lwm2m/operations/write.ts';
import { comparePaths, type ResourcePath } from '../lwm2m/path.ts';
import { encodeKind, keyOf } from '../records/record-kind.ts';
import { relationRecord } from '../records/relation-record.ts';
import { sequenceRecord } from '../records/sequence-record.ts';
import { wishRecord } from '../records/wish-record.ts';
import { DormantRelations, type LoggedNotification } from './dormant-relations.ts';
import type { LateReading } from './late-reading.ts';
import {
  attributesOf,
  isUnfulfilled,
  newWish,
  type Relation,
  relationName,
  type Wish,
  type WishRequest,
} from './observation.ts';
import type { Foundations, Part, Restored } from './part.ts';
import { dialectOf, type Registration } from './registration.ts';
import type { Step } from './step.ts';

const tokenBytes = 8;
const noSequence = {
  sequence: undefined,
  sequenceAtUptimeMs: undefined,
  keptAtUptimeMs: undefined,
  isUnwritten: false,
};

/** What a notification says about its relation. */
export interface Notified {
  readonly response: { readonly observe: number | undefined };
  /** Then the event log has it. */
  readonly confirmable: boolean;
  readonly fresh: boolean;
}

export class Observations implements Part {
  private readonly wishes = new Map<string, Map<ResourcePath, Wish>>();
  /** Of one peer there are few: to look through them costs less than a text made of peer and token, and takes less memory. */
  private readonly byPeer = new Map<PeerId, Relation[]>();
  /** Those of devices that were not needed in this start yet. */
  private readonly dormant: DormantRelations;
  /** Woken, and not taken up by who talks to the devices. */
  private woken: Relation[] = [];
  /** Woken without a wish; and keys that could not be read after all. */
  private readonly orphans: Relation[] = [];
  private readonly unreadable: string[] = [];
  /** How many paths of one device may be observed. */
  readonly perPeerMax: number;
  private readonly foundations: Foundations;
  private readonly reading: LateReading;

  /** `reading`: how far what is kept of devices has been read. */
  constructor(foundations: Foundations, reading: LateReading, perPeerMax: number = limits.observationsPerPeerMax) {
    this.foundations = foundations;
    this.reading = reading;
    this.dormant = new DormantRelations(foundations);
    this.reading = reading;
    this.perPeerMax = perPeerMax;
  }

  wish(endpoint: string, path: ResourcePath): Wish | undefined {
    this.wake(endpoint);
    return this.wishes.get(endpoint)?.get(path);
  }

  /** The wishes of a device, in the order of their paths. */
  of(endpoint: string): readonly Wish[] {
    this.wake(endpoint);
    return [...(this.wishes.get(endpoint)?.values() ?? [])].sort((a, b) => comparePaths(a.path, b.path));
  }

  /** Those that are to be heard of within a time. What a start left of devices without any stays dormant. */
  hastened(endpoint: string): readonly Wish[] {
    if (this.dormant.has(endpoint) && !this.dormant.wishesOf(endpoint).isHastened) return [];
    return this.of(endpoint).filter((wish) => wish.pmaxSeconds !== undefined);
  }

  countOf(endpoint: string): number {
    return (this.wishes.get(endpoint)?.size ?? 0) + this.dormant.wishesOf(endpoint).count;
  }

  relation(peer: PeerId, token: Uint8Array): Relation | undefined {
    return this.byPeer.get(peer)?.find((relation) => equalBytes(relation.token, token));
  }

  /** A message of this peer came: what a start left of its relations counts from now on. */
  wakePeer(peer: PeerId): void {
    for (const endpoint of this.dormant.ofPeer(peer)) this.wake(endpoint);
  }

  /** Relations of earlier starts that count since the last call. Those that are nobody's go. */
  takeWoken(step: Step): readonly Relation[] {
    const { woken } = this;
    if (woken.length + this.orphans.length + this.unreadable.length === 0) return woken;
    this.woken = [];
    for (const orphan of this.orphans.splice(0)) this.drop(orphan, step);
    for (const key of this.unreadable.splice(0))
      step.tell({ kind: 'log', level: 'error', message: `the record ${key} cannot be read; it counts as lost` });
    return woken;
  }

  /** Takes a wish; undefined when the device has too many. Observing twice is one wish; `same`: nothing about it has changed. */
  take(
    request: WishRequest,
    step: Step,
  ): { readonly wish: Wish; readonly already: boolean; readonly same: boolean } | undefined {
    const found = this.wish(request.endpoint, request.path);
    if (found === undefined && this.countOf(request.endpoint) >= this.perPeerMax) return undefined;
    const saysNothing = request.pminSeconds === undefined && request.pmaxSeconds === undefined;
    const same = found?.pminSeconds === request.pminSeconds && found?.pmaxSeconds === request.pmaxSeconds;
    if (found !== undefined && (same || saysNothing)) return { wish: found, already: true, same: true };
    const wish = found ?? newWish(request);
    wish.pminSeconds = request.pminSeconds;
    wish.pmaxSeconds = request.pmaxSeconds;
    this.keepWish(wish);
    const key = keyOf(wishRecord, wish.endpoint, wish.path);
    step.put('before-ack', key, encodeKind(wishRecord, this.foundations.aead, key, request));
    return { wish, already: found !== undefined, same: false };
  }

  /** Withdraws a wish and returns the relation that is to be cancelled, if one runs. */
  withdraw(wish: Wish, step: Step): Relation | undefined {
    const ofDevice = this.wishes.get(wish.endpoint);
    ofDevice?.delete(wish.path);
    if (ofDevice?.size === 0) this.wishes.delete(wish.endpoint);
    step.remove('before-ack', keyOf(wishRecord, wish.endpoint, wish.path));
    for (const former of wish.formers) this.drop(former, step);
    if (wish.relation !== undefined) this.drop(wish.relation, step);
    return wish.relation;
  }

  /** Whether something is wished of the device that no relation fulfils. */
  wantsOf(endpoint: string): boolean {
    return this.of(endpoint).some(isUnfulfilled);
  }

  /** Asks the device for every wish that no relation fulfils. */
  fulfil(registration: Registration, step: Step): void {
    for (const wish of this.of(registration.endpoint)) if (isUnfulfilled(wish)) this.start(wish, registration, step);
  }

  /** Asks the device for one wish. The request leaves after the commit that holds its token. */
  start(wish: Wish, registration: Registration, step: Step): Relation {
    const relation = this.unanswered(wish, registration) ?? this.newRelation(wish, registration, step);
    wish.relation = relation;
    wish.refusedWith = undefined;
    const { endpoint, path, peer, token } = relation;
    const attributes = attributesOf(wish);
    if (attributes !== undefined && registration.request.version !== '1.2') {
      const request = writeAttributesRequest(dialectOf(registration), path, attributes);
      step.afterCommit(peer, { kind: 'request', peer, request, purpose: { kind: 'attributes', endpoint, path } });
    }
    const request: CoapRequest = { ...relationRequest(relation), observe: 0 };
    const purpose = { kind: 'observe', endpoint, path, token } as const;
    step.afterCommit(peer, { kind: 'request', peer, request, token, purpose });
    return relation;
  }

  /**
   * The device has answered that it observes, or notified over the relation: its predecessors go. One that a restart took for
   * unanswered, and that runs after all, is the one of the wish again.
   */
  stands(
    relation: Relation,
    commitClass: CommitClass,
    step: Step,
    wish = this.wish(relation.endpoint, relation.path),
  ): void {
    const wasStanding = relation.standing;
    relation.standing = true;
    // Losing this mark costs one more request after the next start, and what the device still repeats over the old token.
    if (!wasStanding) this.writeRelation(relation, commitClass, step);
    if (wish === undefined || (wish.relation === relation && wish.formers.length === 0)) return;
    const runsAfterAll = wish.relation === undefined && wish.formers[0] === relation && !relation.ended;
    if (runsAfterAll) wish.relation = relation;
    if (wish.relation !== relation) return;
    for (const former of wish.formers) if (former !== relation) this.drop(former, step);
    wish.formers = [];
  }

  /** The device does not observe (any more). The wish stays; it is asked again at the next Register. */
  over(relation: Relation, refusedWith: string | undefined, step: Step): void {
    const wish = this.wish(relation.endpoint, relation.path);
    if (wish?.relation === relation) {
      wish.relation = undefined;
      wish.refusedWith = refusedWith;
    }
    if (wish !== undefined) wish.formers = wish.formers.filter((former) => former !== relation);
    this.drop(relation, step);
  }

  /** A Register ends all relations; the tokens still count until the new ones stand. */
  registered(endpoint: string, step: Step): void {
    for (const wish of this.of(endpoint)) {
      wish.refusedWith = undefined;
      if (wish.relation !== undefined) this.retire(wish, wish.relation, step);
      wish.relation = undefined;
      for (const former of wish.formers) {
        if (former.ended) continue;
        former.ended = true;
        this.writeRelation(former, 'before-ack', step);
      }
    }
  }

  /** The device is gone: its wishes wait for the next Register. */
  unregistered(endpoint: string, step: Step): void {
    for (const wish of this.of(endpoint)) {
      for (const relation of [wish.relation, ...wish.formers]) if (relation !== undefined) this.drop(relation, step);
      wish.relation = undefined;
      wish.formers = [];
    }
  }

  /**
   * A notification came over a relation. Only a fresh one changes what is the newest. Of a confirmable one the event log keeps the
   * number as long as it means anything; the count beside it is written now and then.
   */
  notified(
    relation: Relation,
    { response, confirmable, fresh }: Notified,
    step: Step,
    wish = this.wish(relation.endpoint, relation.path),
  ): Wish | undefined {
    if (wish !== undefined) wish.received++;
    if (!fresh) return wish;
    const atUptimeMs = this.foundations.uptime.at(step.now);
    relation.sequence = response.observe;
    relation.sequenceAtUptimeMs = atUptimeMs;
    if (wish !== undefined) wish.receivedAt = step.now.monotonic;
    const isKept = atUptimeMs - (relation.keptAtUptimeMs ?? Number.NEGATIVE_INFINITY) < limits.sequenceStaleMsMax;
    relation.isUnwritten = confirmable && isKept;
    if (!relation.isUnwritten) this.writeSequence(relation, step);
    return wish;
  }

  /** At a clean stop: what was written only now and then. */
  writeAllSequences(step: Step): void {
    for (const relations of this.byPeer.values())
      for (const relation of relations) if (relation.isUnwritten) this.writeSequence(relation, step);
  }

  /** At a start: young events of the event log, by peer, tell the newest notification of each relation. */
  sawLogged(youngOf: (peer: PeerId) => readonly LoggedNotification[]): void {
    this.dormant.youngOf = youngOf;
  }

  restore(record: StoredRecord): Restored {
    return this.dormant.restore(record) ?? 'foreign';
  }

  restored(_step: Step): void {}

  advance(_step: Step): void {}

  nextDeadline(): { at: Monotonic; reason: string } | undefined {
    return undefined;
  }

  /** Takes up what a start left of the relations of a device, if that was not done yet. */
  private wake(endpoint: string): void {
    if (!this.dormant.has(endpoint) || !this.reading.isRead(endpoint)) return;
    const { wishes, relations, unreadable } = this.dormant.take(endpoint);
    this.unreadable.push(...unreadable);
    for (const wish of wishes) this.keepWish(newWish(wish));
    for (const { relation, received } of relations) {
      const wish = this.wishes.get(endpoint)?.get(relation.path);
      if (wish === undefined) {
        this.orphans.push(relation);
        continue;
      }
      wish.received = Math.max(wish.received, received);
      // One that was asked for and not answered is asked for again; should it run, it counts until the new one stands.
      const isYoungest = wish.relation === undefined && wish.formers.length === 0;
      if (isYoungest && relation.standing && !relation.ended) wish.relation = relation;
      else wish.formers = [...wish.formers, relation];
      this.keepRelation(relation);
      this.woken.push(relation);
    }
  }

  private writeSequence(relation: Relation, step: Step): void {
    const { sequence, sequenceAtUptimeMs: atUptimeMs } = relation;
    if (sequence === undefined || atUptimeMs === undefined) return;
    relation.keptAtUptimeMs = atUptimeMs;
    const key = relationName(sequenceRecord, relation);
    const received = this.wish(relation.endpoint, relation.path)?.received ?? 0;
    step.put('soon', key, encodeKind(sequenceRecord, this.foundations.aead, key, { sequence, atUptimeMs, received }));
  }

  private keepWish(wish: Wish): void {
    const ofDevice = this.wishes.get(wish.endpoint) ?? new Map<ResourcePath, Wish>();
    this.wishes.set(wish.endpoint, ofDevice);
    ofDevice.set(wish.path, wish);
  }

  private keepRelation(relation: Relation): void {
    const ofPeer = this.byPeer.get(relation.peer);
    if (ofPeer === undefined) this.byPeer.set(relation.peer, [relation]);
    else ofPeer.push(relation);
  }

  /** The relation is no more, and its token means nothing from now on: what kept it would grow with every Register. */
  private drop(relation: Relation, step: Step): void {
    const { peer, token } = relation;
    const others = this.byPeer.get(peer)?.filter((other) => other !== relation) ?? [];
    if (others.length > 0) this.byPeer.set(peer, others);
    else this.byPeer.delete(peer);
    step.afterCommit(peer, { kind: 'forget-token', peer, token });
    step.remove('before-ack', relationName(relationRecord, relation));
    step.remove('soon', relationName(sequenceRecord, relation));
  }

  /**
   * What was asked for and not answered when the power went is asked for once more with the same token: if the device observes
   * already this refreshes it (RFC 7641 section 3.1), and nothing that it repeats meanwhile is unknown.
   */
  private unanswered(wish: Wish, registration: Registration): Relation | undefined {
    const youngest = wish.formers[0];
    if (youngest === undefined || youngest.standing || youngest.ended) return undefined;
    if (wish.relation !== undefined || youngest.peer !== registration.peer) return undefined;
    wish.formers = wish.formers.slice(1);
    return youngest;
  }

  private newRelation(wish: Wish, registration: Registration, step: Step): Relation {
    const { endpoint, path } = wish;
    const { peer } = registration;
    const asked = observeRequest(dialectOf(registration), path, attributesOf(wish));
    const { path: requestPath, query = [], accept } = asked;
    const token = randomBytes(this.foundations.entropy, tokenBytes);
    const askedAtUptimeMs = this.foundations.uptime.at(step.now);
    const names = { endpoint, path, peer, token, requestPath, query, accept };
    const relation = { ...names, standing: false, ended: false, askedAtUptimeMs, ...noSequence };
    if (wish.relation !== undefined) this.retire(wish, wish.relation, step);
    this.keepRelation(relation);
    this.writeRelation(relation, 'before-ack', step);
    return relation;
  }

  /** A newer relation is asked for: this one counts until that stands. */
  private retire(wish: Wish, relation: Relation, step: Step): void {
    wish.formers = [relation, ...wish.formers];
    for (const oldest of wish.formers.slice(limits.formerRelationsMax)) this.drop(oldest, step);
    wish.formers = wish.formers.slice(0, limits.formerRelationsMax);
  }

  private writeRelation(relation: Relation, commitClass: CommitClass, step: Step): void {
    const key = relationName(relationRecord, relation);
    const { peer, token, standing, ended, askedAtUptimeMs, requestPath, query, accept } = relation;
    const record = { peer, token, standing, ended, askedAtUptimeMs, requestPath, query, accept };
    step.put(commitClass, key, encodeKind(relationRecord, this.foundations.aead, key, record));
  }
}

/** The key of the record of a relation. */
export function relationRecordKey(relation: Relation): string {
  return relationName(relationRecord, relation);
}

/** The request that started an observation, without its Observe option (RFC 7641 section 3.6: a cancellation repeats it). */
export function relationRequest(relation: Relation): CoapRequest & { readonly query: readonly string[] } {
  const { requestPath, query, accept } = relation;
  return { method: 'GET', path: requestPath, query, ...(accept === undefined ? {} : { accept }) };
}
