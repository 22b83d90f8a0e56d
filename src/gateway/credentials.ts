/**
 * Which device may come in with which key, or with a certificate that names it. One credential an endpoint, one endpoint an
 * identity. Keys never leave but into the engine. Owns the records `cr/`.
 */
import { concat, equalBytes, toHex } from '../base/bytes.ts';
import { randomBytes } from '../base/entropy.ts';
import { type Monotonic, trustedWall } from '../base/instants.ts';
import type { StoredRecord } from '../commit/commit.ts';
import type { CertificateProof } from '../dtls/peer-chains.ts';
import { type CredentialRecord, credentialRecord } from '../records/credential-record.ts';
import { encodeKind, keyOf } from '../records/record-kind.ts';
import { type Foundations, type Part, type Restored, restoreKind } from './part.ts';
import { SortedNames } from './sorted-names.ts';
import type { Step } from './step.ts';
import type { CredentialView } from './views.ts';

export class Credentials implements Part {
  readonly names = new SortedNames();
  private readonly byEndpoint = new Map<string, CredentialRecord>();
  private readonly endpointByIdentity = new Map<string, string>();
  private readonly foundations: Foundations;

  constructor(foundations: Foundations) {
    this.foundations = foundations;
  }

  get(endpoint: string): CredentialRecord | undefined {
    return this.byEndpoint.get(endpoint);
  }

  /** Which endpoint an identity belongs to. */
  endpointOf(identity: string): string | undefined {
    return this.endpointByIdentity.get(identity);
  }

  key(identity: string): Uint8Array | undefined {
    return this.ofIdentity(identity)?.key;
  }

  serial(identity: string): number | undefined {
    return this.ofIdentity(identity)?.serial;
  }

  holdsCertificate(identity: string): boolean {
    const record = this.ofIdentity(identity);
    return record !== undefined && record.key === undefined;
  }

  /** What the device of an identity proved with its certificate last. */
  proofOf(identity: string): CertificateProof | undefined {
    return this.ofIdentity(identity)?.proof;
  }

  /**
   * Adds a credential, or changes the one of this endpoint; without a key it is a certificate that names the identity. The caller
   * has checked that the identity is free.
   */
  put(endpoint: string, identity: string, key: Uint8Array | undefined, account: string, step: Step): void {
    const addedAtWall = trustedWall(step.now);
    const serial = this.freshSerial(endpoint);
    this.write(
      endpoint,
      { identity, key: key?.slice(), serial, addedAtWall, addedBy: account, proof: undefined },
      step,
    );
  }

  /** The device of an identity has proved its certificate. */
  proved(identity: string, proof: CertificateProof, step: Step): void {
    const endpoint = this.endpointOf(identity);
    const record = endpoint === undefined ? undefined : this.byEndpoint.get(endpoint);
    if (endpoint === undefined || record === undefined || isSame(record.proof, proof)) return;
    this.write(endpoint, { ...record, proof }, step);
  }

  remove(endpoint: string, step: Step): void {
    const record = this.byEndpoint.get(endpoint);
    if (record === undefined) return;
    this.byEndpoint.delete(endpoint);
    this.endpointByIdentity.delete(record.identity);
    this.names.delete(endpoint);
    step.remove('before-ack', keyOf(credentialRecord, endpoint));
  }

  view(endpoint: string): CredentialView | undefined {
    const record = this.byEndpoint.get(endpoint);
    if (record === undefined) return undefined;
    const { identity, addedAtWall, addedBy, key, proof } = record;
    const known = { endpoint, identity, addedAtWall, addedBy };
    if (key !== undefined) return { ...known, keyBytes: key.length, certificate: undefined };
    const certificate = proof && { sha256: toHex(proof.sha256), endsAtWall: proof.endsAtWall };
    return { ...known, keyBytes: undefined, certificate };
  }

  restore(record: StoredRecord): Restored {
    const taken = restoreKind(credentialRecord, this.foundations.aead, record, ([endpoint = ''], value) => {
      this.take(endpoint, value);
    });
    return taken ?? 'foreign';
  }

  restored(_step: Step): void {}

  advance(_step: Step): void {}

  nextDeadline(): { at: Monotonic; reason: string } | undefined {
    return undefined;
  }

  /**
   * By chance, not by counting: a removed credential leaves nothing to count from, and tickets that its device keeps must not
   * fit the next one.
   */
  private freshSerial(endpoint: string): number {
    const serial = new DataView(randomBytes(this.foundations.entropy, 4).buffer).getUint32(0);
    return serial === this.byEndpoint.get(endpoint)?.serial ? (serial + 1) % 2 ** 32 : serial;
  }

  private write(endpoint: string, record: CredentialRecord, step: Step): void {
    this.take(endpoint, record);
    const key = keyOf(credentialRecord, endpoint);
    step.put('before-ack', key, encodeKind(credentialRecord, this.foundations.aead, key, record));
  }

  private take(endpoint: string, record: CredentialRecord): void {
    const old = this.byEndpoint.get(endpoint);
    if (old !== undefined) this.endpointByIdentity.delete(old.identity);
    this.byEndpoint.set(endpoint, record);
    this.endpointByIdentity.set(record.identity, endpoint);
    this.names.add(endpoint);
  }

  private ofIdentity(identity: string): CredentialRecord | undefined {
    const endpoint = this.endpointByIdentity.get(identity);
    return endpoint === undefined ? undefined : this.byEndpoint.get(endpoint);
  }
}

function isSame(known: CertificateProof | undefined, proof: CertificateProof): boolean {
  if (known === undefined || !equalBytes(known.sha256, proof.sha256) || known.endsAtWall !== proof.endsAtWall)
    return false;
  return equalBytes(concat(...known.anchors), concat(...proof.anchors));
}
