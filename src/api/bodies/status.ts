/** `GET /api/holdfast/status`. */
import type { DeviceState, LastStop } from '../state-words.ts';
import type { WearBody } from './wear.ts';

export interface StatusBody {
  readonly version: string;
  /** The gateway's clock as it answers; null while it is not trusted. */
  readonly at: string | null;
  readonly generation: number;
  readonly servingSeconds: number;
  readonly lastStop: LastStop;
  readonly startToServingMs: number | null;
  readonly host: string;
  readonly devices: Readonly<Record<DeviceState, number>>;
  readonly sinceStart: { readonly heardFrom: number; readonly handshakes: number; readonly registrations: number };
  readonly events: {
    readonly perMinute: number;
    readonly held: number;
    readonly oldestSecondsAgo: number | null;
    readonly lastId: number;
  };
  readonly operations: { readonly queued: number; readonly sent: number; readonly inDoubt: number };
  readonly store: WearBody & { readonly state: 'ok' | 'full' | 'readonly' | 'failed' | 'superseded' };
  readonly clock: { readonly trusted: boolean /** `NTP`, `battery clock`. */; readonly source: string | null };
  readonly drops: readonly { readonly reason: string; readonly lastHour: number; readonly total: number }[];
  readonly listeners: readonly ListenerBody[];
  readonly attention: readonly AttentionBody[];
}

export interface ListenerBody {
  readonly name: string;
  readonly url: string;
}

/** Something to do: `text` is printed as it is, followed by a colon and the command. */
export interface AttentionBody {
  readonly code: string;
  readonly text: string;
  readonly next: string | null;
}
