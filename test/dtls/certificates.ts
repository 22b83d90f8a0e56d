/** An authority, the gateway's certificate and devices' certificates, made on the spot, for tests of who is let in. */
import { createHash } from 'node:crypto';
import type { CertificateOptions } from 'mbedtls-wasm';
import { utf8Encode } from '../../src/base/bytes.ts';
import type { OwnCertificates, TrustAnchor } from '../../src/dtls/peer-chains.ts';
import { type Issued, type IssueOptions, issue } from '../mbedtls-wasm/authority.ts';

export class Authority {
  readonly root: Issued;

  constructor(name = 'authority') {
    this.root = issue({ commonNames: [name], isAuthority: true });
  }

  get anchor(): TrustAnchor {
    return anchorOf(this.root.der);
  }

  /** What the gateway has; it trusts this authority, or those that are named. */
  gateway(trustAnchors: readonly TrustAnchor[] = [this.anchor]): OwnCertificates {
    const own = issue({ commonNames: ['gateway'], by: this.root });
    return { chain: [own.der], privateKey: own.privateKey, trustAnchors };
  }

  /** What a device of this name has. It takes any gateway that this authority signed for. */
  device(name = 'meter-17', options: IssueOptions = {}): CertificateOptions {
    return deviceWith(issue({ commonNames: [name], by: this.root, ...options }), this.root);
  }
}

export function deviceWith({ der, privateKey }: Pick<Issued, 'der' | 'privateKey'>, root: Issued): CertificateOptions {
  return {
    chain: [der],
    privateKey,
    trustAnchors: [root.der],
    decide: ({ findings }) =>
      findings.includes('not-trusted') ? { refused: 'not-trusted' } : { identity: utf8Encode('gateway') },
  };
}

export function anchorOf(certificate: Uint8Array): TrustAnchor {
  return { certificate, sha256: createHash('sha256').update(certificate).digest() };
}
