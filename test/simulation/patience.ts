/** How long a simulated device goes on over a connection on which nothing answers, and what explains that nothing does. */

/** How many messages in a row may go unanswered before something is wrong: chance alone does not do that. */
const unansweredMax = 3;

export class Patience {
  /** When anything came over this connection; undefined until then. */
  heardAtMs: number | undefined;
  /** Its address changed under it, without a connection ID: the gateway cannot know whose its records are. */
  isRebound = false;
  /** What the gateway kept of its connection was destroyed, and it has not been shaken hands with since. */
  isCutOff = false;
  /** How many messages in a row it sends into the dark. */
  readonly messages: number;
  private readonly isShort: boolean;
  private openedAtMs = 0;
  private unanswered = 0;

  /** `messages`: where that is a habit of the device. */
  constructor(messages: number | undefined) {
    this.messages = messages ?? unansweredMax;
    this.isShort = messages !== undefined;
  }

  begins(nowMs: number): void {
    this.isRebound = false;
    this.heardAtMs = undefined;
    this.unanswered = 0;
    this.opens(nowMs);
  }

  /** A handshake has begun. */
  opens(nowMs: number): void {
    this.openedAtMs = nowMs;
  }

  /** The handshake is complete. */
  opened(): void {
    this.heardAtMs = undefined;
    this.isCutOff = false;
  }

  heard(nowMs: number): void {
    this.heardAtMs = nowMs;
    this.unanswered = 0;
  }

  /** A message that was sent then got no answer. Returns since when nothing was heard; undefined: it goes on. */
  ranOut(sentAtMs: number): number | undefined {
    const { heardAtMs, openedAtMs } = this;
    // While it shakes hands nothing can be said.
    if (sentAtMs < openedAtMs) return undefined;
    if (heardAtMs === undefined) return openedAtMs;
    if (heardAtMs >= sentAtMs) return undefined;
    return this.isExplained || ++this.unanswered >= this.messages ? sentAtMs : undefined;
  }

  /** Without patience bad luck is enough; over a connection that never answered a cut. */
  mayRunOut(wasCalm: boolean): boolean {
    if (this.isExplained) return true;
    const bearsBadLuck = this.heardAtMs !== undefined && !this.isShort;
    return !bearsBadLuck && !wasCalm;
  }

  private get isExplained(): boolean {
    return this.isRebound || this.isCutOff;
  }
}
