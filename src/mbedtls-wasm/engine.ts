/**
 * One WebAssembly instance of mbedTLS: makes endpoints, and seals bytes for callers that need no more than an AEAD. Time and
 * entropy are handed in; nothing is read from the surroundings.
 */
import { ClientEndpoint, type ClientEndpointOptions } from './client-endpoint.ts';
import { failedError } from './error-of-code.ts';
import { Module } from './module.ts';
import { type RevocationList, readRevocationList } from './revocation-list.ts';
import { ServerEndpoint, type ServerEndpointOptions } from './server-endpoint.ts';

/** Time, entropy and crypto, which the engine reads nowhere by itself. */
export interface EngineHost {
  /** Fills the bytes with unpredictable ones. Must not throw, nor call the engine. */
  random(into: Uint8Array): void;
  /** A clock that never runs backward, for time-outs and the age of cookies. */
  monotonicMs(): number;
  /** The wall clock; used for nothing but the start time that is written into sessions. */
  wallMs(): number;
  /** Elliptic curves by the host's crypto: some ten times faster than in WebAssembly, where it is done without it. */
  p256?: HostP256;
}

/** Key pairs and shared secrets on P-256, and signatures of certificates. Called from inside `receive`; must not call the engine. */
export interface HostP256 {
  /** A fresh key pair: the private key of 32 bytes, the public one uncompressed, of 65. */
  generate(): { privateKey: Uint8Array; publicKey: Uint8Array };
  /** The x coordinate of their product, 32 bytes. The point was checked to be on the curve. */
  sharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array;
  /** Whether the signature of a certificate or list is good. Those of the handshake itself are verified in the module. */
  verify?(signature: CertificateSignature): boolean;
}

/** An ECDSA signature on a certificate or a revocation list, with the key of whoever issued it. */
export interface CertificateSignature {
  /** A point of P-256 or P-384, uncompressed: 65 or 97 bytes. */
  publicKey: Uint8Array;
  /** Of the message, which is what was signed: it is handed in whole. */
  hash: 'sha256' | 'sha384';
  message: Uint8Array;
  /** DER (RFC 3279 section 2.2.3). */
  signature: Uint8Array;
}

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** One instance of the module, with a memory of its own. Dropped like any other object. */
export class Engine {
  private readonly module: Module;

  private constructor(module: Module) {
    this.module = module;
  }

  /** Compiles and instantiates the module; `mbedtls-wasm/read-wasm` gives its bytes. The same array is compiled once. */
  static instantiate(wasm: Uint8Array, host: EngineHost): Engine {
    return new Engine(new Module(wasm, host));
  }

  /** A server. Throws a `RangeError` that says which of the options cannot be. */
  serverEndpoint(options: ServerEndpointOptions): ServerEndpoint {
    return new ServerEndpoint(this.module, options);
  }

  /** A client. Throws a `RangeError` that says which of the options cannot be. */
  clientEndpoint(options: ClientEndpointOptions): ClientEndpoint {
    return new ClientEndpoint(this.module, options);
  }

  /** Size of the module's memory in bytes. It grows and never shrinks. */
  get linearMemoryBytes(): number {
    return this.module.memory.size;
  }

  /**
   * A revocation list (RFC 5280 section 5) for `decideChain`, DER, when one of the authorities has signed it. They are
   * certificates, DER, of which you know that they are good: your trust anchors, and authorities below them.
   * @throws a `RangeError` that says why the list cannot be used; nobody is refused on the word of such a list.
   */
  readRevocationList(bytes: Uint8Array, authorities: readonly Uint8Array[]): RevocationList {
    return readRevocationList(bytes, authorities, (signature) => this.module.isGood(signature));
  }

  /** AES-256-GCM (key 32 bytes, nonce 12, never twice under one key): the ciphertext, then the 16-byte tag. */
  aeadSeal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, additional: Uint8Array): Uint8Array {
    const sealed = this.aead(true, key, nonce, plaintext, additional);
    if (sealed === undefined) throw failedError(-0x7f00);
    return sealed;
  }

  /** The plaintext of what `aeadSeal` made; undefined when it, the additional bytes, the nonce or the key are not the same. */
  aeadOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, additional: Uint8Array): Uint8Array | undefined {
    return sealed.length < tagBytes ? undefined : this.aead(false, key, nonce, sealed, additional);
  }

  private aead(
    seal: boolean,
    key: Uint8Array,
    nonce: Uint8Array,
    text: Uint8Array,
    additional: Uint8Array,
  ): Uint8Array | undefined {
    if (key.length !== keyBytes || nonce.length !== nonceBytes)
      throw new RangeError('the key has 32 bytes, the nonce 12');
    const { shim, memory } = this.module;
    const textAt = keyBytes + nonceBytes + additional.length;
    const bytes = textAt + text.length + (seal ? tagBytes : 0);
    const p = shim.allocate(bytes);
    if (p === 0) throw failedError(-0x7f00);
    let at = p;
    for (const part of [key, nonce, additional, text]) {
      memory.write(at, part);
      at += part.length;
    }
    const length = seal ? text.length : text.length - tagBytes;
    const result = shim.aead(seal ? 1 : 0, p, additional.length, length);
    const out = result === 0 ? memory.read(p + textAt, seal ? length + tagBytes : length) : undefined;
    shim.release(p, bytes);
    return out;
  }
}
