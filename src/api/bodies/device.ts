/** `GET /api/holdfast/devices`, `GET /api/holdfast/devices/EP`, and what a change of a device answers. Never a key. */
import type { DeviceState } from '../state-words.ts';
import type { OperationBody } from './operation.ts';
import type { JsonValue } from './value.ts';

export interface DeviceBody {
  readonly endpoint: string;
  readonly state: DeviceState;
  readonly heardAt: string | null;
  readonly heardSecondsAgo: number | null;
  readonly expiresInSeconds: number | null;
  readonly lifetimeSeconds: number | null;
  readonly queueMode: boolean;
  readonly binding: string | null;
  readonly lwm2mVersion: string | null;
  readonly registrationId: string | null;
  readonly registeredAt: string | null;
  readonly address: string | null;
  readonly listener: string | null;
  readonly security: 'psk' | 'x509' | 'rpk' | 'none' | null;
  readonly connectionId: boolean;
  readonly connection: 'live' | 'restored' | 'none';
  readonly observations: number;
  readonly queued: number;
}

/** Since when a device is ignored, by whom and why. `unmutedInSeconds` is null when somebody has to end it. */
export interface MutedBody {
  readonly reason: string;
  readonly account: string;
  readonly since: string | null;
  readonly secondsAgo: number;
  readonly unmutedInSeconds: number | null;
}

export interface DeviceDetailBody extends DeviceBody {
  /** Null for a device that is not muted. */
  readonly muted: MutedBody | null;
  readonly registeredSecondsAgo: number | null;
  readonly updatedSecondsAgo: number | null;
  /** How its registration ended, for a device that is gone: `deregistered`, `expired`, `removed`, `replaced`, `muted`. */
  readonly ended: { readonly reason: string; readonly secondsAgo: number | null } | null;
  /** `/rd/4kX2`. */
  readonly location: string | null;
  /** `coaps://0.0.0.0:5684`, where it talks to us. */
  readonly listenerUrl: string | null;
  readonly objectLinks: readonly {
    readonly path: string;
    readonly attributes: Readonly<Record<string, string | number | boolean>>;
  }[];
  readonly psk: { readonly identity: string; readonly addedAt: string | null; readonly addedBy: string } | null;
  /** It comes in with a certificate that names it; what is known of the one that it showed last: SHA-256 in hex, until when. */
  readonly x509: {
    readonly addedAt: string | null;
    readonly addedBy: string;
    readonly certificateSha256: string | null;
    readonly validUntil: string | null;
  } | null;
  readonly dtls: {
    readonly version: string;
    readonly suite: string;
    readonly cid: boolean;
    readonly establishedAt: string | null;
    readonly establishedSecondsAgo: number | null;
    readonly restores: number;
    readonly handshakesSinceRestore: number;
  } | null;
  /** What was found out of how it treats connections; null where nothing is known, of it or of one thing. */
  readonly learned: LearnedBody | null;
  readonly observationList: readonly ObservationBody[];
  readonly queue: readonly OperationBody[];
}

export interface LearnedBody {
  /** It answers a handshake that the gateway begins. */
  readonly acceptsHandshake: boolean | null;
  readonly triedSecondsAgo: number | null;
  /** How often in a row it did not. */
  readonly failures: number;
  /** It takes a session up again when the gateway begins. */
  readonly resumes: boolean | null;
  readonly connectionId: boolean | null;
  /** It sends over the connection that it has also after it was idle. */
  readonly keepsConnection: boolean | null;
}

export interface ObservationBody {
  readonly path: string;
  readonly pminSeconds: number | null;
  readonly pmaxSeconds: number | null;
  readonly state: 'running' | 'wished' | 'ended';
  readonly value: JsonValue | null;
  readonly type: string | null;
  readonly receivedSecondsAgo: number | null;
  readonly received: number;
}

/** `GET /api/holdfast/observations`: a wish, and the relations that came before the one that fulfils it. */
export interface ListedObservationBody extends ObservationBody {
  readonly endpoint: string;
  /** Their late notifications count until the new one runs. `ended`: the device has registered anew, and forgotten it. */
  readonly formers: readonly { readonly askedSecondsAgo: number; readonly ended: boolean }[];
}

/** What adding, removing, muting and unmuting answer. */
export interface ChangeBody {
  readonly endpoint: string;
  readonly result: 'added' | 'replaced' | 'removed' | 'muted' | 'unmuted' | 'not-muted';
}

/** `POST /api/holdfast/devices/EP/reset`. */
export interface ResetBody {
  readonly endpoint: string;
  readonly result: 'reset';
  /** It had a connection. */
  readonly dropped: boolean;
  /** The handshake that is under way; null when the device has to come by itself. */
  readonly handshake: 'abbreviated' | 'full' | null;
}
