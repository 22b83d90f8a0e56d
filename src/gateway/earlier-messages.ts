/**
 * Messages that were answered before a restart, by peer. The CoAP layer gets those of a peer when it speaks: most of a start
 * would be spent on handing them over.
 */
import type { PeerId } from '../base/address.ts';
import type { Monotonic } from '../base/instants.ts';
import type { Coap, RestoredMessage } from '../coap/coap.ts';

interface Earlier {
  readonly message: RestoredMessage;
  /** When its age was what it says. */
  readonly at: Monotonic;
}

export class EarlierMessages {
  private readonly byPeer = new Map<PeerId, Earlier[]>();

  add(peer: PeerId, message: RestoredMessage, at: Monotonic): void {
    const known = this.byPeer.get(peer);
    if (known === undefined) this.byPeer.set(peer, [{ message, at }]);
    else known.push({ message, at });
  }

  /** A message of the peer has come: whatever it may repeat is remembered first. */
  takeUp(peer: PeerId, coap: Coap, now: Monotonic): void {
    const known = this.byPeer.get(peer);
    if (known === undefined) return;
    this.byPeer.delete(peer);
    for (const { message, at } of known)
      coap.rememberMessage(peer, { ...message, ageMs: message.ageMs + now - at }, now);
  }
}
