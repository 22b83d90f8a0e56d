/**
 * What a file holds: a length and those pages that are not all zero. Values, never changed: a change makes a new one, which
 * shares the pages that it left alone, so a preallocated file costs what was written into it.
 */
import type { Change } from './recording-log.ts';

export const pageBytes = 4_096;

interface Page {
  readonly bytes: Uint8Array;
  hash: string | undefined;
}

export class Content {
  static readonly empty = new Content(0, new Map());
  readonly length: number;
  private readonly pages: ReadonlyMap<number, Page>;

  private constructor(length: number, pages: ReadonlyMap<number, Page>) {
    this.length = length;
    this.pages = pages;
  }

  static of(bytes: Uint8Array): Content {
    return Content.empty.with([{ kind: 'write', offset: 0, bytes }]);
  }

  /** After these changes, in their order. */
  with(changes: Iterable<Change>): Content {
    const editing = new Editing(this.length, this.pages);
    for (const change of changes) {
      if (change.kind === 'truncate') editing.truncate(change.length);
      else if (change.kind === 'zeros') editing.write(change.offset, new Uint8Array(change.length));
      else editing.write(change.offset, change.bytes);
    }
    return new Content(editing.length, editing.pages);
  }

  /** The bytes that are not zero, as runs of neighbouring pages: offset and bytes. The last may reach beyond the length. */
  *runs(): Iterable<{ readonly offset: number; readonly bytes: Uint8Array }> {
    const numbers = [...this.pages.keys()].sort((a, b) => a - b);
    for (let from = 0; from < numbers.length; ) {
      let to = from + 1;
      while (to < numbers.length && numbers[to] === (numbers[to - 1] ?? 0) + 1) to++;
      const pages = numbers.slice(from, to).map((number) => this.pages.get(number)?.bytes ?? new Uint8Array());
      const offset = (numbers[from] ?? 0) * pageBytes;
      yield { offset, bytes: pages.length === 1 ? (pages[0] ?? new Uint8Array()) : Buffer.concat(pages) };
      from = to;
    }
  }

  /** All bytes, for small files. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.length);
    for (const run of this.runs()) bytes.set(run.bytes.subarray(0, this.length - run.offset), run.offset);
    return bytes;
  }

  /** Equal for equal contents, however they came about. */
  signature(): string {
    const pages = [...this.pages].sort(([a], [b]) => a - b);
    return `${this.length}:${pages.map(([number, page]) => `${number}=${hashOf(page)}`).join(',')}`;
  }
}

/** Pages are copied when they are first written to. */
class Editing {
  length: number;
  readonly pages: Map<number, Page>;
  private readonly own = new Set<Page>();

  constructor(length: number, pages: ReadonlyMap<number, Page>) {
    this.length = length;
    this.pages = new Map(pages);
  }

  write(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const inPage = (offset + done) % pageBytes;
      const part = bytes.subarray(done, done + pageBytes - inPage);
      this.writePage((offset + done - inPage) / pageBytes, inPage, part);
      done += part.length;
    }
    this.length = Math.max(this.length, offset + bytes.length);
  }

  truncate(length: number): void {
    this.length = length;
    for (const number of [...this.pages.keys()]) if (number * pageBytes >= length) this.pages.delete(number);
    const inPage = length % pageBytes;
    if (inPage > 0) this.writePage((length - inPage) / pageBytes, inPage, new Uint8Array(pageBytes - inPage));
  }

  private writePage(number: number, inPage: number, part: Uint8Array): void {
    const page = this.pages.get(number);
    if (page === undefined && isZero(part)) return;
    const target = page !== undefined && this.own.has(page) ? page : copyOf(page);
    target.bytes.set(part, inPage);
    this.own.add(target);
    if (isZero(target.bytes)) this.pages.delete(number);
    else this.pages.set(number, target);
  }
}

function copyOf(page: Page | undefined): Page {
  const bytes = new Uint8Array(pageBytes);
  if (page !== undefined) bytes.set(page.bytes);
  return { bytes, hash: undefined };
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function hashOf(page: Page): string {
  page.hash ??= hash(page.bytes);
  return page.hash;
}

/** 64 bits that tell contents apart (two FNV-1a with different beginnings); not meant against somebody who wants them equal. */
export function hash(bytes: Uint8Array): string {
  let one = 0x811c9dc5;
  let two = 0x1b873593;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    one = Math.imul(one ^ byte, 0x01000193);
    two = Math.imul(two ^ byte, 0x01000193) + 0x9e37 + (two >>> 15);
  }
  return (one >>> 0).toString(16) + (two >>> 0).toString(16).padStart(8, '0');
}
