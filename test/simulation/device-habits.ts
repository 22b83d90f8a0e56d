/** How real devices differ from what the standards have in mind: each habit was seen in a client, and changes what a restart means. */
import type { CoapHabits } from './device-coap.ts';

export interface Habits extends CoapHabits {
  /** It answers handshakes that the gateway begins: always with a full one, or also with one of before. */
  readonly acceptsHandshakes?: 'full' | 'resuming';
  /** It often begins a handshake of its own, from its port, in the instants in which the gateway shakes hands with it. */
  readonly beginsWhenGreeted?: boolean;
  /**
   * Throws its connection away when it has sent nothing for so long, and shakes hands before the next message, from the same port;
   * that message is lost (tinydtls).
   */
  readonly dropsConnectionAfterMs?: number;
  /** Its program ends at a 4.04 to an Update, and when one message in a row stays unanswered; somebody starts it again later. */
  readonly exits?: boolean;
  /** How many messages in a row it sends into the dark before it begins anew. */
  readonly patience?: number;
  /** When the gateway's port is closed it cancels its observations, says nothing for so long and begins anew. */
  readonly silentAfterUnreachableMs?: number;
  /** Shakes hands before each Update, from the same port. A full handshake makes it forget its observations and register. */
  readonly shakesHandsToUpdate?: boolean;
  /** Sometimes begins a handshake from its port, gives it up, and goes on over the connection that it has. */
  readonly hesitates?: boolean;
  /** Its notifications ask for no acknowledgement. */
  readonly notifiesUnconfirmed?: boolean;
  /** Acknowledges a FETCH and never responds to it. */
  readonly ignoresFetch?: boolean;
}

export interface DeviceOptions {
  readonly name: string;
  readonly secure: boolean;
  /** It has a certificate, and no key. */
  readonly hasCertificate?: boolean;
  readonly connectionId: boolean;
  readonly resumes: boolean;
  readonly queueMode: boolean;
  readonly habits?: Habits;
}

/** How long after its program ended somebody starts it again. */
export const exitedMs = 120_000;

/** A handshake that is given up is given up after this at the latest; where the network is slow that is early. */
export const hesitationMaxMs = 300;
export const hesitationProbability = 0.3;

/** So soon after the gateway has begun a handshake the device may begin one. */
export const overtakingMaxMs = 30;
export const overtakingProbability = 0.6;

/** For how long a repetition of a request may reach a device that has begun anew since (MAX_TRANSMIT_WAIT and the network). */
export const staleRequestMs = 100_000;

/** How long a datagram may wait, for the network and for a gateway that is down. */
export const datagramLifetimeMs = 15_000;
