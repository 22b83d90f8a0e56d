/** Damages datagrams as links and attackers do: bits, lengths, header fields, pieces of others, junk behind. */

const lengthAt = [11, 14, 19, 22];
const edges = [0, 1, 0x7f, 0x80, 0xfe, 0xff];
const contentTypes = [20, 21, 22, 23, 24, 25, 0, 255];

type Chance = () => number;
const below = (next: Chance, limit: number): number => Math.floor(next() * limit);

/** One of the seeds with one to four damages; never empty. */
export function damaged(seeds: readonly Uint8Array[], next: Chance): Uint8Array {
  let datagram: Uint8Array = Uint8Array.from(pick(seeds, next));
  const times = 1 + below(next, 4);
  for (let i = 0; i < times; i++) datagram = (pick(damages, next) ?? flip)(datagram, next, seeds);
  return datagram.length === 0 ? Uint8Array.of(22) : datagram.slice(0, 2_100);
}

type Damage = (datagram: Uint8Array, next: Chance, seeds: readonly Uint8Array[]) => Uint8Array;

const flip: Damage = (datagram, next) =>
  set(datagram, below(next, datagram.length), (old) => old ^ (1 << below(next, 8)));
const overwrite: Damage = (datagram, next) => set(datagram, below(next, datagram.length), () => below(next, 256));
const edge: Damage = (datagram, next) => set(datagram, below(next, datagram.length), () => pick(edges, next));
const headerByte: Damage = (datagram, next) => set(datagram, below(next, 25), () => pick(edges, next));
const contentType: Damage = (datagram, next) => set(datagram, 0, () => pick(contentTypes, next));
const epoch: Damage = (datagram, next) => set(datagram, 4, () => below(next, 3));
const messageType: Damage = (datagram, next) => set(datagram, 13, () => below(next, 25));
const length: Damage = (datagram, next) =>
  set(datagram, pick(lengthAt, next) + 1 + below(next, 2), (old) => old + below(next, 7) - 3);
const cut: Damage = (datagram, next) => datagram.slice(0, 1 + below(next, datagram.length));
const junkBehind: Damage = (datagram, next) => join(datagram, random(1 + below(next, 20), next));
const another: Damage = (datagram, next, seeds) => join(datagram, pick(seeds, next));
const splice: Damage = (datagram, next, seeds) => {
  const other = pick(seeds, next);
  return join(datagram.slice(0, below(next, datagram.length)), other.slice(below(next, other.length)));
};
const doubled: Damage = (datagram, next) => {
  const at = below(next, datagram.length);
  const end = at + below(next, datagram.length - at);
  return join(datagram.slice(0, end), datagram.slice(at));
};
const noise: Damage = (_datagram, next) => random(1 + below(next, 200), next);

const damages: readonly Damage[] = [
  flip,
  flip,
  overwrite,
  edge,
  headerByte,
  contentType,
  epoch,
  messageType,
  length,
  length,
  cut,
  junkBehind,
  another,
  splice,
  doubled,
  noise,
];

function set(datagram: Uint8Array, at: number, value: (old: number) => number): Uint8Array {
  const copy = Uint8Array.from(datagram);
  if (at < copy.length) copy[at] = value(copy[at] ?? 0);
  return copy;
}

function random(bytes: number, next: Chance): Uint8Array {
  return Uint8Array.from({ length: bytes }, () => below(next, 256));
}

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function pick<T>(of: readonly T[], next: Chance): T {
  const chosen = of[below(next, of.length)];
  if (chosen === undefined) throw new RangeError('nothing to choose from');
  return chosen;
}
