/**
 * How many handshakes of a server are open, in all and by source: a cookie shows that somebody receives at his address, not that
 * he has a key, and each costs some 7 KB until its end.
 */

/** Limits of a server's open handshakes. */
export interface OpenHandshakesMax {
  /** Default 1,000. */
  total?: number;
  /** From one `source`, as the caller names it. Default 50. */
  perSource?: number;
}

const totalDefault = 1_000;
const perSourceDefault = 50;

export class OpenHandshakes {
  private readonly total: number;
  private readonly perSource: number;
  private open = 0;
  private readonly bySource = new Map<string, number>();

  constructor({ total = totalDefault, perSource = perSourceDefault }: OpenHandshakesMax = {}) {
    this.total = total;
    this.perSource = perSource;
  }

  /** Whether one more may be opened; those without a source count in the total alone. */
  hasRoom(source: string | undefined): boolean {
    return this.open < this.total && (source === undefined || this.of(source) < this.perSource);
  }

  /** One more is open, until what this returns is called, once. */
  opened(source: string | undefined): () => void {
    this.count(source, 1);
    return () => this.count(source, -1);
  }

  private of(source: string): number {
    return this.bySource.get(source) ?? 0;
  }

  private count(source: string | undefined, by: number): void {
    this.open += by;
    if (source === undefined) return;
    const ofSource = this.of(source) + by;
    if (ofSource > 0) this.bySource.set(source, ofSource);
    else this.bySource.delete(source);
  }
}
