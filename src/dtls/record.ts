/**
 * Cuts a datagram into DTLS records and reads their plaintext headers, before anything is routed: a datagram may carry
 * records of two associations (a final flight and a first message), and each must reach its own.
 *
 * Source: RFC 6347 section 4.1 (header), RFC 9146 section 4 (content type 25, connection ID before the length).
 */

export const contentType = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
  connectionId: 25,
} as const;

const plainHeaderBytes = 13;
const versionMajor = 0xfe;
const clientHello = 1;

/** Handshake messages that only a server sends, and those that only a client does (RFC 5246 section 7.4, RFC 5077, RFC 6347). */
const ofServers: ReadonlySet<number> = new Set([0, 2, 3, 4, 12, 13, 14, 22]);
const ofClients: ReadonlySet<number> = new Set([clientHello, 15, 16]);

export interface DtlsRecord {
  readonly contentType: number;
  readonly epoch: number;
  /** 48 bits: a double holds it exactly. */
  readonly sequence: number;
  /** The connection ID in the header; present with content type 25. */
  readonly connectionId: Uint8Array | undefined;
  readonly isClientHello: boolean;
  /** The type of the first handshake message in it, when it is readable: in epoch 0. */
  readonly handshakeType: number | undefined;
  /** Header and body. */
  readonly bytes: Uint8Array;
}

/** Whether a datagram is one of a handshake, as far as its first bytes tell. */
export function isOfHandshake(datagram: Uint8Array): boolean {
  return datagram[0] === contentType.handshake && datagram[3] === 0 && datagram[4] === 0;
}

/**
 * The records of a datagram, in order. Cutting stops at the first bytes that are no record; `clean` tells whether any were
 * left. A connection ID has no length on the wire: `connectionIdLength` is the one this receiver gives out.
 */
export function cutRecords(
  datagram: Uint8Array,
  connectionIdLength: number,
): { readonly records: readonly DtlsRecord[]; readonly clean: boolean } {
  const records: DtlsRecord[] = [];
  let at = 0;
  while (at < datagram.length) {
    const record = readRecord(datagram, at, connectionIdLength);
    if (record === undefined) return { records, clean: false };
    records.push(record);
    at += record.bytes.length;
  }
  return { records, clean: true };
}

function readRecord(datagram: Uint8Array, at: number, connectionIdLength: number): DtlsRecord | undefined {
  const type = datagram[at] as number;
  const idLength = type === contentType.connectionId ? connectionIdLength : 0;
  const headerBytes = plainHeaderBytes + idLength;
  if (datagram.length - at < headerBytes || datagram[at + 1] !== versionMajor) return undefined;
  if (type < contentType.changeCipherSpec || type > contentType.connectionId) return undefined;
  const view = new DataView(datagram.buffer, datagram.byteOffset + at, datagram.length - at);
  const end = headerBytes + view.getUint16(headerBytes - 2);
  if (end > view.byteLength || end === headerBytes) return undefined;
  const epoch = view.getUint16(3);
  const handshakeType = epoch === 0 && type === contentType.handshake ? datagram[at + headerBytes] : undefined;
  return {
    contentType: type,
    epoch,
    sequence: view.getUint16(5) * 2 ** 32 + view.getUint32(7),
    connectionId: idLength > 0 ? datagram.subarray(at + 11, at + 11 + idLength) : undefined,
    isClientHello: handshakeType === clientHello,
    handshakeType,
    bytes: datagram.subarray(at, at + end),
  };
}

/** Whether it may be for an association in which we have this role: it holds no handshake message that only our own side sends. */
export function mayBeFor(role: 'server' | 'client', record: DtlsRecord): boolean {
  const own = role === 'server' ? ofServers : ofClients;
  return record.handshakeType === undefined || !own.has(record.handshakeType);
}

const handshakeHeaderBytes = 12;
const versionAndRandomBytes = 34;

/**
 * What makes two ClientHellos the same one sent twice: the client's random (RFC 5246 section 7.4.1.2). Undefined when the
 * record is too short to hold one.
 */
export function clientRandom(record: DtlsRecord): Uint8Array | undefined {
  const start = plainHeaderBytes + handshakeHeaderBytes + 2;
  const end = plainHeaderBytes + handshakeHeaderBytes + versionAndRandomBytes;
  return record.bytes.length >= end ? record.bytes.slice(start, end) : undefined;
}
