/** Transfers of bodies under way in the server's role, few a peer and bounded in all, each with a deadline that moves with every block. */
import type { Deadlines } from '../base/deadlines.ts';
import { after, type Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { BodyAssembly } from './body-assembly.ts';
import type { BodyPages } from './body-pages.ts';
import type { PeerId } from './output.ts';
import type { Timer } from './timer.ts';

export class Transfers<Transfer extends BodyAssembly | BodyPages> {
  private readonly deadlines: Deadlines<Timer>;
  private readonly peers = new Map<PeerId, Map<string, Transfer>>();
  private transfers = 0;

  constructor(deadlines: Deadlines<Timer>) {
    this.deadlines = deadlines;
  }

  get size(): number {
    return this.transfers;
  }

  get(peer: PeerId, key: string): Transfer | undefined {
    return this.peers.get(peer)?.get(key);
  }

  hasRoom(peer: PeerId): boolean {
    return this.transfers < limits.transfersMax && this.of(peer).length < limits.transfersPerPeerMax;
  }

  /** Keeps a transfer, in place of one with its key, until EXCHANGE_LIFETIME from now. */
  keep(transfer: Transfer, now: Monotonic): void {
    const earlier = this.get(transfer.peer, transfer.key);
    if (earlier !== undefined && earlier !== transfer) this.remove(earlier);
    const peer = this.peers.get(transfer.peer) ?? new Map<string, Transfer>();
    this.peers.set(transfer.peer, peer);
    if (!peer.has(transfer.key)) this.transfers++;
    peer.set(transfer.key, transfer);
    this.deadlines.set(transfer as Timer, after(now, limits.exchangeLifetimeMs));
  }

  remove(transfer: Transfer): void {
    this.deadlines.cancel(transfer as Timer);
    const peer = this.peers.get(transfer.peer);
    if (peer?.get(transfer.key) !== transfer) return;
    peer.delete(transfer.key);
    this.transfers--;
    if (peer.size === 0) this.peers.delete(transfer.peer);
  }

  removePeer(peer: PeerId): void {
    for (const transfer of this.of(peer)) this.remove(transfer);
  }

  /** The transfers of a peer, oldest first. */
  of(peer: PeerId): readonly Transfer[] {
    return [...(this.peers.get(peer)?.values() ?? [])];
  }
}
