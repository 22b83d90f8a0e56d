/**
 * Which associations a datagram may be for: by connection ID, else by the address it came from. An address has at most one
 * current association, one older that still receives, and one open handshake, beside one of ours that only awaits its end.
 */
import type { Address, ListenerName, PeerId } from '../base/address.ts';
import { toHex } from '../base/bytes.ts';
import type { Association } from './association.ts';

export interface Slot {
  current: Association | undefined;
  /** Set by `Routes` alone. */
  older: Association | undefined;
  candidate: Association | undefined;
  /** A handshake of ours that the peer may have completed already when he began one himself. */
  finishing: Association | undefined;
}

function routeKey(listener: ListenerName, from: Address): string {
  return `${listener}|${from}`;
}

export class Routes {
  readonly byId = new Map<string, Association>();
  private readonly slots = new Map<string, Slot>();
  /** How many slots have an older association. */
  private displaced = 0;
  /** Handshakes under way that we began, by the random of our ClientHello. */
  private readonly begunByUs = new Map<string, Association>();
  private readonly peers = new Map<PeerId, Association[]>();

  slot(listener: ListenerName, from: Address): Slot | undefined {
    return this.slots.get(routeKey(listener, from));
  }

  slotMade(listener: ListenerName, from: Address): Slot {
    const key = routeKey(listener, from);
    const found = this.slots.get(key);
    if (found !== undefined) return found;
    const made: Slot = { current: undefined, older: undefined, candidate: undefined, finishing: undefined };
    this.slots.set(key, made);
    return made;
  }

  /** The associations of a peer, the current one first. */
  ofPeer(peer: PeerId): readonly Association[] {
    return this.peers.get(peer) ?? [];
  }

  /**
   * Whether nobody else is known at its address. Asked with every message: as long as no address has changed hands nothing is
   * looked up.
   */
  isAlone({ listener, primaryAddress }: Association): boolean {
    return this.displaced === 0 || this.slot(listener, primaryAddress)?.older === undefined;
  }

  /** A handshake of ours goes out to its address. */
  begun(association: Association): void {
    this.byId.set(association.id, association);
    this.slotMade(association.listener, association.primaryAddress).candidate = association;
    if (association.clientRandom !== undefined) this.begunByUs.set(toHex(association.clientRandom), association);
  }

  /** Whether a ClientHello is one of ours that somebody sends back to us. */
  isOurOwn(random: Uint8Array | undefined): boolean {
    return random !== undefined && this.begunByUs.size > 0 && this.begunByUs.has(toHex(random));
  }

  /** Makes an association the current one of its peer and of its address. */
  makeCurrent(association: Association, peer: PeerId): void {
    this.endBegun(association);
    const slot = this.slotMade(association.listener, association.primaryAddress);
    if (slot.candidate === association) slot.candidate = undefined;
    if (slot.finishing === association) slot.finishing = undefined;
    this.take(slot, association);
    const others = this.ofPeer(peer).filter((other) => other !== association);
    this.peers.set(peer, [association, ...others]);
  }

  /** Routes an established association by a new address; who was there before is reached by connection ID only. */
  move(association: Association, to: Address): void {
    this.leaveSlot(association);
    association.primaryAddress = to;
    const slot = this.slotMade(association.listener, to);
    this.take(slot, association);
  }

  remove(association: Association): void {
    this.byId.delete(association.id);
    this.endBegun(association);
    this.leaveSlot(association);
    const peer = association.peer;
    if (peer === undefined) return;
    const others = this.ofPeer(peer).filter((other) => other !== association);
    if (others.length > 0) this.peers.set(peer, others);
    else this.peers.delete(peer);
  }

  private take(slot: Slot, association: Association): void {
    if (slot.current !== undefined && slot.current !== association) this.setOlder(slot, slot.current);
    slot.current = association;
  }

  private setOlder(slot: Slot, older: Association | undefined): void {
    this.displaced += Number(older !== undefined) - Number(slot.older !== undefined);
    slot.older = older;
  }

  private endBegun({ clientRandom, role }: Association): void {
    if (role === 'client' && clientRandom !== undefined) this.begunByUs.delete(toHex(clientRandom));
  }

  private leaveSlot(association: Association): void {
    const key = routeKey(association.listener, association.primaryAddress);
    const slot = this.slots.get(key);
    if (slot === undefined) return;
    if (slot.current === association) slot.current = undefined;
    if (slot.older === association) this.setOlder(slot, undefined);
    if (slot.candidate === association) slot.candidate = undefined;
    if (slot.finishing === association) slot.finishing = undefined;
    if (slot.current === undefined && slot.older !== undefined) {
      slot.current = slot.older;
      this.setOlder(slot, undefined);
    }
    const isEmpty = slot.current === undefined && slot.candidate === undefined && slot.finishing === undefined;
    if (isEmpty) this.slots.delete(key);
  }
}
