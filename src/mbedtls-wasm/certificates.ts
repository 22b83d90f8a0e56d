/**
 * Certificates of an endpoint: our own chain and key, what the chains of peers may end in, and the decision on a peer's
 * chain, which is the caller's. mbedTLS builds the path and verifies its signatures; names, validity and revocation are
 * looked at nowhere in the module (`chain-rules.ts` may do it for the caller).
 */
import { failedError } from './error-of-code.ts';
import type { Module } from './module.ts';
import type { Pointer } from './shim-exports.ts';

/** Certificates as DER, keys on P-256; those that sign others may have keys on P-384. Hashes are SHA-256 and SHA-384. */
export interface CertificateOptions {
  /** Our own certificate first, then each one that signed the one before; together at most 2,000 bytes. */
  chain: readonly Uint8Array[];
  /** The private key of our own certificate: PKCS #8 (RFC 5958) or SEC 1 (RFC 5915), DER, not encrypted. */
  privateKey: Uint8Array;
  /** What a peer's chain may end in: certificates of authorities, or of peers that signed their own. May be empty. */
  trustAnchors: readonly Uint8Array[];
  /** The word on a peer's chain in a full handshake. Called from inside `receive`; must not call the engine. */
  decide(peer: PeerChain): ChainDecision;
}

/** A peer's chain as he sent it, and what mbedTLS found. No finding: the path to a trust anchor is good. */
export interface PeerChain {
  /** DER, the peer's own certificate first. */
  certificates: readonly Uint8Array[];
  findings: readonly ChainFinding[];
}

/**
 * - `not-trusted`: no path with good signatures leads to a trust anchor.
 * - `key-usage`, `extended-key-usage`: the peer's certificate is not meant for his role in the handshake.
 * - `unsupported`: a signature or key on the path of a kind that the engine does not take.
 */
export type ChainFinding = 'not-trusted' | 'key-usage' | 'extended-key-usage' | 'unsupported';

/** The peer's identity, 1 to 255 bytes, which sessions and exports carry on; or why the handshake ends. */
export type ChainDecision = { identity: Uint8Array } | { refused: ChainRefusal };

/** Chooses the alert that the peer is sent (RFC 5246 section 7.2.2). */
export type ChainRefusal = keyof typeof refusalFlags;

/** mbedTLS's flags (`x509.h`), each of which stands for an alert. */
const refusalFlags = {
  /** certificate_expired, also for one that is not valid yet. */
  'not-valid-now': 0x01,
  /** certificate_revoked */
  revoked: 0x02,
  /** bad_certificate */
  'wrong-name': 0x04,
  /** unknown_ca */
  'not-trusted': 0x08,
  /** access_denied */
  'not-allowed': 0x0100,
  /** unsupported_certificate */
  unsupported: 0x0800,
} as const;

const findingFlags: readonly (readonly [number, ChainFinding])[] = [
  [0x08, 'not-trusted'],
  [0x0800, 'key-usage'],
  [0x1000, 'extended-key-usage'],
];
const namedFlags = findingFlags.reduce((all, [flag]) => all | flag, 0);

const lengthBytes = 3;
const identityBytesMax = 255;

/** Gives an endpoint its certificates. Throws a `RangeError` that says which of them cannot be used. */
export function useCertificates(module: Module, endpoint: Pointer, options: CertificateOptions): void {
  const { chain, privateKey, trustAnchors } = options;
  if (chain.length === 0) throw new RangeError('a chain has at least our own certificate');
  const add = (bytes: Uint8Array, what: string, call: (length: number) => number): void => {
    const result = module.put(bytes) ? call(bytes.length) : tooLong;
    module.wipeAreas();
    if (result !== 0) throw new RangeError(`${what} cannot be used: ${failedError(result).mbedtlsName}`);
  };
  const { shim } = module;
  for (const [i, bytes] of chain.entries()) {
    add(bytes, `certificate ${i + 1} of our own chain`, (length) => shim.endpointCertificate(endpoint, length));
  }
  for (const [i, bytes] of trustAnchors.entries()) {
    add(bytes, `trust anchor ${i + 1}`, (length) => shim.endpointAnchor(endpoint, length));
  }
  add(privateKey, 'the private key', (length) => shim.endpointKey(endpoint, length));
}

const tooLong = -6;

/** Asks the caller for his decision. The identity, or a flag below zero, as `c/shim.h` wants it. */
export function decisionOn(
  list: Uint8Array,
  flags: number,
  decide: (peer: PeerChain) => ChainDecision,
): Uint8Array | number {
  const decision = decide({ certificates: certificatesOf(list), findings: findingsOf(flags) });
  if ('refused' in decision) return -refusalFlags[decision.refused];
  const { length } = decision.identity;
  if (length === 0 || length > identityBytesMax) throw new RangeError('the identity of a peer has 1 to 255 bytes');
  return decision.identity;
}

/** The certificates of a Certificate message's list (RFC 5246 section 7.4.2), which mbedTLS has found to be whole. */
function certificatesOf(list: Uint8Array): readonly Uint8Array[] {
  const certificates: Uint8Array[] = [];
  for (let at = 0; at + lengthBytes <= list.length; ) {
    const [high = 0, middle = 0, low = 0] = list.subarray(at, at + lengthBytes);
    const end = at + lengthBytes + (high << 16) + (middle << 8) + low;
    certificates.push(list.slice(at + lengthBytes, end));
    at = end;
  }
  return certificates;
}

function findingsOf(flags: number): readonly ChainFinding[] {
  const named = findingFlags.filter(([flag]) => (flags & flag) !== 0).map(([, finding]) => finding);
  return (flags & ~namedFlags) === 0 ? named : [...named, 'unsupported'];
}
