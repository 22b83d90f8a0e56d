/** What both kinds of endpoint share: the configuration in the module's memory, and the connections that hold on to it. */
import { type CertificateOptions, useCertificates } from './certificates.ts';
import { Connection, type ConnectionOwner } from './connection.ts';
import { failedError } from './error-of-code.ts';
import type { DtlsError } from './errors.ts';
import type { Lookups, Module } from './module.ts';
import type { Pointer } from './shim-exports.ts';
import { certificateSuites, type Suite, suiteNumber } from './suites.ts';

export interface EndpointSettings {
  isServer: boolean;
  suites: readonly Suite[];
  certificates: CertificateOptions | undefined;
  connectionIdLength: number;
  mtu: number | undefined;
  handshakeTimeoutMs: { min: number; max: number } | undefined;
}

export const connectionIdBytesMax = 32;
const suitesMax = 16;
const keyBytesMax = 64;
const mtuDefault = 1_280;
const mtuMin = 256;
const timeoutDefault = { min: 1_000, max: 60_000 };
const noBytes = new Uint8Array(0);
const outOfMemory = -0x7f00;

export class Endpoint implements ConnectionOwner {
  readonly module: Module;
  readonly lookups: Lookups;
  readonly isServer: boolean;
  private pointer: Pointer;
  private connections = 0;

  constructor(module: Module, settings: EndpointSettings, lookups: Lookups) {
    const { isServer, suites, connectionIdLength, mtu = mtuDefault } = settings;
    const timeout = settings.handshakeTimeoutMs ?? timeoutDefault;
    assertSuites(settings);
    if (timeout.min < 1 || timeout.max < timeout.min) throw new RangeError('a time-out is at least 1 ms');
    if (mtu < mtuMin || mtu > 65_535) throw new RangeError(`no MTU: ${mtu}`);
    if (!Number.isInteger(connectionIdLength) || connectionIdLength < 0 || connectionIdLength > connectionIdBytesMax) {
      throw new RangeError(`a connection ID has 0 to ${connectionIdBytesMax} bytes`);
    }
    this.module = module;
    this.lookups = lookups;
    this.isServer = isServer;
    this.pointer = module.shim.endpointNew(isServer ? 0 : 1, connectionIdLength, mtu, timeout.min, timeout.max);
    if (this.pointer === 0) throw failedError(outOfMemory);
    for (const suite of suites) {
      if (module.shim.endpointSuite(this.pointer, suiteNumber(suite)) !== 0) throw new RangeError(`no suite: ${suite}`);
    }
    if (settings.certificates !== undefined) this.use(settings.certificates);
  }

  live(): Pointer {
    if (this.pointer === 0) throw new Error('the endpoint was freed');
    return this.pointer;
  }

  /**
   * A fresh connection; its own connection ID, if any, must have the endpoint's length. `opened` is told that there is one, and
   * what it returns that its handshake is over. Throws `out-of-memory`.
   */
  create(connectionId: Uint8Array | undefined, transportId: Uint8Array, opened?: () => () => void): Connection {
    this.module.put(connectionId ?? noBytes, transportId);
    const pointer = this.module.shim.connectionNew(this.live(), connectionId?.length ?? -1, transportId.length);
    return this.adopt(pointer, opened);
  }

  import(exported: Uint8Array): Connection | DtlsError {
    if (!this.module.put(exported)) return failedError(-2);
    const pointer = this.module.shim.connectionImport(this.live(), exported.length);
    this.module.wipeAreas();
    return pointer === 0 ? failedError(this.module.outcome('ended')) : this.adopt(pointer);
  }

  released(): void {
    this.connections -= 1;
  }

  free(): void {
    if (this.connections > 0) throw new Error('free the connections of an endpoint before it');
    this.module.shim.endpointFree(this.live());
    this.pointer = 0;
  }

  private use(certificates: CertificateOptions): void {
    try {
      useCertificates(this.module, this.pointer, certificates);
    } catch (error) {
      this.free();
      throw error;
    }
  }

  private adopt(pointer: Pointer, opened?: () => () => void): Connection {
    if (pointer === 0) throw failedError(outOfMemory);
    this.connections += 1;
    return new Connection(this, pointer, opened?.());
  }
}

/** A pre-shared key has a length that the module takes. */
export function assertKey(key: Uint8Array): void {
  if (key.length === 0 || key.length > keyBytesMax) throw new RangeError(`a key has 1 to ${keyBytesMax} bytes`);
}

function assertSuites({ suites, certificates }: EndpointSettings): void {
  if (suites.length === 0 || suites.length > suitesMax) throw new RangeError('an endpoint has 1 to 16 suites');
  if (certificates === undefined && suites.some((suite) => certificateSuites.includes(suite))) {
    throw new RangeError('suites with certificates need `certificates`');
  }
}
