/**
 * What the devices of the world, and its gateway, prove themselves with: a key, or a certificate of the one authority there is.
 * Certificates are kept (`kept-certificates.ts`): a run has to be the same each time, and making one costs more than a handshake.
 */
import {
  type CertificateOptions,
  type ClientEndpointOptions,
  certificateSuites,
  type ServerEndpointOptions,
  type Suite,
} from 'mbedtls-wasm';
import { fromHex, utf8Decode, utf8Encode } from '../../src/base/bytes.ts';
import type { OwnCertificates } from '../../src/dtls/peer-chains.ts';
import { deviceKey } from './gateway-process.ts';
import { keptCertificates } from './kept-certificates.ts';

const bytesOf = (name: string): Uint8Array => fromHex(keptCertificates[name] ?? '') ?? new Uint8Array(0);
const keySuites: readonly Suite[] = ['TLS_PSK_WITH_AES_128_CCM_8'];

/** Who a device is, and how it shows that. */
export interface Proof {
  readonly name: string;
  /** With the certificate that is kept for it; else with a key. */
  readonly hasCertificate?: boolean;
}

/** For `GatewayConfiguration`. */
export const gatewayCertificates: OwnCertificates = {
  chain: [bytesOf('gateway')],
  privateKey: bytesOf('gatewayKey'),
  trustAnchors: [{ certificate: bytesOf('authority'), sha256: bytesOf('authoritySha256') }],
};

/** The key of a device, as an operator adds it; undefined for one with a certificate. */
export function keyOf({ name, hasCertificate = false }: Proof): Uint8Array | undefined {
  return hasCertificate ? undefined : deviceKey(name);
}

export function clientProof(proof: Proof): Pick<ClientEndpointOptions, 'suites' | 'psk' | 'certificates'> {
  const key = keyOf(proof);
  if (key === undefined) return { suites: certificateSuites, certificates: certificatesOf(proof.name) };
  return { suites: keySuites, psk: { identity: utf8Encode(proof.name), key } };
}

export function serverProof(proof: Proof): Pick<ServerEndpointOptions, 'suites' | 'psk' | 'certificates'> {
  const key = keyOf(proof);
  if (key === undefined) return { suites: certificateSuites, certificates: certificatesOf(proof.name) };
  return { suites: keySuites, psk: (identity) => (utf8Decode(identity) === proof.name ? key : undefined) };
}

/** A device takes whom its authority signed for: it knows no other name than the gateway's. */
function certificatesOf(name: string): CertificateOptions {
  return {
    chain: [bytesOf(name)],
    privateKey: bytesOf(`${name}Key`),
    trustAnchors: [bytesOf('authority')],
    decide: ({ findings }) =>
      findings.includes('not-trusted') ? { refused: 'not-trusted' } : { identity: utf8Encode('gateway') },
  };
}
