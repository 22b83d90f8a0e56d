/**
 * One DTLS connection, in either role. Synchronous: datagrams and time-outs in, datagrams and plaintexts out.
 *
 * Owns its part of the module's memory until `free()`. Life: `start` (client), `receive` and `timeout` until established;
 * then `receive` and `seal`, with `export` at any moment, until a progress says `ended`; then `free`.
 */
import { droppedError, endedError, failedError } from './error-of-code.ts';
import { DtlsError } from './errors.ts';
import type { Lookups, Module } from './module.ts';
import type { Progress } from './progress.ts';
import { areaBytes, type Pointer } from './shim-exports.ts';
import { type Suite, suiteOf } from './suites.ts';

const sequenceMax = 2 ** 48;
/** What fits into mbedTLS's record buffer; a longer datagram cannot hold a record that it would take. */
const datagramBytesMax = 2_048 + 80;

/** What a connection needs of the endpoint that made it. */
export interface ConnectionOwner {
  readonly module: Module;
  readonly lookups: Lookups;
  readonly isServer: boolean;
  /** Told once, when the connection is freed. */
  released(): void;
}

/** Who a peer with a certificate is. */
export interface PeerCertificate {
  /** What the decision on his chain said, in the full handshake behind a resumed one. */
  identity: Uint8Array;
  /** SHA-256 of his own certificate, DER. */
  sha256: Uint8Array;
}

const sha256Bytes = 32;

/** One DTLS connection: `start` (client), `receive`, `timeout`, `seal`, until a progress says `ended`; then `free`. */
export class Connection {
  private readonly owner: ConnectionOwner;
  private readonly module: Module;
  private pointer: Pointer;
  private end: DtlsError | undefined;
  private onSettled: (() => void) | undefined;

  /** Made by endpoints only. `onSettled` is told once: when the handshake is over, whatever came of it. */
  constructor(owner: ConnectionOwner, pointer: Pointer, onSettled?: () => void) {
    this.onSettled = onSettled;
    this.owner = owner;
    this.module = owner.module;
    this.pointer = pointer;
  }

  /** A client's session of an earlier connection, before `start`. False = it is not usable, and a full handshake follows. */
  useSession(session: Uint8Array): boolean {
    const at = this.live();
    return this.module.put(session) && this.module.shim.connectionSetSession(at, session.length) === 0;
  }

  /** A client's own key and identity, which lie in the input area; 0, or why not. For `ClientEndpoint`. */
  usePsk(keyLength: number, identityLength: number): number {
    return this.module.shim.connectionPsk(this.live(), keyLength, identityLength);
  }

  /** Begins a client's handshake: the progress holds the first flight. */
  start(): Progress {
    return this.step(0);
  }

  /** Takes any datagram. Never throws for what a peer sends; noise is reported in `dropped`. */
  receive(datagram: Uint8Array): Progress {
    if (datagram.length === 0 || datagram.length > datagramBytesMax) {
      return { ...emptyProgress(), dropped: new DtlsError('noise', 0, 'DATAGRAM_LENGTH') };
    }
    this.module.put(datagram);
    return this.step(datagram.length);
  }

  /** To be called when `nextTimeoutAtMs` has come: sends a flight again, or ends the handshake with kind `timeout`. */
  timeout(): Progress {
    return this.established ? emptyProgress() : this.step(0);
  }

  /**
   * One application record as one datagram. An error of kind `send-ceiling` leaves the connection as it was; `internal` means
   * that the plaintext is longer than `plaintextBytesMax` or the handshake is not over.
   */
  seal(plaintext: Uint8Array): Uint8Array | DtlsError {
    const at = this.live();
    if (this.end !== undefined) return this.end;
    if (!this.module.put(plaintext)) return failedError(-0x7100);
    const result = this.module.call(this.owner.lookups, () => this.module.shim.connectionSeal(at, plaintext.length));
    const [datagram] = this.module.taken().datagrams;
    return result === 0 && datagram !== undefined ? datagram : failedError(result);
  }

  /** Sends close_notify, if the handshake is over and the ceiling lets it, and ends the connection. */
  close(): Progress {
    const at = this.live();
    if (this.end !== undefined) return { ...emptyProgress(), ended: this.end };
    this.module.call(this.owner.lookups, () => this.module.shim.connectionClose(at));
    this.end = endedError(-0x7880, 0, this.owner.isServer);
    this.settle();
    return { ...emptyProgress(), datagrams: this.module.taken().datagrams, ended: this.end };
  }

  /**
   * The live connection as bytes for `import` on an endpoint of the same role; the connection goes on undisturbed. Possible
   * at any moment once established. The bytes are secret: they hold the master secret.
   * @throws when the handshake is not over.
   */
  export(): Uint8Array {
    const at = this.live();
    return this.readSecret(this.module.shim.connectionExport(at));
  }

  /**
   * Bounds of the send sequence: every protected record, alerts and retransmitted flights included, leaves with
   * floor <= sequence < ceiling or not at all. An established connection is raised to the floor at once, one in handshake when
   * it is established; a sequence is never lowered. A connection that was imported sends nothing before this was called.
   */
  setSendBounds(floor: number, ceiling: number): void {
    for (const bound of [floor, ceiling]) {
      if (!Number.isSafeInteger(bound) || bound < 0 || bound > sequenceMax) throw new RangeError(`no bound: ${bound}`);
    }
    this.module.shim.connectionSetSendBounds(this.live(), floor, ceiling);
  }

  /** Sequence number of the next record that is sent. */
  get sendSequence(): number {
    return this.module.shim.connectionSendSequence(this.live());
  }

  /** Epoch of the next record that is sent: 0 until the keys of the handshake are in use, then 1. */
  get sendEpoch(): number {
    return this.module.shim.connectionSendEpoch(this.live());
  }

  /** The anti-replay window: highest sequence received (8 bytes), then the bit mask of the 64 up to it (8), big-endian. */
  receiveWindow(): Uint8Array {
    this.module.shim.connectionWindow(this.live());
    return this.module.read(16);
  }

  /** Adds what another window has seen: what either of both knows as received is refused. A window is never weakened. */
  setReceiveWindow(window: Uint8Array): void {
    if (window.length !== 16) throw new RangeError('a receive window has 16 bytes');
    this.module.put(window);
    this.module.shim.connectionAddWindow(this.live());
  }

  /** The handshake is over, and `seal` may be called. Stays so when the connection has ended. */
  get established(): boolean {
    return this.module.shim.connectionEstablished(this.live()) === 1;
  }

  /** The last flight was ours, and the peer has not yet shown that he has it: it may be asked for again. */
  get finalFlightPending(): boolean {
    return this.module.shim.connectionFinalFlightPending(this.live()) === 1;
  }

  /** The handshake was abbreviated. Not kept over an export. */
  get resumed(): boolean {
    return this.module.shim.connectionResumed(this.live()) === 1;
  }

  /** The cipher suite that both ends agreed on; undefined before. */
  get suite(): Suite | undefined {
    return suiteOf(this.module.shim.connectionSuite(this.live()));
  }

  /**
   * Server: the PSK identity that the peer named, in the full handshake behind a resumed one. It is proved only once the
   * connection is established; before, it tells whom a failed handshake claimed to be. Undefined with a certificate.
   */
  get peerIdentity(): Uint8Array | undefined {
    return this.readOptional(this.module.shim.connectionIdentity(this.live()));
  }

  /** The peer of an established connection with certificates; undefined with a pre-shared key. */
  get peerCertificate(): PeerCertificate | undefined {
    const bytes = this.readOptional(this.module.shim.connectionPeerCertificate(this.live()));
    return bytes && { identity: bytes.slice(sha256Bytes), sha256: bytes.slice(0, sha256Bytes) };
  }

  /** The connection ID (RFC 9146) that the peer chose, on our records; undefined when none were agreed on. */
  get peerConnectionId(): Uint8Array | undefined {
    return this.readOptional(this.module.shim.connectionId(this.live(), 0));
  }

  /** The connection ID that we chose, on the peer's records; undefined when none were agreed on. */
  get ownConnectionId(): Uint8Array | undefined {
    return this.readOptional(this.module.shim.connectionId(this.live(), 1));
  }

  /** The longest plaintext that `seal` takes: 2,048 bytes, or what the peer asked for (RFC 6066 section 4). */
  get plaintextBytesMax(): number {
    return this.module.shim.connectionPlaintextMax(this.live());
  }

  /** The session for a later `connect`, ticket included; undefined before the handshake is over. Secret. */
  exportSession(): Uint8Array | undefined {
    const at = this.live();
    return this.established ? this.readSecret(this.module.shim.connectionExportSession(at)) : undefined;
  }

  /** When `timeout` is due, on the monotonic clock that was handed in; undefined = never. */
  get nextTimeoutAtMs(): number | undefined {
    const at = this.module.shim.connectionTimeoutAt(this.live());
    return at < 0 || this.end !== undefined ? undefined : at;
  }

  /** Gives the connection's own record buffers back (idle: 1.7 KB instead of 7). False while its final flight is pending. */
  share(): boolean {
    return this.module.shim.connectionShare(this.live()) === 1;
  }

  /** Frees the connection's memory. Nothing else may be called afterwards. */
  free(): void {
    this.module.shim.connectionFree(this.live());
    this.pointer = 0;
    this.settle();
    this.owner.released();
  }

  private step(length: number): Progress {
    const at = this.live();
    if (this.end !== undefined) return { ...emptyProgress(), ended: this.end };
    this.module.call(this.owner.lookups, () => this.module.shim.connectionReceive(at, length));
    const { module } = this;
    const { datagrams, plaintexts } = module.taken();
    const progress: Progress = {
      datagrams,
      plaintexts,
      established: module.outcome('established') === 1,
      authenticated: module.outcome('authenticated') === 1,
    };
    const dropped = module.outcome('dropped');
    if (module.outcome('refusedAtCeiling') === 1) progress.dropped = failedError(-1);
    if (dropped !== 0) progress.dropped = droppedError(dropped);
    const ended = module.outcome('ended');
    if (ended !== 0) {
      this.end = endedError(ended, module.outcome('alert'), this.owner.isServer);
      progress.ended = this.end;
    }
    if (progress.established || progress.ended) this.settle();
    return progress;
  }

  private settle(): void {
    const { onSettled } = this;
    this.onSettled = undefined;
    onSettled?.();
  }

  private live(): Pointer {
    if (this.pointer === 0) throw new Error('the connection was freed');
    return this.pointer;
  }

  private readOptional(length: number): Uint8Array | undefined {
    return length < 0 ? undefined : this.module.read(length);
  }

  private readSecret(length: number): Uint8Array {
    if (length < 0) throw failedError(length);
    const bytes = this.module.read(length);
    this.module.memory.wipe(this.module.areaOut, areaBytes);
    return bytes;
  }
}

function emptyProgress(): Progress {
  return { datagrams: [], plaintexts: [], established: false, authenticated: false };
}
