/**
 * Watches what is sealed under which key, by standing between the gateway and its engine: the wire alone does not tell, since one
 * address may have several connections. Connections are the same one when one was imported from the other's export, so a key is
 * followed over restarts. Under one key sequence numbers only rise (RFC 6347 section 4.1); one that does not was used before.
 */
import { type Connection, DtlsError, type Engine, type Progress } from 'mbedtls-wasm';

const recordHeaderBytes = 13;
const connectionIdType = 25;

export class KeyWatch {
  /** The highest sequence number by key and epoch. */
  private readonly highest = new Map<string, number>();
  /** Which key an export holds. */
  private readonly exports = new Map<string, string>();
  private keys = 0;
  private readonly violate: (what: string) => void;

  constructor(violate: (what: string) => void) {
    this.violate = violate;
  }

  /** From now on every connection of the engine is watched. Returns the engine. */
  over(engine: Engine): Engine {
    const { serverEndpoint, clientEndpoint } = engine;
    engine.serverEndpoint = (options) => {
      const endpoint = serverEndpoint.call(engine, options);
      const accept = endpoint.accept.bind(endpoint);
      endpoint.accept = (o) => this.connection(accept(o), this.freshKey());
      this.overImports(endpoint);
      return endpoint;
    };
    engine.clientEndpoint = (options) => {
      const endpoint = clientEndpoint.call(engine, options);
      const connect = endpoint.connect.bind(endpoint);
      endpoint.connect = (o) => this.connection(connect(o), this.freshKey());
      this.overImports(endpoint);
      return endpoint;
    };
    return engine;
  }

  private overImports(endpoint: { import(exported: Uint8Array): Connection | DtlsError }): void {
    const made = endpoint.import.bind(endpoint);
    endpoint.import = (exported) => {
      const connection = made(exported);
      if (connection instanceof DtlsError) return connection;
      return this.connection(connection, this.exports.get(nameOf(exported)) ?? this.freshKey());
    };
  }

  private connection(connection: Connection, key: string): Connection {
    const { seal, receive, timeout, start, close, export: exportIt } = connection;
    const watched = (progress: Progress): Progress => {
      for (const datagram of progress.datagrams) this.sealed(key, datagram);
      return progress;
    };
    connection.seal = (plaintext) => {
      const datagram = seal.call(connection, plaintext);
      if (!(datagram instanceof DtlsError)) this.sealed(key, datagram);
      return datagram;
    };
    connection.receive = (datagram) => watched(receive.call(connection, datagram));
    connection.timeout = () => watched(timeout.call(connection));
    connection.start = () => watched(start.call(connection));
    connection.close = () => watched(close.call(connection));
    connection.export = () => {
      const exported = exportIt.call(connection);
      this.exports.set(nameOf(exported), key);
      return exported;
    };
    return connection;
  }

  private sealed(key: string, datagram: Uint8Array): void {
    for (const { epoch, sequence } of protectedRecords(datagram)) {
      const at = `${key} epoch ${epoch}`;
      if (sequence <= (this.highest.get(at) ?? -1)) this.violate(`sequence number ${sequence} was used again by ${at}`);
      this.highest.set(at, sequence);
    }
  }

  private freshKey(): string {
    return `connection ${++this.keys}`;
  }
}

function nameOf(exported: Uint8Array): string {
  return Buffer.from(exported).toString('latin1');
}

/** Epoch and sequence number of the records that are protected (RFC 6347 section 4.1, RFC 9146 section 4). */
function protectedRecords(datagram: Uint8Array): { epoch: number; sequence: number }[] {
  const records = [];
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  for (let at = 0; at + recordHeaderBytes <= datagram.length; at += recordHeaderBytes + view.getUint16(at + 11)) {
    const epoch = view.getUint16(at + 3);
    if (epoch > 0) records.push({ epoch, sequence: view.getUint16(at + 5) * 2 ** 32 + view.getUint32(at + 7) });
    // Where the length of a record with a connection ID stands only the peer knows; such a datagram holds one record.
    if (datagram[at] === connectionIdType) break;
  }
  return records;
}
