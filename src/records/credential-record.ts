/**
 * What a device proves its identity with: a key, or a certificate that names it. Owns the keys `cr/<endpoint>`. Sealed: it may
 * hold a key.
 */
import { concat } from '../base/bytes.ts';
import { bytes, float, isAbsent, type RecordMap, text, unsigned } from './reader.ts';
import type { RecordKind } from './record-kind.ts';

export interface CredentialRecord {
  readonly identity: string;
  /** Undefined: it comes in with a certificate. */
  readonly key: Uint8Array | undefined;
  /** Another one with every change: a session made with an older one is not resumed. 32 bits. */
  readonly serial: number;
  readonly addedAtWall: number | undefined;
  readonly addedBy: string;
  /** What it proved in its last full handshake with a certificate. */
  readonly proof: CertificateProofRecord | undefined;
}

export interface CertificateProofRecord {
  /** Of its certificate. */
  readonly sha256: Uint8Array;
  /** When the first certificate of its chain ends. */
  readonly endsAtWall: number;
  /** SHA-256 of each trust anchor that it may have led to. */
  readonly anchors: readonly Uint8Array[];
}

const byCertificate = 'x509';
const sha256Bytes = 32;

export const credentialRecord: RecordKind<CredentialRecord> = {
  prefix: 'cr/',
  version: 1,
  sealed: true,
  toBody: ({ key, proof, ...rest }) => ({
    ...rest,
    key,
    // Stores before 0.2 do not say: there everybody has a key.
    security: key === undefined ? byCertificate : undefined,
    proofSha256: proof?.sha256,
    proofEndsAtWall: proof?.endsAtWall,
    proofAnchors: proof && concat(...proof.anchors),
  }),
  fromBody: (body) => {
    const identity = text(body, 'identity');
    const key = bytes(body, 'key');
    const serial = unsigned(body, 'serial');
    const addedAtWall = float(body, 'addedAtWall');
    const addedBy = text(body, 'addedBy');
    if (identity === undefined || serial === undefined || addedBy === undefined) return undefined;
    if (addedAtWall === undefined && !isAbsent(body, 'addedAtWall')) return undefined;
    if (key === undefined && text(body, 'security') !== byCertificate) return undefined;
    const proof = proofIn(body);
    if (proof === undefined && !isAbsent(body, 'proofSha256')) return undefined;
    return { identity, key, serial, addedAtWall, addedBy, proof };
  },
};

function proofIn(body: RecordMap): CertificateProofRecord | undefined {
  const sha256 = bytes(body, 'proofSha256');
  const endsAtWall = float(body, 'proofEndsAtWall');
  const together = bytes(body, 'proofAnchors');
  if (sha256 === undefined || endsAtWall === undefined || together === undefined) return undefined;
  if (sha256.length !== sha256Bytes || together.length % sha256Bytes !== 0) return undefined;
  const anchors = Array.from({ length: together.length / sha256Bytes }, (_, i) =>
    together.slice(i * sha256Bytes, (i + 1) * sha256Bytes),
  );
  return { sha256, endsAtWall, anchors };
}
