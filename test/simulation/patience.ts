/** How long a simulated device goes on over a connection on which nothing answers, and what explains that nothing does. */

import type { Habits } from './device-habits.ts';

/** How many messages in a row may go unanswered before something is wrong: chance alone does not do that. */
const unansweredMax = 3;

export class Patience {
  /** When anything came over this connection; undefined until then. */
  heardAtMs: number | undefined;
  /** Its address changed under it, without a connection ID: the gateway cannot know whose its records are. */
  isRebound = false;
  /** What the gateway kept of its connection was destroyed, and no other came about since. */
  isCutOff = false;
  /** Where it was when its connection came about, it is not any more. */
  private hasMoved = false;
  /** How many messages in a row it sends into the dark. */
  readonly messages: number;
  private readonly isShort: boolean;
  private readonly acceptsHandshakes: boolean;
  private openedAtMs = 0;
  private unanswered = 0;

  constructor({ patience, acceptsHandshakes }: Habits) {
    this.messages = patience ?? unansweredMax;
    this.isShort = patience !== undefined;
    this.acceptsHandshakes = acceptsHandshakes !== undefined;
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

  moves(keepsConnection: boolean): void {
    this.hasMoved = true;
    if (!keepsConnection) this.isRebound = true;
  }

  /** The handshake is complete. */
  opened(): void {
    this.hasMoved = false;
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
  mayRunOut(wasCalm: boolean, isRegistered: boolean): boolean {
    if (this.isRebound) return true;
    // Where nothing is in the way the gateway shakes hands with it in time, if it is where it was, and had not just left.
    if (this.isCutOff) return !this.acceptsHandshakes || !isRegistered || this.hasMoved || !wasCalm;
    const bearsBadLuck = this.heardAtMs !== undefined && !this.isShort;
    return !bearsBadLuck && !wasCalm;
  }

  private get isExplained(): boolean {
    return this.isRebound || this.isCutOff;
  }
}
