/** What a call of a connection led to. The caller sends the datagrams, in order, and acts on the rest. */
import type { DtlsError } from './errors.ts';

/** Of `start`, `receive`, `timeout` and `close`. */
export interface Progress {
  /** Datagrams to send to the peer, in order. */
  datagrams: Uint8Array[];
  /** Application data that was received, one entry a record, in order. */
  plaintexts: Uint8Array[];
  /** The handshake was completed by this call. */
  established: boolean;
  /** At least one record of this datagram proved that it comes from the holder of the keys. */
  authenticated: boolean;
  /** Set when the connection is dead: send `datagrams`, then `free()` it. */
  ended?: DtlsError;
  /** Why (a part of) the datagram was ignored, if it was. */
  dropped?: DtlsError;
}
