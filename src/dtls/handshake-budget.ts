import { limits } from '../base/limits.ts';
import type { Role } from './dtls-output.ts';

export interface HandshakeLimits {
  readonly handshakesPendingMax: number;
  readonly handshakesPendingPerSourceMax: number;
}

/** Those that peers begin and those that we begin do not take each other's room: devices that are silent keep nobody out. */
export type HandshakeBudgets = Readonly<Record<Role, HandshakeBudget>>;

/** How many handshakes are open, in total and with one host: each costs some 7 KB until its Finished. */
export class HandshakeBudget {
  private open = 0;
  private readonly openByHost = new Map<string, number>();
  private readonly max: HandshakeLimits;

  constructor(max: HandshakeLimits = limits) {
    this.max = max;
  }

  /** False when the limit of the host or of all is reached. */
  take(host: string): boolean {
    const ofHost = this.openByHost.get(host) ?? 0;
    if (this.open >= this.max.handshakesPendingMax || ofHost >= this.max.handshakesPendingPerSourceMax) return false;
    this.open++;
    this.openByHost.set(host, ofHost + 1);
    return true;
  }

  giveBack(host: string): void {
    this.open--;
    const ofHost = (this.openByHost.get(host) ?? 1) - 1;
    if (ofHost > 0) this.openByHost.set(host, ofHost);
    else this.openByHost.delete(host);
  }
}
