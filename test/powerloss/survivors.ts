/**
 * What a power cut leaves of what was pending: one legal directory for each choice and each course of chance.
 *
 * Data. What lies beyond a file's durable length is appended: a beginning of it survives, cut at any byte or where a write ended;
 * under posix zeros may follow, as long as the file was to become, and pages of it may be zero. What lies below is written in
 * place: any of its sectors may have got there, in the order of the writes, so a page may be torn.
 *
 * Names. ext4: those up to some moment. posix: any of them.
 */
import type { Random } from '../simulation/random.ts';
import { type Content, pageBytes } from './content.ts';
import type { Rules, Tree } from './disk-model.ts';
import { type DirectoryNode, type DiskModel, endOf, type FileNode, type NameChange, type Node } from './disk-model.ts';
import type { Change } from './recording-log.ts';

type Names = 'none' | 'all' | 'some';
type Data = 'none' | 'all' | 'ends' | 'torn' | 'mixed';

/** The ways to choose. Their numbers are part of what reproduces a state. */
const variants: readonly { readonly names: Names; readonly data: Data }[] = [
  { names: 'none', data: 'none' },
  { names: 'all', data: 'all' },
  { names: 'all', data: 'none' },
  { names: 'none', data: 'all' },
  { names: 'all', data: 'torn' },
  { names: 'some', data: 'ends' },
  { names: 'some', data: 'torn' },
  { names: 'some', data: 'mixed' },
];

export const variantCount = variants.length;

const sectorBytes = 512;

/** The directory after a cut at this moment; undefined for a variant that chooses what an earlier one has chosen. */
export function survivors(model: DiskModel, variant: number, random: Random): Tree {
  const { names, data } = variants[variant % variants.length] ?? { names: 'none', data: 'none' };
  const kept = keptNames(model, names, random);
  const overlay = new Map<DirectoryNode, Map<string, Node | undefined>>();
  for (const { effects } of kept) {
    for (const { directory, name, node } of effects) {
      const entries = overlay.get(directory) ?? new Map<string, Node | undefined>();
      overlay.set(directory, entries.set(name, node));
    }
  }
  const contents = new Map<FileNode, Content>();
  const contentOf = (file: FileNode): Content => {
    const content = contents.get(file) ?? keptContent(file, data, model.rules, random);
    contents.set(file, content); // A file of two names is one.
    return content;
  };
  const tree = new Map<string, Content | 'directory'>();
  fill(tree, '', model.root, overlay, contentOf);
  return tree;
}

function fill(
  tree: Map<string, Content | 'directory'>,
  prefix: string,
  directory: DirectoryNode,
  overlay: ReadonlyMap<DirectoryNode, ReadonlyMap<string, Node | undefined>>,
  contentOf: (file: FileNode) => Content,
): void {
  for (const [name, node] of new Map([...directory.durable, ...(overlay.get(directory) ?? [])])) {
    if (node === undefined) continue;
    tree.set(prefix + name, node.type === 'file' ? contentOf(node) : 'directory');
    if (node.type === 'directory') fill(tree, `${prefix}${name}/`, node, overlay, contentOf);
  }
}

function keptNames({ rules, pendingNames }: DiskModel, names: Names, random: Random): readonly NameChange[] {
  if (names === 'none') return [];
  if (names === 'all') return pendingNames;
  if (rules === 'ext4') return pendingNames.slice(0, random.between(0, pendingNames.length));
  return pendingNames.filter(() => random.chance(0.5));
}

function keptContent({ durable, pending }: FileNode, data: Data, rules: Rules, random: Random): Content {
  if (pending.length === 0 || data === 'none') return durable;
  const changes = pending.map(({ change }) => change);
  if (data === 'all') return durable.with(changes);
  if (data === 'mixed' && random.chance(0.5)) return random.chance(0.5) ? durable : durable.with(changes);
  if (changes.some(({ kind }) => kind === 'truncate')) return durable.with(beginningOf(changes, random));
  return torn(durable, changes, data === 'ends', rules, random);
}

/** A file that was cut off or emptied on the way: so far it got, in order. */
function beginningOf(changes: readonly Change[], random: Random): readonly Change[] {
  return changes.slice(0, random.between(0, changes.length));
}

function torn(
  durable: Content,
  changes: readonly Change[],
  wholeWrites: boolean,
  rules: Rules,
  random: Random,
): Content {
  const end = Math.max(durable.length, ...changes.map(endOf));
  const ends = [durable.length, ...changes.map(endOf).filter((each) => each > durable.length)];
  const length = wholeWrites ? random.pick(ends) : random.between(durable.length, end);
  const survives = sectorChoice(wholeWrites, random);
  const hole = rules === 'posix' && random.chance(0.3) ? random.between(0, 3) : undefined;
  const kept: Change[] = [];
  for (const change of changes) {
    for (const piece of sectorsOf(change)) {
      const appended = clipped(piece, durable.length, length);
      const isHole = hole !== undefined && Math.floor(piece.offset / pageBytes) % 4 === hole;
      if (appended !== undefined) kept.push(isHole ? zeroed(appended) : appended);
      const inPlace = clipped(piece, 0, durable.length);
      if (inPlace !== undefined && survives(inPlace.offset)) kept.push(inPlace);
    }
  }
  if (rules === 'posix' && random.chance(0.5) && length < end) {
    kept.push({ kind: 'zeros', offset: length, length: random.between(0, end - length) });
  }
  return durable.with(kept);
}

/** Which sectors of what is written in place survive: each by itself, by pages, or those up to or from some place. */
function sectorChoice(wholePages: boolean, random: Random): (offset: number) => boolean {
  const unit = wholePages ? pageBytes : sectorBytes;
  const probability = random.pick([0.1, 0.5, 0.9]);
  const side = random.pick(['each', 'below', 'above'] as const);
  const border = random.between(0, 32);
  const chosen = new Map<number, boolean>();
  return (offset) => {
    const place = Math.floor(offset / unit);
    // Within windows of 32 units: a group of neighbouring frames is torn somewhere inside.
    if (side === 'below') return place % 32 < border;
    if (side === 'above') return place % 32 >= border;
    if (!chosen.has(place)) chosen.set(place, random.chance(probability));
    return chosen.get(place) === true;
  };
}

type Piece = Exclude<Change, { kind: 'truncate' }>;

function* sectorsOf(change: Change): Iterable<Piece> {
  if (change.kind === 'truncate') return;
  const end = endOf(change);
  for (let from = change.offset; from < end; ) {
    const to = Math.min(end, (Math.floor(from / sectorBytes) + 1) * sectorBytes);
    const piece = clipped(change, from, to);
    if (piece !== undefined) yield piece;
    from = to;
  }
}

/** The part of a change between two places of its file. */
function clipped(change: Piece, low: number, high: number): Piece | undefined {
  const from = Math.max(change.offset, low);
  const to = Math.min(endOf(change), high);
  if (from >= to) return undefined;
  if (change.kind === 'zeros') return { kind: 'zeros', offset: from, length: to - from };
  return { kind: 'write', offset: from, bytes: change.bytes.subarray(from - change.offset, to - change.offset) };
}

function zeroed(piece: Piece): Piece {
  return { kind: 'zeros', offset: piece.offset, length: endOf(piece) - piece.offset };
}

/** Equal for equal directories. */
export function signatureOf(tree: Tree): string {
  const entries = [...tree].map(([path, content]) =>
    content === 'directory' ? path : `${path} ${content.signature()}`,
  );
  return entries.sort().join('\n');
}
