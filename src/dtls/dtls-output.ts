/** What a step of the DTLS layer leads to. */
import type { Address, ListenerName, PeerId } from '../base/address.ts';
import type { DropReason } from '../base/drop-reason.ts';

export interface SealedDatagram {
  readonly listener: ListenerName;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

export type DtlsEvent =
  /** A handshake is complete: commit the association by itself, before anything else of this peer. */
  | { readonly kind: 'established'; readonly peer: PeerId; readonly association: string; readonly resumed: boolean }
  | {
      readonly kind: 'plaintext';
      readonly peer: PeerId;
      readonly association: string;
      /** Orders associations by age, over restarts. */
      readonly serial: number;
      readonly from: Address;
      readonly bytes: Uint8Array;
    }
  /** The association is no more: forget its records. `last` tells that its peer has none left. */
  | { readonly kind: 'ended'; readonly peer: PeerId | undefined; readonly association: string; readonly last: boolean }
  | { readonly kind: 'moved'; readonly peer: PeerId; readonly association: string }
  | {
      readonly kind: 'drop';
      readonly reason: DropReason;
      readonly listener: ListenerName;
      readonly from: Address | undefined;
      readonly identity?: string | undefined;
    }
  /** A range of send sequence numbers is half used: make the next generation durable. */
  | { readonly kind: 'generation-wanted' };

export class DtlsOutput {
  readonly send: SealedDatagram[] = [];
  readonly events: DtlsEvent[] = [];

  drop(reason: DropReason, listener: ListenerName, from: Address | undefined, identity?: string): void {
    this.events.push({ kind: 'drop', reason, listener, from, identity });
  }
}
