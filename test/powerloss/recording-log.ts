/**
 * What `recorder.c` wrote: the file operations and datagrams of one or several processes, in the order in which they happened.
 * The layout of a record stands there; a last record that is not whole is left out. `mark` is ours: a note between two others.
 */

/** A handle is one open of a file, rising within a process and never used again. Paths are relative to the recorded directory. */
export interface Opened {
  readonly kind: 'open';
  readonly process: number;
  readonly handle: number;
  readonly path: string;
  readonly creates: boolean;
  readonly truncates: boolean;
}

/** What a handle's file is changed by. `zeros`: so many bytes of zero. */
export type Change =
  | { readonly kind: 'write'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'zeros'; readonly offset: number; readonly length: number }
  | { readonly kind: 'truncate'; readonly length: number };

export interface Changed {
  readonly kind: 'change';
  readonly process: number;
  readonly handle: number;
  readonly change: Change;
}

/** A sync holds what was there when it began, once it has ended well. */
export interface Synced {
  readonly kind: 'sync-begin' | 'sync-end';
  readonly process: number;
  readonly handle: number;
  readonly sync: number;
  /** fdatasync: what is not needed to read the data back may stay behind. */
  readonly dataOnly: boolean;
  readonly failed: boolean;
}

export interface Renamed {
  readonly kind: 'rename' | 'link';
  readonly from: string;
  readonly to: string;
}

export interface Named {
  readonly kind: 'unlink' | 'make-directory' | 'remove-directory';
  readonly path: string;
}

export interface Datagram {
  readonly kind: 'sent' | 'received';
  readonly process: number;
  /** Of the peer. */
  readonly port: number;
  readonly bytes: Uint8Array;
}

export interface Mark {
  readonly kind: 'mark';
  readonly text: string;
}

export type FileOperation = Opened | Changed | Synced | Renamed | Named;
export type Operation = FileOperation | Datagram | Mark;

const headBytes = 24;
const createsFlag = 1;
const truncatesFlag = 2;
const dataOnlyFlag = 4;
const failedFlag = 8;

/** Throws on a kind of record that the recorder does not write. */
export function readRecording(log: Uint8Array): readonly Operation[] {
  const view = new DataView(log.buffer, log.byteOffset, log.length);
  const operations: Operation[] = [];
  for (let at = 0; at + headBytes <= log.length; ) {
    const end = at + headBytes + view.getUint32(at + 12, true);
    if (end > log.length) break;
    operations.push(operation(view, at, log.subarray(at + headBytes, end)));
    at = end;
  }
  return operations;
}

/** A record of kind `mark`, to be appended to the log. */
export function markRecord(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const record = new Uint8Array(headBytes + bytes.length);
  record[0] = 'M'.charCodeAt(0);
  new DataView(record.buffer).setUint32(12, bytes.length, true);
  record.set(bytes, headBytes);
  return record;
}

function operation(view: DataView, at: number, bytes: Uint8Array): Operation {
  const kind = String.fromCharCode(view.getUint8(at));
  const process = view.getUint8(at + 1);
  const flags = view.getUint16(at + 2, true);
  const handle = view.getUint32(at + 4, true);
  const extra = view.getUint32(at + 8, true);
  const offset = Number(view.getBigUint64(at + 16, true));
  switch (kind) {
    case 'o': {
      const [creates, truncates] = [(flags & createsFlag) !== 0, (flags & truncatesFlag) !== 0];
      return { kind: 'open', process, handle, path: text(bytes), creates, truncates };
    }
    case 'w':
      return { kind: 'change', process, handle, change: { kind: 'write', offset, bytes } };
    case 'z':
      return { kind: 'change', process, handle, change: { kind: 'zeros', offset, length: extra } };
    case 't':
      return { kind: 'change', process, handle, change: { kind: 'truncate', length: offset } };
    case 's':
    case 'e': {
      const [dataOnly, failed] = [(flags & dataOnlyFlag) !== 0, (flags & failedFlag) !== 0];
      return { kind: kind === 's' ? 'sync-begin' : 'sync-end', process, handle, sync: extra, dataOnly, failed };
    }
    case 'S':
    case 'R':
      return { kind: kind === 'S' ? 'sent' : 'received', process, port: extra, bytes };
    case 'M':
      return { kind: 'mark', text: text(bytes) };
    default:
      return naming(kind, text(bytes));
  }
}

function naming(kind: string, paths: string): Operation {
  const [from = '', to = ''] = paths.split('\0');
  switch (kind) {
    case 'r':
      return { kind: 'rename', from, to };
    case 'l':
      return { kind: 'link', from, to };
    case 'u':
      return { kind: 'unlink', path: from };
    case 'm':
      return { kind: 'make-directory', path: from };
    case 'd':
      return { kind: 'remove-directory', path: from };
    default:
      throw new Error(`a record of kind "${kind}" is unknown`);
  }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
