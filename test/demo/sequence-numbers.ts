/**
 * Which record sequence numbers the gateway has used towards one device, under each key. A number used twice under one key would
 * repeat an AEAD nonce. Read from the record headers (RFC 6347 section 4.1), not asked of any library.
 *
 * A number counts as used once its datagram has authenticated. When it appears again it counts as reused, whether or not the
 * replay window lets it through: on loopback nobody repeats a datagram by himself.
 */
const headerBytes = 13;
const handshakeEpoch = 0;

export class SequenceNumbers {
  private used = new Set<number>();
  private reusedCount = 0;

  get reused(): number {
    return this.reusedCount;
  }

  /** A handshake begins: what follows is under another key. */
  newKey(): void {
    this.used = new Set();
  }

  /** A datagram came from the gateway; `authenticated` is the DTLS engine's word about it. */
  arrived(datagram: Uint8Array, authenticated: boolean): void {
    for (const number of protectedNumbers(datagram)) {
      if (this.used.has(number)) this.reusedCount++;
      else if (authenticated) this.used.add(number);
    }
  }
}

/** Epoch and sequence number, as one number, of each protected record of a datagram whose records carry no connection ID. */
export function protectedNumbers(datagram: Uint8Array): readonly number[] {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const numbers: number[] = [];
  for (let at = 0; at + headerBytes <= datagram.length; at += headerBytes + view.getUint16(at + 11)) {
    const epoch = view.getUint16(at + 3);
    const sequence = view.getUint16(at + 5) * 2 ** 32 + view.getUint32(at + 7);
    if (epoch !== handshakeEpoch) numbers.push(epoch * 2 ** 48 + sequence);
  }
  return numbers;
}
