/**
 * Certificates for a handshake with a program that nobody here wrote: a chain of three on both sides, the upper ones with keys
 * on P-384. The program's own stand in PEM files.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateOptions, decideChain } from 'mbedtls-wasm';
import { type Issued, issue } from './authority.ts';

export interface PeerCertificates {
  /** Ours: we want to see the program's name, on a path to the root. */
  certificates: CertificateOptions;
  certificateFile: string;
  keyFile: string;
  middleFile: string;
  rootFile: string;
  /** The certificate and the one above it. */
  chainFile: string;
  /** The one above the program's, DER. */
  middle: Uint8Array;
}

/** Makes them; `name` is the program's. */
export function peerCertificates(directory: string, name: string): PeerCertificates {
  const root = issue({ commonNames: ['root'], isAuthority: true, curve: 'secp384r1' });
  const middle = issue({ commonNames: ['middle'], isAuthority: true, by: root, curve: 'secp384r1' });
  const own = issue({ commonNames: ['gateway'], by: middle });
  const theirs = issue({ commonNames: [name], by: middle });
  const written = (file: string, contents: string): string => {
    writeFileSync(join(directory, file), contents);
    return join(directory, file);
  };
  return {
    certificates: {
      chain: [own.der, middle.der],
      privateKey: own.privateKey,
      trustAnchors: [root.der],
      decide: (peer) => decideChain(peer, { peer: { endpointName: name }, wallMs: Date.now() }),
    },
    certificateFile: written('theirs.pem', pem(theirs)),
    keyFile: written('theirs.key', theirs.key.export({ type: 'pkcs8', format: 'pem' }).toString()),
    middleFile: written('middle.pem', pem(middle)),
    rootFile: written('root.pem', pem(root)),
    middle: middle.der,
    chainFile: written('chain.pem', `${pem(theirs)}${pem(middle)}`),
  };
}

function pem({ der }: Issued): string {
  const body = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
}
