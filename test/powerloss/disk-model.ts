/**
 * A directory as a power cut could find it: what is certainly on the disk, and what is still on its way there.
 *
 * Data. What a file was given since its last sync is pending; a sync that ends well makes durable what was pending when it
 * began. After a failed one nobody knows: what it was to hold may be there or not, and no later sync changes that.
 *
 * Names. Making, renaming, linking and unlinking change the directory in memory and are pending too:
 *   ext4   one journal: what was done before survives whatever came after it. A sync takes all of it along, unless the file has
 *          nothing for the journal: written in place, and only its data asked for.
 *   posix  each stands for itself, and only a sync of that very directory makes it durable. A rename is whole or not at all.
 *
 * A file's pending data and its names survive independently of each other. Processes come and go; the model stays.
 */
import { Content } from './content.ts';
import type { Change, Operation, Synced } from './recording-log.ts';

export type Rules = 'ext4' | 'posix';

interface PendingChange {
  readonly change: Change;
  /** A sync that was to hold it has failed. */
  doubtful: boolean;
}

export class FileNode {
  readonly type = 'file';
  durable: Content;
  pending: PendingChange[] = [];

  constructor(durable: Content) {
    this.durable = durable;
  }
}

export class DirectoryNode {
  readonly type = 'directory';
  readonly durable = new Map<string, Node>();
  /** As the processes see it. */
  readonly live = new Map<string, Node>();
}

export type Node = FileNode | DirectoryNode;

/** One entry of a directory set, or removed. */
interface Effect {
  readonly directory: DirectoryNode;
  readonly name: string;
  readonly node: Node | undefined;
}

/** What happens to names in one go. */
export interface NameChange {
  readonly effects: readonly Effect[];
  readonly about: Node | undefined;
}

/** What was pending as a sync began. */
interface SyncUnderWay {
  readonly node: Node;
  readonly changes: ReadonlySet<PendingChange>;
  readonly names: readonly NameChange[];
}

/** A directory's contents by path, parents before children. */
export type Tree = ReadonlyMap<string, Content | 'directory'>;

export class DiskModel {
  readonly rules: Rules;
  readonly root = new DirectoryNode();
  /** In the order in which they were made. */
  pendingNames: NameChange[] = [];
  private readonly handles = new Map<string, Node>();
  private readonly syncs = new Map<string, SyncUnderWay>();

  /** Begins with a directory of which everything is durable. */
  constructor(rules: Rules, tree: Tree = new Map()) {
    this.rules = rules;
    for (const [path, content] of tree) {
      const { directory, name } = this.place(path);
      const node = content === 'directory' ? new DirectoryNode() : new FileNode(content);
      directory.durable.set(name, node);
      directory.live.set(name, node);
    }
  }

  /** True when the operation changed something that a cut could tell. */
  apply(operation: Operation): boolean {
    switch (operation.kind) {
      case 'open':
        return this.open(operation);
      case 'change':
        return this.change(this.handles.get(key(operation)), operation.change);
      case 'sync-begin':
        return this.beginSync(operation);
      case 'sync-end':
        return this.endSync(operation);
      case 'make-directory':
        return this.create(operation.path, new DirectoryNode());
      case 'unlink':
      case 'remove-directory':
        return this.remove(operation.path);
      case 'rename':
      case 'link':
        return this.rename(operation.from, operation.to, operation.kind === 'rename');
      case 'sent':
      case 'received':
      case 'mark':
        return false;
    }
  }

  /** Every file that the directory could hold after a cut, now. */
  *files(): Iterable<FileNode> {
    const seen = new Set<Node>();
    const visit = function* (node: Node | undefined): Iterable<FileNode> {
      if (node === undefined || seen.has(node)) return;
      seen.add(node);
      if (node.type === 'file') yield node;
      else for (const entry of [...node.durable.values(), ...node.live.values()]) yield* visit(entry);
    };
    yield* visit(this.root);
    for (const { effects } of this.pendingNames) for (const { node } of effects) yield* visit(node);
  }

  private open({ path, creates, truncates, ...opened }: Extract<Operation, { kind: 'open' }>): boolean {
    const found = this.find(path);
    const node = found ?? (creates ? new FileNode(Content.empty) : undefined);
    if (node === undefined) return false;
    this.handles.set(key(opened), node);
    if (found === undefined) return this.create(path, node);
    if (node.type === 'directory' || !truncates || liveLength(node) === 0) return false;
    return this.change(node, { kind: 'truncate', length: 0 });
  }

  private change(node: Node | undefined, change: Change): boolean {
    if (node?.type !== 'file') throw new Error('the recording changes a file that it did not open');
    node.pending.push({ change, doubtful: false });
    return true;
  }

  private beginSync(operation: Synced): boolean {
    const node = this.handles.get(key(operation));
    if (node === undefined) return false;
    const changes = node.type === 'file' ? node.pending.filter(({ doubtful }) => !doubtful) : [];
    const names = this.namesHeldBy(node, operation.dataOnly);
    this.syncs.set(syncKey(operation), { node, changes: new Set(changes), names });
    return false;
  }

  private endSync(operation: Synced): boolean {
    const sync = this.syncs.get(syncKey(operation));
    if (sync === undefined) return false;
    this.syncs.delete(syncKey(operation));
    if (operation.failed) {
      for (const change of sync.changes) change.doubtful = true;
      return false;
    }
    if (sync.node.type === 'file') makeDurable(sync.node, sync.changes);
    const names = new Set(sync.names);
    for (const { effects } of this.pendingNames.filter((change) => names.has(change))) effects.forEach(settle);
    this.pendingNames = this.pendingNames.filter((change) => !names.has(change));
    return sync.changes.size > 0 || names.size > 0;
  }

  private namesHeldBy(node: Node, dataOnly: boolean): readonly NameChange[] {
    const pending = this.pendingNames;
    const touchesIt = ({ effects }: NameChange): boolean => effects.some(({ directory }) => directory === node);
    if (this.rules === 'posix') return pending.filter(touchesIt);
    const named = pending.some((change) => change.about === node || touchesIt(change));
    const grows = node.type === 'file' && (dataOnly ? changesLength(node) : node.pending.length > 0);
    return named || grows ? [...pending] : [];
  }

  private create(path: string, node: Node): boolean {
    const { directory, name } = this.place(path);
    return this.rewrite([{ directory, name, node }], node);
  }

  private remove(path: string): boolean {
    const node = this.find(path);
    if (node === undefined) return false; // A socket, or what is not recorded.
    const { directory, name } = this.place(path);
    return this.rewrite([{ directory, name, node: undefined }], undefined);
  }

  private rename(from: string, to: string, leaves: boolean): boolean {
    const node = this.find(from);
    if (node === undefined) throw new Error(`the recording renames ${from}, which it did not make`);
    const target = this.place(to);
    const set = { directory: target.directory, name: target.name, node };
    if (!leaves) return this.rewrite([set], node);
    const source = this.place(from);
    return this.rewrite([set, { directory: source.directory, name: source.name, node: undefined }], node);
  }

  private rewrite(effects: readonly Effect[], about: Node | undefined): boolean {
    for (const { directory, name, node } of effects) {
      if (node === undefined) directory.live.delete(name);
      else directory.live.set(name, node);
    }
    this.pendingNames.push({ effects, about });
    return true;
  }

  private find(path: string): Node | undefined {
    if (path === '') return this.root;
    const { directory, name } = this.place(path);
    return directory.live.get(name);
  }

  private place(path: string): { readonly directory: DirectoryNode; readonly name: string } {
    const names = path.split('/');
    const name = names.pop() ?? '';
    let directory = this.root;
    for (const step of names) {
      const next = directory.live.get(step);
      if (next?.type !== 'directory') throw new Error(`the recording works in ${path}, which it did not make`);
      directory = next;
    }
    return { directory, name };
  }
}

/** Puts an effect into what is durable. */
function settle({ directory, name, node }: Effect): void {
  if (node === undefined) directory.durable.delete(name);
  else directory.durable.set(name, node);
}

function makeDurable(file: FileNode, changes: ReadonlySet<PendingChange>): void {
  const held = file.pending.filter((pending) => changes.has(pending)).map(({ change }) => change);
  file.durable = file.durable.with(held);
  file.pending = file.pending.filter(
    (pending) => !changes.has(pending) && !(pending.doubtful && held.some((change) => overlap(change, pending.change))),
  );
}

/** Whether a later change may decide what an earlier one left. */
function overlap(one: Change, other: Change): boolean {
  if (one.kind === 'truncate' || other.kind === 'truncate') return true;
  return one.offset < endOf(other) && other.offset < endOf(one);
}

/** Where a change ends in its file. */
export function endOf(change: Change): number {
  if (change.kind === 'truncate') return change.length;
  return change.offset + (change.kind === 'zeros' ? change.length : change.bytes.length);
}

function changesLength({ durable, pending }: FileNode): boolean {
  return pending.some(({ change }) => change.kind === 'truncate' || endOf(change) > durable.length);
}

function liveLength({ durable, pending }: FileNode): number {
  return pending.reduce(
    (length, { change }) => (change.kind === 'truncate' ? change.length : Math.max(length, endOf(change))),
    durable.length,
  );
}

function key({ process, handle }: { readonly process: number; readonly handle: number }): string {
  return `${process}:${handle}`;
}

function syncKey({ process, sync }: Synced): string {
  return `${process}:${sync}`;
}
