/**
 * The operations that are known: open ones by device, in the order in which they are sent, and those that are over, for whoever
 * looks them up later. Owns the records `op/`; an operation that only follows a wish has none.
 *
 * Limits: `operationsOpenMax` and `operationsQueuedPerPeerMax` (or fewer) open ones, in all and of a device; `operationsOverMax`
 * and `operationsOverPerPeerMax` that are over. Of those the oldest make room, those in doubt last: somebody is to look at them.
 */
import type { PeerId } from '../base/address.ts';
import { toHex } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import type { CommitClass, StoredRecord } from '../commit/commit.ts';
import { operationName, operationRecord } from '../records/operation-record.ts';
import { encodeKind, keyOf } from '../records/record-kind.ts';
import { isFinal, isOwn, type Operation } from './operation.ts';
import { operationOf, recordOf } from './operation-form.ts';
import { type Foundations, type Restored, restoreKind } from './part.ts';
import type { Step } from './step.ts';

export class OperationList {
  private readonly operations = new Map<number, Operation>();
  /** What is not final, by endpoint, in order. */
  private readonly open = new Map<string, Operation[]>();
  /** What is, the longest ago first; in all, and by endpoint. */
  private readonly over = new Set<Operation>();
  private readonly overOf = new Map<string, Set<Operation>>();
  private readonly foundations: Foundations;
  /** By peer and token: whose late answer still counts. */
  private readonly awaited = new Map<string, Operation>();

  constructor(foundations: Foundations) {
    this.foundations = foundations;
  }

  get(id: number): Operation | undefined {
    return this.operations.get(id);
  }

  openOf(endpoint: string): readonly Operation[] {
    return this.open.get(endpoint) ?? [];
  }

  get openCount(): number {
    return this.operations.size - this.over.size;
  }

  /** All of them, oldest first. */
  [Symbol.iterator](): IterableIterator<Operation> {
    return this.operations.values();
  }

  counts(): { readonly queued: number; readonly sent: number; readonly inDoubt: number } {
    const counts = { queued: 0, sent: 0, inDoubt: 0 };
    for (const operations of this.open.values()) {
      for (const { state } of operations) state === 'queued' ? counts.queued++ : counts.sent++;
    }
    for (const { state } of this.over) if (state === 'in-doubt') counts.inDoubt++;
    return counts;
  }

  /** Takes an operation in: last of its device. */
  add(operation: Operation): void {
    this.operations.set(operation.id, operation);
    this.place(operation);
  }

  /** Its state has become final, or is not final any more. */
  moved(operation: Operation, step: Step): void {
    this.takeOut(operation);
    this.place(operation);
    if (isFinal(operation.state)) this.makeRoom(operation, step);
  }

  /** A late answer with this token is the operation's. */
  awaitLate(operation: Operation, peer: PeerId, token: Uint8Array): void {
    const key = awaitedKey(peer, token);
    this.awaited.set(key, operation);
    operation.awaited.push(key);
  }

  /** Whose answer this is; no other one is expected under its token. */
  takeLate(peer: PeerId, token: Uint8Array): Operation | undefined {
    const key = awaitedKey(peer, token);
    const operation = this.awaited.get(key);
    this.awaited.delete(key);
    return operation;
  }

  /** Its answer is there. */
  awaitNoMore(operation: Operation): void {
    for (const key of operation.awaited) this.awaited.delete(key);
    operation.awaited.length = 0;
  }

  write(operation: Operation, commitClass: CommitClass, step: Step): void {
    if (!isOwn(operation) || !operation.isDurable) return;
    const key = keyOf(operationRecord, operationName(operation.id));
    step.put(commitClass, key, encodeKind(operationRecord, this.foundations.aead, key, recordOf(operation)));
  }

  restore(record: StoredRecord): Restored {
    const { aead, uptime } = this.foundations;
    let isMadeOut = true;
    const taken = restoreKind(operationRecord, aead, record, ([name = ''], value) => {
      const { acceptedAtUptimeMs, acceptedAtWall, message, end } = value;
      uptime.sawRecordOf(end?.atUptimeMs ?? message?.atUptimeMs ?? acceptedAtUptimeMs);
      uptime.sawRecordAt(acceptedAtWall, acceptedAtUptimeMs);
      if (message !== undefined) uptime.sawRecordAt(message.atWall, message.atUptimeMs);
      const operation = operationOf(Number(name), value);
      if (operation === undefined) isMadeOut = false;
      else this.operations.set(operation.id, operation);
    });
    return isMadeOut ? (taken ?? 'foreign') : { damaged: 'malformed' };
  }

  /** Every record was handed over. */
  restored(): void {
    const inOrder = [...this.operations.values()].sort((a, b) => a.id - b.id);
    this.operations.clear();
    for (const operation of inOrder) this.operations.set(operation.id, operation);
    const open = inOrder.filter(({ state }) => !isFinal(state));
    const over = inOrder.filter(({ state }) => isFinal(state));
    over.sort((a, b) => (a.endedAtUptimeMs ?? 0) - (b.endedAtUptimeMs ?? 0));
    for (const operation of [...open, ...over]) this.place(operation);
  }

  private place(operation: Operation): void {
    const { endpoint, state } = operation;
    if (!isFinal(state)) {
      const others = this.openOf(endpoint).filter((other) => other !== operation);
      this.open.set(
        endpoint,
        [...others, operation].sort((a, b) => a.id - b.id),
      );
      return;
    }
    this.over.add(operation);
    const ofDevice = this.overOf.get(endpoint) ?? new Set<Operation>();
    this.overOf.set(endpoint, ofDevice.add(operation));
  }

  private takeOut(operation: Operation): void {
    const { endpoint } = operation;
    this.over.delete(operation);
    const ofDevice = this.overOf.get(endpoint);
    ofDevice?.delete(operation);
    if (ofDevice?.size === 0) this.overOf.delete(endpoint);
    const open = this.openOf(endpoint).filter((other) => other !== operation);
    if (open.length > 0) this.open.set(endpoint, open);
    else this.open.delete(endpoint);
  }

  /** One has ended: another one may have to go. */
  private makeRoom({ endpoint }: Operation, step: Step): void {
    const ofDevice = this.overOf.get(endpoint);
    if (ofDevice !== undefined && ofDevice.size > limits.operationsOverPerPeerMax) this.forget(oldest(ofDevice), step);
    if (this.over.size > limits.operationsOverMax) this.forget(oldest(this.over), step);
  }

  private forget(operation: Operation, step: Step): void {
    if (operation.state === 'in-doubt') {
      const message = `operation ${operation.id} was in doubt, and made room for younger ones`;
      step.tell({ kind: 'log', level: 'warn', message, peer: operation.endpoint });
    }
    this.takeOut(operation);
    this.awaitNoMore(operation);
    this.operations.delete(operation.id);
    if (operation.isDurable) step.remove('soon', keyOf(operationRecord, operationName(operation.id)));
  }
}

function awaitedKey(peer: PeerId, token: Uint8Array): string {
  return `${peer}|${toHex(token)}`;
}

/** The one that makes room first. */
function oldest(operations: ReadonlySet<Operation>): Operation {
  let first: Operation | undefined;
  for (const operation of operations) {
    if (operation.state !== 'in-doubt') return operation;
    first ??= operation;
  }
  return first as Operation;
}
