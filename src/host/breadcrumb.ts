/**
 * The breadcrumb: a small file that outlives the process and says what it had in hand when it died, however it died. It lies in
 * memory (tmpfs), so writing it wears no flash: a name is one `pwrite` of some dozens of bytes, half a microsecond on a desktop.
 * A reboot may clear it. Behind the name stands what the process before it left: the row of deaths (`crash-loop.ts`).
 *
 *   0      length (2), kind (1), name       what is in hand; no length: nothing
 *   1,024  {"state":DIRECTORY,"ended":BOOLEAN,"row":[{"kind","name","deaths"}, …]}
 *
 * The directory is everybody's: a file that is not this account's own is not used.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  statfsSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { limits } from '../base/limits.ts';
import type { Deaths, InHand } from '../gateway/crash-loop.ts';

/** Where Linux has memory for files, on every system that it boots. */
const sharedMemory = '/dev/shm';
const tmpfsMagic = 0x01021994;
const headBytes = 3;
const kinds: readonly InHand['kind'][] = ['peer', 'address', 'record'];

/** What the process before left. */
export interface Crumb {
  /** It died; false when it stopped, or when there was none. */
  readonly died: boolean;
  readonly inHand: InHand | undefined;
  readonly row: readonly Deaths[];
}

const nothingLeft: Crumb = { died: false, inHand: undefined, row: [] };

export class Breadcrumb {
  private readonly state: string;
  private readonly directory: string;
  private readonly path: string;
  private readonly slot: Buffer = Buffer.alloc(limits.crumbBytesMax);
  private file: number | undefined;
  private kind: InHand['kind'] | undefined;
  private name = '';

  /** `state`: the absolute path of the state directory that the process works on. */
  constructor(state: string, directory: string = sharedMemory) {
    this.state = state;
    this.directory = directory;
    this.path = crumbPath(state, directory);
  }

  /** Whether it names anything. */
  get isEmpty(): boolean {
    return this.kind === undefined;
  }

  /** Reads what the process before left. Without a place in memory there is none, and nothing is written either. */
  open(): Crumb {
    if (!isInMemory(this.directory)) return nothingLeft;
    this.removeStale();
    this.file = openOwn(this.path, constants.O_RDWR | constants.O_CREAT);
    if (this.file === undefined) return nothingLeft;
    const bytes = readFileSync(this.file);
    return bytes.length === 0 ? nothingLeft : { ...tailIn(bytes), inHand: inHandIn(bytes) };
  }

  /** Begins anew: nothing in hand, and this row behind it. `ended`: the process stops, and did not die. */
  begin(row: readonly Deaths[], ended = false): void {
    this.kind = undefined;
    const tail = Buffer.from(JSON.stringify({ state: this.state, ended, row }));
    this.write((file) => {
      ftruncateSync(file, 0);
      writeSync(file, Buffer.concat([Buffer.alloc(limits.crumbBytesMax), tail]), 0, undefined, 0);
    });
  }

  /** Names what is in hand; undefined: nothing. Written only when it is another one. */
  put(kind: InHand['kind'] | undefined, name: string): void {
    if (kind === this.kind && (kind === undefined || name === this.name)) return;
    this.kind = kind;
    this.name = name;
    const length = kind === undefined ? 0 : this.slot.write(name, headBytes);
    this.slot.writeUInt16LE(length, 0);
    this.slot[2] = kind === undefined ? 0 : kinds.indexOf(kind);
    this.write((file) => writeSync(file, this.slot, 0, headBytes + length, 0));
  }

  /** The process stops, and did not die. */
  end(row: readonly Deaths[]): void {
    if (row.length > 0) this.begin(row, true);
    else this.write(() => unlinkSync(this.path));
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  /** What cannot be written is no reason to serve nobody: from then on the breaker knows less. */
  private write(work: (file: number) => void): void {
    if (this.file === undefined) return;
    try {
      work(this.file);
    } catch {
      this.file = undefined;
    }
  }

  /** Crumbs of state directories that are gone are of no use to anybody. */
  private removeStale(): void {
    const names = readdirSync(this.directory).filter((name) => name.startsWith(prefix()));
    for (const name of names.slice(0, limits.crumbsLookedAtMax)) {
      const path = join(this.directory, name);
      const file = openOwn(path, constants.O_RDONLY);
      if (file === undefined) continue;
      const { state } = tailIn(readFileSync(file));
      closeSync(file);
      if (state !== undefined && !existsSync(state)) unlinkSync(path);
    }
  }
}

/** Where the breadcrumb of a state directory lies; `state` is its absolute path. */
export function crumbPath(state: string, directory: string = sharedMemory): string {
  return join(directory, `${prefix()}${hashOf(state)}`);
}

function prefix(): string {
  return `holdfast-${process.getuid?.() ?? 0}-`;
}

/** Tells state directories apart: 16 hex digits. */
function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function isInMemory(directory: string): boolean {
  try {
    return statfsSync(directory).type === tmpfsMagic;
  } catch {
    return false;
  }
}

/** The file, if it is a plain one of this account and can be opened. */
function openOwn(path: string, flags: number): number | undefined {
  try {
    const file = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
    const found = fstatSync(file);
    if (found.isFile() && found.uid === process.getuid?.()) return file;
    closeSync(file);
  } catch {
    // Somebody else's, or a directory that takes nothing.
  }
  return undefined;
}

function inHandIn(bytes: Buffer): InHand | undefined {
  if (bytes.length < headBytes) return undefined;
  const length = bytes.readUInt16LE(0);
  const kind = kinds[bytes[2] ?? 0];
  if (length === 0 || kind === undefined || headBytes + length > limits.crumbBytesMax) return undefined;
  return { kind, name: bytes.toString('utf8', headBytes, headBytes + length) };
}

function tailIn(bytes: Buffer): Pick<Crumb, 'died' | 'row'> & { readonly state: string | undefined } {
  try {
    const tail = JSON.parse(bytes.toString('utf8', limits.crumbBytesMax));
    const row: unknown = tail.row;
    const state = typeof tail.state === 'string' ? tail.state : undefined;
    return { died: tail.ended !== true, row: Array.isArray(row) ? row.filter(isDeaths) : [], state };
  } catch {
    // It died before it had written this.
    return { died: true, row: [], state: undefined };
  }
}

function isDeaths(value: unknown): value is Deaths {
  const { kind, name, deaths } = (value ?? {}) as Partial<Record<keyof Deaths, unknown>>;
  return kinds.some((known) => known === kind) && typeof name === 'string' && Number.isSafeInteger(deaths);
}
