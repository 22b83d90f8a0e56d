/**
 * Who is let in with a certificate. It is decided here alone: on the chain of a full handshake, in both roles, and on taking up
 * what an earlier one proved, a session or a connection of before a restart.
 *
 *   full handshake          the path leads to a trust anchor, all of it is valid now, it names an endpoint that was added as
 *                           one with a certificate; one that we shake hands with has to be the one we meant
 *   session                 made with the certificate that its device proved last; still valid, its trust anchors still ours
 *   connection, restored    made with the certificate that its device proved last; its trust anchors still ours. It goes on when
 *                           the certificate ends, as it would without a restart
 *
 * Validity is looked at with a trusted clock only. Neither host names nor purposes of certificates count: a device is client and
 * server with one certificate (LwM2M 1.2 transport 5.2.9.3).
 */
import {
  type Certificate,
  type ChainDecision,
  type ChainRefusal,
  type Connection,
  decideChain,
  type PeerChain,
  readCertificate,
  sessionPeerCertificate,
} from 'mbedtls-wasm';
import { equalBytes, utf8Decode, utf8Encode } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';

/** An authority that devices' certificates may lead to. */
export interface TrustAnchor {
  /** DER. */
  readonly certificate: Uint8Array;
  /** Of the certificate: by it the anchor is known again after a restart. */
  readonly sha256: Uint8Array;
}

/** The gateway's own certificate, and whom it trusts. All DER. */
export interface OwnCertificates {
  /** Its own certificate first, then each one that signed the one before. */
  readonly chain: readonly Uint8Array[];
  readonly privateKey: Uint8Array;
  readonly trustAnchors: readonly TrustAnchor[];
}

/** What a device proved with its certificate in its last full handshake. */
export interface CertificateProof {
  /** Of the device's own certificate. */
  readonly sha256: Uint8Array;
  /** When the first certificate of its chain ends, in milliseconds since 1970. */
  readonly endsAtWall: number;
  /** SHA-256 of each trust anchor that its chain may have led to. */
  readonly anchors: readonly Uint8Array[];
}

export interface PeerChainOptions {
  readonly own: OwnCertificates;
  /** Whether an identity is that of a device which may come in with a certificate. */
  readonly holdsCertificate: (identity: string) => boolean;
  /** What the device of an identity proved last, as long as it may come in with a certificate. */
  readonly proofOf: (identity: string) => CertificateProof | undefined;
  /** The wall clock in milliseconds since 1970, while it is trusted. */
  readonly trustedWallMs: () => number | undefined;
}

export interface RefusedChain {
  readonly why: ChainRefusal;
  /** The name in the certificate, if there is one. */
  readonly identity: string | undefined;
}

/** Tags of DER (X.690 section 8.23). */
const utf8String = 0x0c;
const printableString = 0x13;

type ProvedChain = Omit<CertificateProof, 'sha256'>;

export class PeerChains {
  /** Whom the handshake in hand goes out to; undefined when the peer began it. */
  meant: string | undefined;
  /** What the chain of the handshake in hand says, once it was accepted: it is proved when the handshake is complete. */
  accepted: (ProvedChain & { readonly identity: string }) | undefined;
  refused: RefusedChain | undefined;
  private readonly options: PeerChainOptions;
  private readonly anchors: readonly { readonly sha256: Uint8Array; readonly certificate: Certificate | undefined }[];

  constructor(options: PeerChainOptions) {
    this.options = options;
    this.anchors = options.own.trustAnchors.map(({ certificate, sha256 }) => ({
      sha256,
      certificate: readCertificate(certificate),
    }));
  }

  get own(): OwnCertificates {
    return this.options.own;
  }

  /** Another handshake is in hand. */
  begin(meant: string | undefined): void {
    this.meant = meant;
    this.accepted = undefined;
    this.refused = undefined;
  }

  holdsCertificate(identity: string): boolean {
    return this.options.holdsCertificate(identity);
  }

  /** The word on a chain. */
  readonly decide = (peer: PeerChain): ChainDecision => {
    const wallMs = this.options.trustedWallMs();
    const tolerated = ['extended-key-usage'] as const;
    const decision = decideChain(peer, { peer: 'any-endpoint', wallMs, tolerated });
    const certificates = peer.certificates.map(readCertificate).filter((certificate) => certificate !== undefined);
    const named = nameOf(decision, certificates);
    const why = 'refused' in decision ? decision.refused : this.refusalOf(named);
    if (why !== undefined || named === undefined) {
      this.refused = { why: why ?? 'wrong-name', identity: named };
      return { refused: this.refused.why };
    }
    const endsAtWall = Math.min(...certificates.map(({ notAfterMs }) => notAfterMs));
    this.accepted = { identity: named, endsAtWall, anchors: this.anchorsOf(certificates) };
    return decision;
  };

  /** Whether a session still means what it did; one that was made with a key is bound to that by other means. */
  mayResume(identity: string, session: Uint8Array): boolean {
    const made = sessionPeerCertificate(session);
    if (made === undefined) return true;
    const proof = this.options.proofOf(identity);
    if (proof === undefined || !equalBytes(proof.sha256, made.sha256) || !this.trusts(proof)) return false;
    const wallMs = this.options.trustedWallMs();
    return wallMs === undefined || wallMs <= proof.endsAtWall;
  }

  proofOf(identity: string): CertificateProof | undefined {
    return this.options.proofOf(identity);
  }

  /**
   * Whether the connection of an identity, made with its certificate, may go on after a restart. Whoever may not come in has no
   * proof; that it is of this connection is seen when it is imported (`hasShown`).
   */
  mayRestore(identity: string): boolean {
    const proof = this.options.proofOf(identity);
    return proof !== undefined && this.trusts(proof);
  }

  private refusalOf(named: string | undefined): ChainRefusal | undefined {
    if (named === undefined || (this.meant !== undefined && this.meant !== named)) return 'wrong-name';
    return this.options.holdsCertificate(named) ? undefined : 'not-allowed';
  }

  /** By the names on it, since the path itself is found by the engine; all of them, when no name is known again. */
  private anchorsOf(chain: readonly Certificate[]): readonly Uint8Array[] {
    const leading = this.anchors.filter(({ certificate }) => {
      const leads = ({ issuer, bytes }: Certificate) =>
        certificate !== undefined &&
        (equalBytes(folded(issuer), folded(certificate.subject)) || equalBytes(bytes, certificate.bytes));
      return chain.some(leads);
    });
    return (leading.length > 0 ? leading : this.anchors).map(({ sha256 }) => sha256);
  }

  /** While any that it may have led to is gone, it is not known to be trusted. */
  private trusts({ anchors }: CertificateProof): boolean {
    const isOurs = (sha256: Uint8Array) => this.anchors.some((anchor) => equalBytes(anchor.sha256, sha256));
    return anchors.length > 0 && anchors.every(isOurs);
  }
}

/** Whether the peer of a connection has shown this certificate; of one that was made with a key none is asked. */
export function hasShown({ peerCertificate }: Connection, sha256: Uint8Array | undefined): boolean {
  return sha256 === undefined || (peerCertificate !== undefined && equalBytes(peerCertificate.sha256, sha256));
}

/**
 * A distinguished name in which is equal what the engine takes as equal: the letters of either case, and the tags of UTF8String and
 * PrintableString. It folds lengths along with them: that may make an anchor count too much, never leave one out.
 */
function folded(name: Uint8Array): Uint8Array {
  return name.map((byte) => {
    if (byte === printableString) return utf8String;
    return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
  });
}

/** The name that was decided on, or for whoever is refused the one that his certificate shows; none that no device can have. */
function nameOf(decision: ChainDecision, [own]: readonly Certificate[]): string | undefined {
  const [shown] = own === undefined ? [] : [...own.commonNames, ...own.uris];
  const name = 'identity' in decision ? utf8Decode(decision.identity) : shown;
  return name === undefined || name === '' || utf8Encode(name).length > limits.endpointNameBytesMax ? undefined : name;
}
