/**
 * While a start serves already and reads on, messages of devices whose records have not all been read wait. Whoever has no
 * registration, or no DTLS to tell who he is, or is to be asked something, waits until everything is read.
 *
 * Limits: `messagesUnreadMax`; whatever comes beyond that the devices repeat.
 */
import { limits } from '../base/limits.ts';
import type { Counters } from './counters.ts';
import type { Credentials } from './credentials.ts';
import type { Downlink } from './downlink.ts';
import type { LateReading } from './late-reading.ts';
import type { MutedDevices } from './muted-devices.ts';
import type { Peer } from './peers.ts';
import type { Registrations } from './registrations.ts';
import type { PeerMessage } from './routing.ts';
import type { Step } from './step.ts';

export interface UnreadParts {
  readonly downlink: Downlink;
  readonly credentials: Credentials;
  readonly registrations: Registrations;
  readonly reading: LateReading;
  readonly counters: Counters;
  readonly muted: MutedDevices;
}

export class UnreadDevices {
  private waiting: PeerMessage[] = [];
  private readonly parts: UnreadParts;
  /** Devices with operations, which are put together when everything is read. */
  private withOperations: ReadonlySet<string> | undefined;

  constructor(parts: UnreadParts) {
    this.parts = parts;
  }

  /** True when the message waits; `takeRead` gives it back. */
  keeps(message: PeerMessage, step: Step): boolean {
    if (this.isRead(message.peer)) return false;
    if (this.waiting.length < limits.messagesUnreadMax) this.waiting.push(message);
    else this.parts.counters.count('records-unread', step.now.monotonic);
    return true;
  }

  /** Takes out the messages of devices whose records have been read meanwhile, in the order in which they came. */
  takeRead(step: Step): readonly PeerMessage[] {
    const read = this.waiting.filter(({ peer }) => this.isRead(peer));
    if (read.length > 0) this.waiting = this.waiting.filter(({ peer }) => !this.isRead(peer));
    // Whose an identity is, and with it whether he is muted, may be known only now.
    return read.filter(({ peer }) => {
      const isMuted = peer.identity !== undefined && this.parts.muted.hasIdentity(peer.identity);
      if (isMuted) this.parts.counters.count('muted', step.now.monotonic);
      return !isMuted;
    });
  }

  private isRead({ id, identity }: Peer): boolean {
    const { credentials, registrations, reading, downlink } = this.parts;
    if (reading.isThrough) return true;
    const endpoint = registrations.ofPeer(id)?.endpoint;
    if (identity === undefined || endpoint === undefined) return false;
    this.withOperations ??= new Set([...downlink.operations].map((operation) => operation.endpoint));
    if (this.withOperations.has(endpoint)) return false;
    // It may come as the one or as the other.
    return reading.isRead(endpoint) && reading.isRead(credentials.endpointOf(identity) ?? endpoint);
  }
}
