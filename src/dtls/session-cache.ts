/**
 * DTLS sessions for abbreviated handshakes: by session id (kept here and in the store) and by ticket (kept by the device,
 * sealed with keys of ours that live in the store). mbedTLS's own cache and ticket module forget everything on a restart, and
 * its tickets all expire when the clock wakes in 1970. Ages here count uptime, which never runs backward.
 *
 * A session is bound to the identity that proved its key and to the credential it used: a changed key ends it. One made with a
 * certificate has to mean what it did, too (`peer-chains.ts`).
 */
import type { Engine, SessionCache as EngineSessionCache, TicketHandler } from 'mbedtls-wasm';
import { concat, toHex, utf8Decode, utf8Encode } from '../base/bytes.ts';
import { type Entropy, randomBytes } from '../base/entropy.ts';
import { limits } from '../base/limits.ts';

export interface KeptSession {
  readonly id: string;
  readonly identity: string;
  readonly credentialSerial: number;
  readonly uptimeMs: number;
  readonly session: Uint8Array;
}

/** Whether what an identity proved when this session was made still counts. */
export type MayResume = (identity: string, session: Uint8Array) => boolean;

/** 8 bytes of name, 32 of AES-256-GCM key. The newest seals, all open. */
export interface TicketKey {
  readonly name: Uint8Array;
  readonly key: Uint8Array;
  readonly uptimeMs: number;
}

const nameBytes = 8;
const nonceBytes = 12;
const fixedBytes = 14;

export class SessionCache {
  /** The identity that the handshake in hand has proved or resumes; the endpoint clears it before each step. */
  identityInHand: string | undefined;
  /** The identity that was asked for and is not known. */
  unknownIdentity: string | undefined;
  private readonly kept = new Map<string, KeptSession>();
  /** The newest session id of each identity. */
  private readonly newest = new Map<string, string>();
  private changes: { readonly id: string; readonly session: KeptSession | undefined }[] = [];
  private ticketKeys: readonly TicketKey[] = [];
  private readonly engine: Engine;
  private readonly entropy: Entropy;
  private readonly credentialSerial: (identity: string) => number | undefined;
  private readonly uptimeMs: () => number;
  private readonly mayResume: MayResume;

  constructor(o: {
    engine: Engine;
    entropy: Entropy;
    credentialSerial: (identity: string) => number | undefined;
    uptimeMs: () => number;
    mayResume: MayResume;
  }) {
    this.mayResume = o.mayResume;
    this.engine = o.engine;
    this.entropy = o.entropy;
    this.credentialSerial = o.credentialSerial;
    this.uptimeMs = o.uptimeMs;
  }

  get size(): number {
    return this.kept.size;
  }

  /** Sessions that were added (or, with undefined, dropped) since the last call: the caller keeps them. */
  takeChanges(): readonly { readonly id: string; readonly session: KeptSession | undefined }[] {
    const taken = this.changes;
    this.changes = [];
    return taken;
  }

  restore(session: KeptSession): void {
    this.kept.set(session.id, session);
    const newest = this.kept.get(this.newest.get(session.identity) ?? '');
    if (newest === undefined || newest.uptimeMs <= session.uptimeMs) this.newest.set(session.identity, session.id);
  }

  /** The newest session of an identity that is good: its device may take it up in the other role too. */
  newestOf(identity: string): KeptSession | undefined {
    const kept = this.kept.get(this.newest.get(identity) ?? '');
    return kept !== undefined && this.isGood(kept) ? kept : undefined;
  }

  /** Newest first. */
  setTicketKeys(keys: readonly TicketKey[]): void {
    this.ticketKeys = keys;
  }

  /** Ends every session of an identity: its key has changed or gone. */
  forgetIdentity(identity: string): void {
    for (const session of [...this.kept.values()]) if (session.identity === identity) this.drop(session.id);
  }

  readonly byId: EngineSessionCache = {
    get: (id) => {
      const kept = this.kept.get(toHex(id));
      if (kept === undefined || !this.isGood(kept)) return undefined;
      this.identityInHand = kept.identity;
      return kept.session;
    },
    set: (id, session) => {
      const identity = this.identityInHand;
      const credentialSerial = identity === undefined ? undefined : this.credentialSerial(identity);
      if (identity === undefined || credentialSerial === undefined) return;
      const key = toHex(id);
      const kept = { id: key, identity, credentialSerial, uptimeMs: this.uptimeMs(), session: session.slice() };
      this.kept.delete(key);
      this.kept.set(key, kept);
      this.newest.set(identity, key);
      this.changes.push({ id: key, session: kept });
      if (this.kept.size > limits.sessionsMax) this.drop(this.kept.keys().next().value as string);
    },
  };

  readonly byTicket: TicketHandler = {
    lifetimeSeconds: limits.sessionLifetimeMs / 1_000,
    seal: (session) => this.sealTicket(session),
    open: (ticket) => this.openTicket(ticket),
  };

  private isGood({ identity, credentialSerial, uptimeMs, session }: Omit<KeptSession, 'id'>): boolean {
    const isYoung = this.uptimeMs() - uptimeMs < limits.sessionLifetimeMs;
    return isYoung && this.credentialSerial(identity) === credentialSerial && this.mayResume(identity, session);
  }

  private drop(id: string): void {
    const identity = this.kept.get(id)?.identity;
    if (identity !== undefined && this.newest.get(identity) === id) this.newest.delete(identity);
    this.kept.delete(id);
    this.changes.push({ id, session: undefined });
  }

  /** name | nonce | sealed(uptime f64, credential serial u32, identity length u16, identity, session) */
  private sealTicket(session: Uint8Array): Uint8Array | undefined {
    const key = this.ticketKeys[0];
    const identity = this.identityInHand;
    const serial = identity === undefined ? undefined : this.credentialSerial(identity);
    if (key === undefined || identity === undefined || serial === undefined) return undefined;
    const name = utf8Encode(identity);
    const fixed = new Uint8Array(fixedBytes);
    const view = new DataView(fixed.buffer);
    view.setFloat64(0, this.uptimeMs());
    view.setUint32(8, serial);
    view.setUint16(12, name.length);
    const nonce = randomBytes(this.entropy, nonceBytes);
    const sealed = this.engine.aeadSeal(key.key, nonce, concat(fixed, name, session), key.name);
    return concat(key.name, nonce, sealed);
  }

  private openTicket(ticket: Uint8Array): Uint8Array | undefined {
    const name = toHex(ticket.subarray(0, nameBytes));
    const key = this.ticketKeys.find((candidate) => toHex(candidate.name) === name);
    if (key === undefined || ticket.length <= nameBytes + nonceBytes) return undefined;
    const nonce = ticket.subarray(nameBytes, nameBytes + nonceBytes);
    const plain = this.engine.aeadOpen(key.key, nonce, ticket.subarray(nameBytes + nonceBytes), key.name);
    if (plain === undefined || plain.length < fixedBytes) return undefined;
    const view = new DataView(plain.buffer, plain.byteOffset);
    const end = fixedBytes + view.getUint16(12);
    const identity = utf8Decode(plain.subarray(fixedBytes, end));
    if (identity === undefined) return undefined;
    const session = plain.slice(end);
    const made = { identity, credentialSerial: view.getUint32(8), uptimeMs: view.getFloat64(0), session };
    if (!this.isGood(made)) return undefined;
    this.identityInHand = identity;
    return session;
  }
}
