/** The crash model, rule by rule: what is certain, what may be, and what cannot be. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Random } from '../simulation/random.ts';
import { Content } from './content.ts';
import { DiskModel, type Rules, type Tree } from './disk-model.ts';
import type { Operation } from './recording-log.ts';
import { survivors, variantCount } from './survivors.ts';

const process = 0;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const open = (handle: number, path: string, creates = true): Operation => ({
  kind: 'open',
  process,
  handle,
  path,
  creates,
  truncates: false,
});
const write = (handle: number, offset: number, text: string): Operation => ({
  kind: 'change',
  process,
  handle,
  change: { kind: 'write', offset, bytes: bytes(text) },
});
const sync = (handle: number, how: { dataOnly?: boolean; failed?: boolean } = {}): Operation[] => {
  const one = { process, handle, sync: handle, dataOnly: how.dataOnly ?? false, failed: how.failed ?? false };
  return [
    { kind: 'sync-begin', ...one },
    { kind: 'sync-end', ...one },
  ];
};
const rename = (from: string, to: string): Operation => ({ kind: 'rename', from, to });

/** Every directory that is met within many courses of chance, each as one text. */
function outcomes(rules: Rules, operations: readonly Operation[], tree?: Tree): ReadonlySet<string> {
  const model = new DiskModel(rules, tree);
  for (const operation of operations) model.apply(operation);
  const seen = new Set<string>();
  for (let seed = 0; seed < 400; seed++) {
    seen.add(told(survivors(model, seed % variantCount, new Random(seed))));
  }
  return seen;
}

function told(tree: Tree): string {
  const shown = (content: Content | 'directory'): string =>
    content === 'directory' ? '' : `=${Buffer.from(content.bytes()).toString('latin1').replaceAll('\0', '0')}`;
  return [...tree].map(([path, content]) => path + shown(content)).join(' ');
}

describe('data', () => {
  it('is certain once synced, and not before', () => {
    const synced = [open(1, 'log'), write(1, 0, 'abc'), ...sync(1)];
    assert.deepEqual(outcomes('ext4', synced), new Set(['log=abc']));
    const appended = outcomes('ext4', [...synced, write(1, 3, 'def')]);
    assert.deepEqual([...appended].sort(), ['log=abc', 'log=abcd', 'log=abcde', 'log=abcdef']);
  });

  it('that was written while a sync was under way is not held by it', () => {
    const [begin, end] = sync(1) as [Operation, Operation];
    const seen = outcomes('ext4', [open(1, 'log'), write(1, 0, 'a'), begin, write(1, 1, 'b'), end]);
    assert.deepEqual([...seen].sort(), ['log=a', 'log=ab']);
  });

  it('of a sync that failed is in doubt for ever', () => {
    const operations = [open(1, 'log'), ...sync(1), write(1, 0, 'a'), ...sync(1, { failed: true }), write(1, 1, 'b')];
    const seen = outcomes('ext4', [...operations, ...sync(1)]);
    assert.deepEqual([...seen].sort(), ['log=0b', 'log=ab']);
  });

  it('in place may have got there by sectors, old and new side by side', () => {
    const tree = new Map([['ring', Content.of(bytes('o'.repeat(1_024)))]]);
    const seen = outcomes('ext4', [open(1, 'ring', false), write(1, 0, 'n'.repeat(1_024))], tree);
    const halves = Array.from(seen, (each) => each.slice(5, 6) + each.slice(-1)).sort();
    assert.deepEqual(halves, ['nn', 'no', 'on', 'oo']);
  });

  it('that is appended may be followed by zeros under posix', () => {
    const operations = [open(1, 'log'), write(1, 0, 'a'), ...sync(1), write(1, 1, 'bc')];
    const tree = new Map([['log', Content.empty]]);
    assert.equal(outcomes('posix', operations, tree).has('log=ab0'), true);
    assert.equal(outcomes('ext4', operations, tree).has('log=ab0'), false);
  });
});

describe('names', () => {
  const made = [open(1, 'new'), write(1, 0, 'n'), ...sync(1), rename('new', 'name')];
  const before = new Map([['name', Content.of(bytes('o'))]]);

  it('ext4: a renamed file is the old one or the new one, and a new file has its name once it is synced', () => {
    assert.deepEqual([...outcomes('ext4', made, before)].sort(), ['name=n', 'name=o new=n']);
  });

  it('posix: a synced file may have no name at all', () => {
    assert.deepEqual([...outcomes('posix', made, before)].sort(), ['name=n', 'name=o', 'name=o new=n']);
  });

  it('posix: a removal may overtake the rename before it', () => {
    const operations: Operation[] = [...made, { kind: 'unlink', path: 'old' }];
    const tree = new Map([...before, ['old', Content.of(bytes('x'))]]);
    assert.equal(outcomes('posix', operations, tree).has('name=o'), true);
    assert.equal(outcomes('ext4', operations, tree).has('name=o'), false);
  });

  it('are certain once their directory is synced', () => {
    const synced = [...made, open(2, '', false), ...sync(2)];
    for (const rules of ['ext4', 'posix'] as const) {
      assert.deepEqual(outcomes(rules, synced, before), new Set(['name=n']), rules);
    }
  });

  it('ext4: the journal is not written by a file that was written in place, and only its data synced', () => {
    const tree = new Map([['ring', Content.of(bytes('o'))]]);
    const operations = [open(1, 'ring', false), open(2, 'file'), write(1, 0, 'n')];
    assert.equal(outcomes('ext4', [...operations, ...sync(1, { dataOnly: true })], tree).has('ring=n'), true);
    assert.deepEqual(outcomes('ext4', [...operations, ...sync(1)], tree), new Set(['ring=n file=']));
  });
});
