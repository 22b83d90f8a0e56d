/**
 * What the demo and the process with its devices say to each other. Moments are milliseconds of the system's monotonic clock,
 * which all processes of a machine share.
 */
import type { Server } from './dtls-link.ts';

export interface FleetDevice {
  readonly endpoint: string;
  /** In hex. */
  readonly key: string;
  /** Its own, of 127.0.0.0/8. */
  readonly address: string;
  readonly server: Server;
}

export type ToFleet =
  /** Connects all, a few at a time. */
  | {
      readonly kind: 'connect';
      readonly devices: readonly FleetDevice[];
      readonly paceMs: number;
      readonly seed: number;
    }
  /** From now on each device notifies, about every `paceMs` after its last acknowledgement. */
  | { readonly kind: 'notify' }
  /** Kills the process once `afterMs` have passed and so many devices wait for an acknowledgement. */
  | { readonly kind: 'kill'; readonly pid: number; readonly afterMs: number; readonly inFlightMin: number }
  /** A gateway is started anew: what is sent and acknowledged from now on counts as heard by it. */
  | { readonly kind: 'round' }
  /** No further notifications; those under way are finished. */
  | { readonly kind: 'quiet' }
  | { readonly kind: 'totals' };

export interface FleetProgress {
  readonly kind: 'progress';
  readonly connected: number;
  readonly inFlight: number;
  readonly acknowledged: number;
  readonly handshakes: number;
  readonly registrations: number;
  /** Devices that had an acknowledgement in this round, and when the first of them had it. */
  readonly heard: number;
  readonly firstHeardAtMs: number | undefined;
  /** One that had none yet, and the last that went wrong for it. */
  readonly notHeard: string | undefined;
}

export type FromFleet =
  | FleetProgress
  | { readonly kind: 'killed'; readonly inFlight: number; readonly atMs: number }
  | { readonly kind: 'totals'; readonly devices: readonly DeviceTotals[] }
  | { readonly kind: 'fault'; readonly text: string };

export interface DeviceTotals {
  readonly endpoint: string;
  readonly handshakes: number;
  readonly registrations: number;
  readonly sequenceReused: number;
  readonly longestSilenceMs: number;
  readonly acknowledged: readonly number[];
  /** What went wrong for it, newest last. */
  readonly troubles: readonly string[];
}

export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
