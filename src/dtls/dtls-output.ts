/** What a step of the DTLS layer leads to. */
import type { ChainRefusal } from 'mbedtls-wasm';
import type { Address, ListenerName, PeerId } from '../base/address.ts';
import type { DropReason } from '../base/drop-reason.ts';
import type { CertificateProof } from './peer-chains.ts';

export interface SealedDatagram {
  readonly listener: ListenerName;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** Whether we answered the handshake, or began it. */
export type Role = 'server' | 'client';

/** In which of our roles the session came about that we offered. */
export type OfferedSession = 'made-as-client' | 'made-as-server';

/**
 * - `refused`: the peer answered, and the handshake failed.
 * - `no-answer`: nothing came that took it further, for as long as the flights are repeated.
 * - `peer-began`: the peer shakes hands himself, and that counts.
 * - `ended`: his key was changed or taken away meanwhile.
 */
export type ConnectFailure = 'refused' | 'no-answer' | 'peer-began' | 'ended';

export type DtlsEvent =
  /** A handshake is complete: commit the association by itself, before anything else of this peer. */
  | {
      readonly kind: 'established';
      readonly peer: PeerId;
      readonly association: string;
      readonly resumed: boolean;
      /** We began it, and what session we offered, if any. */
      readonly role: Role;
      readonly offered: OfferedSession | undefined;
      /** What the peer's certificate proved in a full handshake. */
      readonly proof?: CertificateProof;
    }
  /** A handshake that we began has ended without an association. */
  | { readonly kind: 'connect-failed'; readonly peer: PeerId; readonly identity: string; readonly why: ConnectFailure }
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
      /** Of a chain that was refused. */
      readonly refused?: ChainRefusal | undefined;
    }
  /** A range of send sequence numbers is half used: make the next generation durable. */
  | { readonly kind: 'generation-wanted' };

export class DtlsOutput {
  readonly send: SealedDatagram[] = [];
  readonly events: DtlsEvent[] = [];

  drop(
    reason: DropReason,
    listener: ListenerName,
    from: Address | undefined,
    identity?: string,
    refused?: ChainRefusal,
  ): void {
    this.events.push({ kind: 'drop', reason, listener, from, identity, ...(refused && { refused }) });
  }
}
