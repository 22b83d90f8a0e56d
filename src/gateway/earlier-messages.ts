/**
 * Messages that were answered before a restart, by peer. The CoAP layer gets those of a peer when it speaks: most of a start
 * would be spent on handing them over.
 */
import type { PeerId } from '../base/address.ts';
import type { Monotonic } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { Coap, RestoredMessage } from '../coap/coap.ts';
import type { ReportRecord } from '../records/event-record.ts';
import { deregisteredAnswer, registeredAnswer } from './device-interface.ts';
import type { Registrations } from './registrations.ts';

interface Earlier {
  readonly message: RestoredMessage;
  /** When its age was what it says. */
  readonly at: Monotonic;
}

export class EarlierMessages {
  private readonly byPeer = new Map<PeerId, Earlier[]>();

  /** Of young events, of Registers, and of De-registers. */
  restored(young: readonly ReportRecord[], registrations: Registrations, uptimeMs: number, now: Monotonic): void {
    for (const event of young) {
      const { messageId, token, association, digest } = event;
      const answer = event.kind === 'send' ? ({ code: '2.04' } as const) : 'acknowledgement';
      const ageMs = uptimeMs - event.atUptimeMs;
      this.add(event.peer as PeerId, { messageId, token, association, digest, answer, ageMs }, now);
    }
    for (const registration of registrations) {
      const { peer, registeredAtUptimeMs, origin } = registration;
      const ageMs = uptimeMs - registeredAtUptimeMs;
      if (origin === undefined || ageMs > limits.exchangeLifetimeMs) continue;
      this.add(peer, { ...origin, answer: registeredAnswer(registration), ageMs }, now);
    }
    for (const { peer, ended } of registrations.former) {
      const ageMs = uptimeMs - (ended?.atUptimeMs ?? 0);
      if (ended?.origin === undefined || ageMs > limits.exchangeLifetimeMs) continue;
      this.add(peer, { ...ended.origin, answer: deregisteredAnswer, ageMs }, now);
    }
  }

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
