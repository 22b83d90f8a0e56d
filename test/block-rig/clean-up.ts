/** What is to be undone, newest first: in the end, after a failure, and when the run is interrupted. */

export interface Undo {
  readonly what: string;
  readonly how: () => unknown;
}

export class CleanUp {
  private readonly undone: Undo[] = [];

  /** To be called right after what it undoes was done. `how` may have nothing left to do. */
  add(what: string, how: () => unknown): void {
    this.undone.push({ what, how });
  }

  /** Does all of it, whatever fails; returns what failed, in sentences. A second call does what is left. */
  async run(): Promise<string[]> {
    const failures: string[] = [];
    for (let undo = this.undone.pop(); undo !== undefined; undo = this.undone.pop()) {
      try {
        await undo.how();
      } catch (error) {
        failures.push(`${undo.what} could not be undone: ${error instanceof Error ? error.message : error}`);
      }
    }
    return failures;
  }
}
