/** What `inspect` shows: plain values, copied out, never a key. Ages count on the monotonic clock and are always right. */
import type { DropReason } from '../base/drop-reason.ts';
import type { ContentFormatName } from '../lwm2m/content-format.ts';
import type { Link } from '../lwm2m/formats/link-format.ts';
import type { ResourcePath } from '../lwm2m/path.ts';
import type { Entry } from '../lwm2m/value.ts';
import type { StoreState } from './contract.ts';
import type { LoggedEvent } from './events.ts';
import type { RecoveryView } from './recovery-view.ts';

export type Query =
  | { readonly kind: 'status' }
  /** Devices after an endpoint name in bytewise order, at most `limit` (the caller asks again with the last name). */
  | { readonly kind: 'devices'; readonly after?: string; readonly limit: number }
  | { readonly kind: 'device'; readonly endpoint: string }
  | { readonly kind: 'credentials'; readonly after?: string; readonly limit: number }
  /** Logged events with an id above `after`, oldest first. */
  | { readonly kind: 'events'; readonly after: number; readonly limit: number }
  | { readonly kind: 'readers' }
  | { readonly kind: 'recovery' }
  | { readonly kind: 'operation'; readonly id: number }
  | OperationsQuery
  /** Wishes of one device, or of the devices after a name in bytewise order: `limit` devices at most, observed or not. */
  | { readonly kind: 'observations'; readonly endpoint?: string; readonly after?: string; readonly limit: number }
  /** Who causes most writes, the most first, at most `limit`. */
  | { readonly kind: 'writers'; readonly limit: number };

/** Operations that fit, by id, at most `limit`. */
export interface OperationsQuery {
  readonly kind: 'operations';
  readonly endpoint?: string;
  /** Only in these states; all when it is left out. */
  readonly states?: readonly OperationState[];
  /** Those with an id above `after` (the caller asks again with the last id), or the newest so many. */
  readonly from: { readonly after: number } | { readonly last: number };
  readonly limit: number;
}

export type Answer =
  | { readonly kind: 'status'; readonly status: StatusView }
  | { readonly kind: 'devices'; readonly devices: readonly DeviceView[]; readonly more: boolean }
  | { readonly kind: 'device'; readonly device: DeviceDetail | undefined }
  | { readonly kind: 'credentials'; readonly credentials: readonly CredentialView[]; readonly more: boolean }
  | {
      readonly kind: 'events';
      readonly events: readonly LoggedEvent[];
      /** How many events after the cursor are no longer there. */
      readonly lost: number;
      readonly oldestId: number | undefined;
      readonly lastId: number;
    }
  | { readonly kind: 'readers'; readonly readers: readonly ReaderView[] }
  | { readonly kind: 'recovery'; readonly recovery: RecoveryView }
  | { readonly kind: 'operation'; readonly operation: OperationView | undefined }
  | { readonly kind: 'operations'; readonly operations: readonly OperationView[]; readonly more: boolean }
  | {
      readonly kind: 'observations';
      readonly observations: readonly ListedObservationView[];
      /** The name to go on after; undefined when this was all. */
      readonly after: string | undefined;
    }
  | { readonly kind: 'writers'; readonly writers: WritersView };

export type DeviceState = 'online' | 'awake' | 'asleep' | 'restored' | 'silent' | 'gone' | 'unseen' | 'muted';

export interface DeviceView {
  readonly endpoint: string;
  readonly state: DeviceState;
  readonly heardAtWall: number | undefined;
  readonly heardSecondsAgo: number | undefined;
  readonly expiresInSeconds: number | undefined;
  readonly lifetimeSeconds: number | undefined;
  readonly queueMode: boolean;
  readonly binding: string | undefined;
  readonly lwm2mVersion: string | undefined;
  readonly registrationId: string | undefined;
  readonly registeredAtWall: number | undefined;
  readonly address: string | undefined;
  readonly listener: string | undefined;
  readonly security: 'psk' | 'x509' | 'rpk' | 'none' | undefined;
  readonly connectionId: boolean;
  readonly connection: 'live' | 'restored' | 'none';
  readonly observations: number;
  readonly queued: number;
}

export interface ObservationView {
  readonly path: ResourcePath;
  readonly pminSeconds: number | undefined;
  readonly pmaxSeconds: number | undefined;
  readonly state: 'running' | 'wished' | 'ended';
  /** The newest value, when the observed path is one resource. */
  readonly entry: Entry | undefined;
  readonly receivedSecondsAgo: number | undefined;
  readonly received: number;
}

/** Since when a device is ignored, by whom, and why. */
export interface MutedView {
  readonly reason: string;
  readonly account: string;
  readonly byBreaker: boolean;
  readonly sinceWall: number | undefined;
  readonly secondsAgo: number;
  /** Undefined: until somebody ends it. */
  readonly endsInSeconds: number | undefined;
}

/** A wish in the list of all, with the relations that came before the one that fulfils it, the youngest first. */
export interface ListedObservationView extends ObservationView {
  readonly endpoint: string;
  /** They count until the new one stands. `ended`: a Register came after it, so the device has forgotten it. */
  readonly formers: readonly { readonly askedSecondsAgo: number; readonly ended: boolean }[];
}

export interface DeviceDetail extends DeviceView {
  readonly muted: MutedView | undefined;
  readonly registeredSecondsAgo: number | undefined;
  readonly updatedSecondsAgo: number | undefined;
  /** For a device that is gone: how and how long ago its registration ended. */
  readonly ended: { readonly reason: string; readonly secondsAgo: number | undefined } | undefined;
  readonly rootPath: string;
  readonly objectLinks: readonly Link[];
  readonly additionalAttributes: Readonly<Record<string, string>>;
  readonly credential: CredentialView | undefined;
  readonly dtls:
    | {
        readonly version: '1.2';
        readonly suite: string;
        readonly connectionId: boolean;
        readonly establishedSecondsAgo: number | undefined;
        readonly restores: number;
        readonly handshakesSinceRestore: number;
      }
    | undefined;
  /** What was found out of how it treats connections; undefined where nothing is known. */
  readonly learned: LearnedView | undefined;
  readonly observationList: readonly ObservationView[];
  readonly queue: readonly OperationView[];
}

/** Undefined: not known yet. */
export interface LearnedView {
  /** It answers a handshake that the gateway begins; how long ago that was found out or tried in vain last, how often in a row. */
  readonly handshake: boolean | undefined;
  readonly triedSecondsAgo: number | undefined;
  readonly failures: number;
  /** It takes a session up again when the gateway begins. */
  readonly resumption: boolean | undefined;
  readonly connectionId: boolean | undefined;
  /** It sends over the connection that it has also after it was idle. */
  readonly keepsConnection: boolean | undefined;
}

export interface CredentialView {
  readonly endpoint: string;
  readonly identity: string;
  readonly addedAtWall: number | undefined;
  readonly addedBy: string;
  /** Undefined: it comes in with a certificate. */
  readonly keyBytes: number | undefined;
  /** What it showed last; SHA-256 in hex. */
  readonly certificate: { readonly sha256: string; readonly endsAtWall: number } | undefined;
}

/** A named reader of the event log. */
export interface ReaderView {
  readonly name: string;
  /** The id of the last event that it has handled; 0 for none. */
  readonly cursor: number;
  /** How many events after it are there, and how many are gone. */
  readonly unread: number;
  readonly lost: number;
}

export type OperationState = 'queued' | 'sent' | 'done' | 'failed' | 'in-doubt' | 'expired' | 'cancelled';

export interface OperationView {
  readonly id: number;
  readonly verb: 'read' | 'write' | 'execute' | 'discover' | 'observe' | 'unobserve';
  readonly endpoint: string;
  readonly path: ResourcePath;
  readonly state: OperationState;
  /** CoAP code of the device's answer, `2.05`. */
  readonly code: string | undefined;
  readonly entries: readonly Entry[];
  readonly links: readonly Link[];
  readonly format: ContentFormatName | undefined;
  /** The answer's payload as it came, for `--raw`. */
  readonly payload: Uint8Array | undefined;
  /** Why it failed, when no code says so: `timeout`, `reset`, `undecodable`, `registration-ended` … */
  readonly failure: string | undefined;
  readonly account: string;
  readonly acceptedAtWall: number | undefined;
  readonly acceptedSecondsAgo: number;
  readonly sends: number;
  readonly roundTripMs: number | undefined;
  readonly expiresAtWall: number | undefined;
  readonly expiresInMs: number | undefined;
  /** Of one that is over: the event of the log that tells how. */
  readonly eventId?: number | undefined;
}

export interface WritersView {
  readonly servingSeconds: number;
  /** What each may have written a day; undefined: as much as it likes, and nothing is counted. */
  readonly bytesPerDay: number | undefined;
  readonly writers: readonly {
    readonly peer: string;
    readonly endpoint: string | undefined;
    /** Since the start. */
    readonly chargedBytes: number;
    /** Of its budget, and not back yet. */
    readonly usedBytes: number;
    /** Until it may have something written. */
    readonly waitMs: number;
  }[];
}

export interface StatusView {
  readonly generation: number;
  readonly servingSeconds: number;
  readonly lastStop: 'clean' | 'unclean' | 'first';
  readonly devices: Readonly<Record<DeviceState, number>>;
  readonly sinceStart: { readonly heardFrom: number; readonly handshakes: number; readonly registrations: number };
  readonly events: {
    readonly perMinute: number;
    readonly held: number;
    readonly oldestSecondsAgo: number | undefined;
    readonly lastId: number;
    /** Those that may not make room yet, and how many the log holds at most. */
    readonly youngHeld: number;
    readonly heldMax: number;
  };
  readonly operations: { readonly queued: number; readonly sent: number; readonly inDoubt: number };
  readonly store: StoreState;
  /** Devices that have used up what they may write a day, and the names of the first few. */
  readonly budgetSpent: { readonly count: number; readonly endpoints: readonly string[] };
  readonly drops: readonly { readonly reason: DropReason; readonly lastHour: number; readonly total: number }[];
  /** The devices that the crash-loop breaker has muted: how many, and the first few. */
  readonly mutedByBreaker: { readonly count: number; readonly endpoints: readonly string[] };
  /** Damaged records of this start, the same by kind in words, and the first few devices they belonged to. */
  readonly setAside: {
    readonly count: number;
    readonly what: readonly string[];
    readonly endpoints: readonly string[];
  };
}
