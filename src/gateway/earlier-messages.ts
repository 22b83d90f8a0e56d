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

/** What a start found. */
interface Found {
  /** Of young events, by peer. */
  readonly youngOf: (peer: PeerId) => readonly ReportRecord[];
  readonly registrations: Registrations;
  readonly uptimeMs: number;
  /** When uptime was that. */
  readonly at: Monotonic;
}

export class EarlierMessages {
  private readonly byPeer = new Map<PeerId, Earlier[]>();
  /** Undefined when all of it is too old to matter. */
  private found: Found | undefined;
  /** Those who have spoken since. */
  private readonly taken = new Set<PeerId>();

  /** Of young events, of Registers, and of De-registers. */
  restored(found: Found): void {
    this.found = found;
  }

  /** All registrations are known. */
  readThrough(): void {
    if (this.found === undefined) return;
    const { registrations, uptimeMs, at: now } = this.found;
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
    if (this.found !== undefined) this.lookFor(peer, this.found, now);
    const known = this.byPeer.get(peer);
    if (known === undefined) return;
    this.byPeer.delete(peer);
    for (const { message, at } of known)
      coap.rememberMessage(peer, { ...message, ageMs: message.ageMs + now - at }, now);
  }

  private lookFor(peer: PeerId, { youngOf, registrations, uptimeMs, at }: Found, now: Monotonic): void {
    if (now - at > limits.exchangeLifetimeMs) {
      this.found = undefined;
      this.taken.clear();
      return this.byPeer.clear();
    }
    if (this.taken.has(peer)) return;
    this.taken.add(peer);
    const young = youngOf(peer);
    for (const event of young) {
      const { messageId, token, association, digest } = event;
      const answer = event.kind === 'send' ? ({ code: '2.04' } as const) : 'acknowledgement';
      this.add(peer, { messageId, token, association, digest, answer, ageMs: uptimeMs - event.atUptimeMs }, at);
    }
    const registration = registrations.ofPeer(peer);
    const ageMs = uptimeMs - (registration?.registeredAtUptimeMs ?? 0);
    if (registration?.origin === undefined || ageMs > limits.exchangeLifetimeMs) return;
    this.add(peer, { ...registration.origin, answer: registeredAnswer(registration), ageMs }, at);
  }
}
