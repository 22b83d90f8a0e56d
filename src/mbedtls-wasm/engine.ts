/** One WebAssembly instance of mbedTLS. Time and entropy are handed in. */
import type { ClientEndpoint, ClientEndpointOptions } from './client-endpoint.ts';
import type { ServerEndpoint, ServerEndpointOptions } from './server-endpoint.ts';

export interface EngineHost {
  /** Fills the bytes with unpredictable ones. */
  random(into: Uint8Array): void;
  /** A clock that never runs backward, for time-outs. */
  monotonicMs(): number;
  /** The wall clock; used for nothing but the start time written into sessions. */
  wallMs(): number;
}

const unbuilt = (): never => {
  throw new Error('the engine is being built');
};

export class Engine {
  readonly linearMemoryBytes: number = 0;
  static instantiate(_wasm: Uint8Array, _host: EngineHost): Engine {
    return unbuilt();
  }
  serverEndpoint(_o: ServerEndpointOptions): ServerEndpoint {
    return unbuilt();
  }
  clientEndpoint(_o: ClientEndpointOptions): ClientEndpoint {
    return unbuilt();
  }
  /** AES-256-GCM with a 32-byte key and a 12-byte nonce: ciphertext, then the 16-byte tag. */
  aeadSeal(_key: Uint8Array, _nonce: Uint8Array, _plaintext: Uint8Array, _additional: Uint8Array): Uint8Array {
    return unbuilt();
  }
  aeadOpen(_key: Uint8Array, _nonce: Uint8Array, _sealed: Uint8Array, _additional: Uint8Array): Uint8Array | undefined {
    return unbuilt();
  }
}
