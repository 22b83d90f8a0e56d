/** Endpoint names in bytewise order of their UTF-8, so that long lists can be told in pieces, always in the same order. */

export class SortedNames {
  private readonly names: string[] = [];

  get size(): number {
    return this.names.length;
  }

  add(name: string): void {
    const at = this.firstNotBefore(name);
    if (this.names[at] !== name) this.names.splice(at, 0, name);
  }

  delete(name: string): void {
    const at = this.firstNotBefore(name);
    if (this.names[at] === name) this.names.splice(at, 1);
  }

  /** At most `limit` names after `name` (or from the first on). */
  after(name: string | undefined, limit: number): readonly string[] {
    if (name === undefined) return this.names.slice(0, limit);
    const at = this.firstNotBefore(name);
    const start = this.names[at] === name ? at + 1 : at;
    return this.names.slice(start, start + limit);
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.names[Symbol.iterator]();
  }

  private firstNotBefore(name: string): number {
    let low = 0;
    let high = this.names.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareBytewise(this.names[middle] as string, name) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The order of the UTF-8 bytes, which is that of the code points (not that of UTF-16). */
export function compareBytewise(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return codePointRank(x) - codePointRank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others of UTF-16. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
