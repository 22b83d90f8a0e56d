/** Two ends with certificates of one authority, which are kept with the corpus so that runs can be repeated. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  CertificateOptions,
  ChainDecision,
  ClientEndpointOptions,
  PeerChain,
  ServerEndpointOptions,
  Suite,
} from 'mbedtls-wasm';
import { utf8 } from './pair.ts';

const directory = join(import.meta.dirname, '../../../test/mbedtls-wasm/corpus');
const kept = JSON.parse(readFileSync(join(directory, 'certificates.json'), 'utf8')) as Record<string, string>;

/** Certificates and keys for tests alone, DER: `authority`, `server`, `serverKey`, `client`, `clientKey`. */
export const keptCertificate = (name: string): Uint8Array => Uint8Array.from(Buffer.from(kept[name] ?? '', 'hex'));

export const certificateSuite: Suite = 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8';
/** What both ends decide on the other's chain. */
export const serverName: Uint8Array = utf8('gateway');
export const clientName: Uint8Array = utf8('meter-17');

/** For `ServerEndpointOptions` and `ClientEndpointOptions`. */
export function certificatesOf(
  end: 'server' | 'client',
  decide?: (peer: PeerChain) => ChainDecision,
): CertificateOptions {
  const peer = end === 'server' ? clientName : serverName;
  return {
    chain: [keptCertificate(end)],
    privateKey: keptCertificate(`${end}Key`),
    trustAnchors: [keptCertificate('authority')],
    decide: decide ?? (() => ({ identity: peer })),
  };
}

export const certificateServer: Partial<ServerEndpointOptions> = {
  suites: [certificateSuite],
  certificates: certificatesOf('server'),
};
export const certificateClient: Partial<ClientEndpointOptions> = {
  suites: [certificateSuite],
  certificates: certificatesOf('client'),
};
