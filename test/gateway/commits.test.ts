/** What waits for a commit leaves after it, and of one peer in order, whatever is durable when. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PeerId } from '../../src/base/address.ts';
import type { Monotonic, Now, Wall } from '../../src/base/instants.ts';
import { limits } from '../../src/base/limits.ts';
import type { CommitId } from '../../src/commit/commit.ts';
import type { Action } from '../../src/gateway/action.ts';
import { Commits } from '../../src/gateway/commits.ts';
import type { Outcome } from '../../src/gateway/contract.ts';
import { Step } from '../../src/gateway/step.ts';

const [a, b] = ['field|a', 'field|b'] as [PeerId, PeerId];
const now: Now = { monotonic: 0 as Monotonic, wall: 0 as Wall, wallTrusted: false };

test('what waits for nothing is carried out at once', () => {
  const run = new Run();
  const outcome = run.step((step) => step.afterCommit(a, named('1')));
  assert.deepEqual(run.done, ['1']);
  assert.deepEqual(outcome.commits, []);
});

test('what goes with writes waits for their commit', () => {
  const run = new Run();
  const { commits } = run.step((step) => {
    step.put('before-ack', 'k', Uint8Array.of(1));
    step.afterCommit(a, named('1'));
  });
  assert.deepEqual(
    commits.map(({ id, class: commitClass, writes }) => [id, commitClass, writes.map(({ key }) => key)]),
    [[1, 'before-ack', ['k', 'window']]],
  );
  assert.deepEqual(run.done, []);
  run.release(1);
  assert.deepEqual(run.done, ['1']);
});

test('the windows of a step that writes in both classes go once, with the stronger', () => {
  const { commits } = new Run().step((step) => {
    step.put('before-ack', 'k', Uint8Array.of(1));
    step.put('soon', 's', Uint8Array.of(2));
  });
  assert.deepEqual(
    commits.map(({ class: commitClass, writes }) => [commitClass, writes.map(({ key }) => key)]),
    [
      ['before-ack', ['k', 'window']],
      ['soon', ['s']],
    ],
  );
});

test('a write that may be lost holds nothing up', () => {
  const run = new Run();
  const { commits } = run.step((step) => {
    step.put('soon', 'k', Uint8Array.of(1));
    step.afterCommit(a, named('1'));
  });
  assert.deepEqual(
    commits.map(({ class: commitClass }) => commitClass),
    ['soon'],
  );
  assert.deepEqual(run.done, ['1']);
});

test('an answer that needs no commit does not overtake one of its peer that does', () => {
  const run = new Run();
  run.step((step) => {
    step.put('before-ack', 'k', Uint8Array.of(1));
    step.afterCommit(a, named('1'));
  });
  run.step((step) => step.afterCommit(a, named('2')));
  run.step((step) => step.afterCommit(b, named('other peer')));
  run.step((step) => step.afterCommit(undefined, named('no peer')));
  assert.deepEqual(run.done, ['other peer', 'no peer']);
  run.release(1);
  assert.deepEqual(run.done.slice(2), ['1', '2']);
});

test('what waited for two commits leaves after the second', () => {
  const run = new Run();
  for (const name of ['1', '2']) {
    run.step((step) => {
      step.put('before-ack', name, Uint8Array.of(1));
      step.afterCommit(a, named(name));
    });
  }
  run.step((step) => step.afterCommit(a, named('3')));
  run.release(1);
  assert.deepEqual(run.done, ['1']);
  run.step((step) => step.afterCommit(a, named('4')));
  assert.deepEqual(run.done, ['1']);
  run.release(2);
  assert.deepEqual(run.done, ['1', '2', '3', '4']);
});

test('a commit with nothing of a peer holds him up no longer than its own', () => {
  const run = new Run();
  run.step((step) => {
    step.put('before-ack', 'k', Uint8Array.of(1));
    step.afterCommit(a, named('1'));
  });
  run.step((step) => step.put('before-ack', 'of somebody else', Uint8Array.of(1)));
  run.release(1);
  run.step((step) => step.afterCommit(a, named('2')));
  assert.deepEqual(run.done, ['1', '2']);
  assert.equal(run.commits.waiting, 1);
});

test('what an action writes has a commit of its own, for which its own followers wait', () => {
  const run = new Run();
  run.effects.set('1', (step) => {
    step.put('before-ack', 'k', Uint8Array.of(1));
    step.afterCommit(a, named('2'));
  });
  const outcome = run.step((step) => step.afterCommit(a, named('1')));
  assert.deepEqual(run.done, ['1']);
  assert.deepEqual(
    outcome.commits.map(({ id }) => id),
    [1],
  );
  run.release(1);
  assert.deepEqual(run.done, ['1', '2']);
});

test('a value that one step writes in both classes goes with the stronger, as it was last', () => {
  const run = new Run();
  const { commits } = run.step((step) => {
    step.put('soon', 'k', Uint8Array.of(1));
    step.put('before-ack', 'k', Uint8Array.of(2));
    step.remove('soon', 'k');
  });
  assert.deepEqual(
    commits.map(({ class: commitClass, writes }) => [commitClass, writes[0]]),
    [['before-ack', { key: 'k', value: undefined }]],
  );
});

test('only what was made can be durable', () => {
  const run = new Run();
  run.step((step) => step.put('before-ack', 'k', Uint8Array.of(1)));
  assert.throws(() => run.release(2));
});

test('it is full at its limit, and no longer when something is durable', () => {
  const run = new Run();
  for (let i = 0; i < limits.commitsPendingMax; i++) {
    assert.equal(run.commits.isFull, false);
    run.step((step) => step.put('before-ack', 'k', Uint8Array.of(1)));
  }
  assert.equal(run.commits.isFull, true);
  run.release(1);
  assert.equal(run.commits.isFull, false);
});

test('a peer that has nothing waiting is not held in mind', () => {
  const run = new Run();
  for (let i = 1; i <= 100; i++) {
    run.step((step) => {
      step.put('before-ack', 'k', Uint8Array.of(1));
      step.afterCommit(`field|${i}` as PeerId, named('x'));
    });
    run.release(i);
  }
  const { lastOfPeer } = run.commits as unknown as { lastOfPeer: Map<PeerId, unknown> };
  assert.equal(lastOfPeer.size, 0);
});

test('nothing leaves before its commit, nothing overtakes, nothing is forgotten', () => {
  const peer = fc.constantFrom(a, b, undefined);
  const verb = fc.oneof(
    fc.record({ verb: fc.constant('step' as const), writes: fc.boolean(), peers: fc.array(peer, { maxLength: 3 }) }),
    fc.record({ verb: fc.constant('release' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  );
  fc.assert(
    fc.property(fc.array(verb, { maxLength: 80, size: 'max' }), (verbs) => {
      const run = new Run();
      const made: { name: string; peer: PeerId | undefined; commit: number }[] = [];
      let lastCommit = 0;
      let durable = 0;
      for (const [at, step] of verbs.entries()) {
        if (step.verb === 'release') {
          durable += Math.round(step.share * (lastCommit - durable));
          run.release(durable);
        } else {
          const commit = step.writes ? ++lastCommit : 0;
          const own = step.peers.map((one, i) => ({ name: `${at}.${i}`, peer: one, commit }));
          made.push(...own);
          run.step((taken) => {
            if (step.writes) taken.put('before-ack', 'k', Uint8Array.of(1));
            for (const { name, peer: one } of own) taken.afterCommit(one, named(name));
          });
        }
        for (const { name, commit } of made) assert.ok(commit <= durable || !run.done.includes(name), 'too early');
        for (const one of [a, b]) {
          const inOrder = made.filter((dependent) => dependent.peer === one).map(({ name }) => name);
          const done = run.done.filter((name) => inOrder.includes(name));
          assert.deepEqual(done, inOrder.slice(0, done.length), 'overtaken');
        }
      }
      run.release(lastCommit);
      assert.deepEqual(run.done.toSorted(), made.map(({ name }) => name).toSorted());
    }),
    { seed: 8, numRuns: 200 },
  );
});

/** Steps and what is carried out of them. */
class Run {
  readonly commits = new Commits();
  readonly done: string[] = [];
  readonly effects = new Map<string, (step: Step) => void>();

  step(work: (step: Step) => void): Outcome {
    const step = new Step(now);
    work(step);
    const window = (made: Step, commitClass: 'before-ack' | 'soon') =>
      made.put(commitClass, 'window', Uint8Array.of(0));
    return this.commits.finish(
      step,
      window,
      () => {},
      (action) => this.carryOut(action, step),
    );
  }

  release(upTo: number): void {
    this.step((step) => {
      for (const action of this.commits.release(upTo as CommitId)) this.carryOut(action, step);
    });
  }

  private carryOut(action: Action, step: Step): void {
    assert.ok(action.kind === 'deliver');
    this.done.push(action.endpoint);
    this.effects.get(action.endpoint)?.(step);
  }
}

/** An action that can be told from others. */
function named(name: string): Action {
  return { kind: 'deliver', endpoint: name };
}
