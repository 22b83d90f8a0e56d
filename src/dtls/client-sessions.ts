/**
 * Sessions that were made when we shook hands with a device as client: the newest of each identity, to make the next such
 * handshake shorter. A session is bound to the credential that it was made with, and ages by uptime.
 */
import { limits } from '../base/limits.ts';
import type { MayResume } from './session-cache.ts';

export interface ClientSession {
  readonly identity: string;
  readonly credentialSerial: number;
  readonly uptimeMs: number;
  readonly session: Uint8Array;
}

export class ClientSessions {
  private readonly kept = new Map<string, ClientSession>();
  private changes = new Map<string, ClientSession | undefined>();
  private readonly credentialSerial: (identity: string) => number | undefined;
  private readonly uptimeMs: () => number;
  private readonly mayResume: MayResume;

  constructor(o: {
    credentialSerial: (identity: string) => number | undefined;
    uptimeMs: () => number;
    mayResume: MayResume;
  }) {
    this.mayResume = o.mayResume;
    this.credentialSerial = o.credentialSerial;
    this.uptimeMs = o.uptimeMs;
  }

  get size(): number {
    return this.kept.size;
  }

  /** The session to offer to an identity, if it is young and its key is still the same. */
  of(identity: string): ClientSession | undefined {
    const found = this.kept.get(identity);
    if (found === undefined) return undefined;
    const young = this.uptimeMs() - found.uptimeMs < limits.sessionLifetimeMs;
    const isBound = this.credentialSerial(identity) === found.credentialSerial;
    return young && isBound && this.mayResume(identity, found.session) ? found : undefined;
  }

  /** A full handshake gave this session, or none that can be resumed. */
  made(identity: string, session: Uint8Array | undefined): void {
    const credentialSerial = this.credentialSerial(identity);
    this.forget(identity);
    if (session === undefined || credentialSerial === undefined) return;
    const kept = { identity, credentialSerial, uptimeMs: this.uptimeMs(), session };
    this.kept.set(identity, kept);
    this.changes.set(identity, kept);
    if (this.kept.size > limits.sessionsMax) this.forget(this.kept.keys().next().value as string);
  }

  restore(session: ClientSession): void {
    this.kept.set(session.identity, session);
  }

  forget(identity: string): void {
    if (this.kept.delete(identity)) this.changes.set(identity, undefined);
  }

  /** Sessions that are new (or, with undefined, gone) since the last call, by identity: the caller keeps them. */
  takeChanges(): ReadonlyMap<string, ClientSession | undefined> {
    const taken = this.changes;
    if (taken.size > 0) this.changes = new Map();
    return taken;
  }
}
