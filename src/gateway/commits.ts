/**
 * What waits for a commit. An action waits for the commit of its own step, and for the last pending one of its peer: answers
 * of a peer leave in commit order, and nothing overtakes what it depends on. So acknowledging before storing cannot be written.
 *
 * Limits: `commitsPendingMax`; beyond it the gateway refuses new input that would need a commit.
 */
import type { PeerId } from '../base/address.ts';
import { assert } from '../base/assert.ts';
import { limits } from '../base/limits.ts';
import type { Commit, CommitClass, CommitId } from '../commit/commit.ts';
import type { Action } from './action.ts';
import type { Outcome } from './contract.ts';
import type { Dependent, Step } from './step.ts';

interface Pending {
  readonly id: CommitId;
  readonly dependents: Dependent[];
}

export class Commits {
  private lastId = 0 as CommitId;
  private durable = 0 as CommitId;
  private pending: Pending[] = [];
  private readonly lastOfPeer = new Map<PeerId, CommitId>();

  get isFull(): boolean {
    return this.pending.length >= limits.commitsPendingMax;
  }

  get waiting(): number {
    return this.pending.length;
  }

  /**
   * Ends a step: carries out what waits for nothing, keeps the rest, and returns the outcome. `complete` adds to each commit what
   * goes with its writes; `window` does so to the first one.
   */
  finish(
    step: Step,
    window: (step: Step, commitClass: CommitClass) => void,
    complete: (step: Step, commitClass: CommitClass) => void,
    carryOut: (action: Action) => void,
  ): Outcome {
    const commits: Commit[] = [];
    for (;;) {
      for (let action = step.takeFirst(); action !== undefined; action = step.takeFirst()) carryOut(action);
      const commit = this.takeCommit(step, 'before-ack', window, complete);
      if (commit !== undefined) {
        commits.push(commit);
        this.pending.push({ id: commit.id, dependents: [] });
      }
      const dependents = step.takeDependents();
      if (commit === undefined && dependents.length === 0) break;
      for (const dependent of dependents) this.keepOrCarryOut(dependent, commit?.id, carryOut);
    }
    // The windows went with the commit before it, if there is one: that is never durable later.
    const soon = this.takeCommit(step, 'soon', commits.length > 0 ? () => {} : window, complete);
    if (soon !== undefined) commits.push(soon);
    return { commits, send: step.send, events: step.events };
  }

  /** Takes out what waited for commits up to `upTo`, in commit order. */
  release(upTo: CommitId): readonly Action[] {
    assert(upTo <= this.lastId, 'only a commit that was made can be durable');
    if (upTo > this.durable) this.durable = upTo;
    const at = this.pending.findIndex((pending) => pending.id > this.durable);
    const released = at < 0 ? this.pending.splice(0) : this.pending.splice(0, at);
    const actions: Action[] = [];
    for (const { dependents } of released) {
      for (const { peer, action } of dependents) {
        actions.push(action);
        if (peer !== undefined && (this.lastOfPeer.get(peer) ?? 0) <= this.durable) this.lastOfPeer.delete(peer);
      }
    }
    return actions;
  }

  private takeCommit(
    step: Step,
    commitClass: CommitClass,
    window: (step: Step, commitClass: CommitClass) => void,
    complete: (step: Step, commitClass: CommitClass) => void,
  ): Commit | undefined {
    if (!step.hasWrites(commitClass)) return undefined;
    window(step, commitClass);
    complete(step, commitClass);
    this.lastId = (this.lastId + 1) as CommitId;
    return { id: this.lastId, class: commitClass, writes: step.takeWrites(commitClass) };
  }

  private keepOrCarryOut(dependent: Dependent, own: CommitId | undefined, carryOut: (action: Action) => void): void {
    const { peer } = dependent;
    const ofPeer = peer === undefined ? undefined : this.lastOfPeer.get(peer);
    const waitsFor = own ?? (ofPeer !== undefined && ofPeer > this.durable ? ofPeer : undefined);
    if (waitsFor === undefined) return carryOut(dependent.action);
    const pending = this.pendingOf(waitsFor);
    assert(pending !== undefined, 'an action waits for a commit that is pending');
    pending.dependents.push(dependent);
    if (peer !== undefined && ofPeer !== waitsFor) this.lastOfPeer.set(peer, waitsFor);
  }

  /** Nearly always the newest: thousands may be pending. */
  private pendingOf(id: CommitId): Pending | undefined {
    const newest = this.pending.at(-1);
    return newest?.id === id ? newest : this.pending.findLast((candidate) => candidate.id === id);
  }
}
