/**
 * Which device may come in with which key. One credential an endpoint, one endpoint an identity. Keys never leave but into
 * the engine. Owns the records `cr/`.
 */
import { randomBytes } from '../base/entropy.ts';
import { type Monotonic, trustedWall } from '../base/instants.ts';
import type { StoredRecord } from '../commit/commit.ts';
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

  /** Adds a credential, or changes the one of this endpoint. The caller has checked that the identity is free. */
  put(endpoint: string, identity: string, key: Uint8Array, account: string, step: Step): void {
    const { now } = step;
    const addedAtWall = trustedWall(now);
    const record = { identity, key: key.slice(), serial: this.freshSerial(endpoint), addedAtWall, addedBy: account };
    this.take(endpoint, record);
    const recordKey = keyOf(credentialRecord, endpoint);
    step.put('before-ack', recordKey, encodeKind(credentialRecord, this.foundations.aead, recordKey, record));
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
    const { identity, addedAtWall, addedBy, key } = record;
    return { endpoint, identity, addedAtWall, addedBy, keyBytes: key.length };
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
