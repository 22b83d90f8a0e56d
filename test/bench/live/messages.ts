/**
 * What a bench and the processes of its devices say to each other. Moments are milliseconds of the system's monotonic clock,
 * which all processes of a machine share.
 */

import type { LiveProof } from './live-proof.ts';

export interface LiveDevice {
  readonly endpoint: string;
  readonly proof: LiveProof;
  /** Its own, of 127.0.0.0/8. */
  readonly address: string;
  readonly port: number;
}

export type ToDevices =
  /** Connects and registers all of them, a few at a time. */
  | { readonly kind: 'connect'; readonly devices: readonly LiveDevice[] }
  /**
   * Each device sends so many further notifications, one at a time, over its observations in turn, and waits about `paceMs`
   * after each acknowledgement.
   */
  | { readonly kind: 'notify'; readonly each: number; readonly paceMs: number }
  /** What is under way is finished, nothing else is begun. */
  | { readonly kind: 'quiet' }
  /** A gateway is started: what is answered from now on is its answer. */
  | { readonly kind: 'round' }
  /** The first device sends an Update. */
  | { readonly kind: 'update' }
  /** Bare sockets, each with one datagram under way, until so many have come back. */
  | {
      readonly kind: 'bare';
      readonly port: number;
      readonly sockets: number;
      readonly datagramBytes: number;
      readonly count: number;
    }
  | { readonly kind: 'totals' };

export interface Progress {
  readonly kind: 'progress';
  readonly registered: number;
  /** Observations that run. */
  readonly observed: number;
  readonly inFlight: number;
  readonly acknowledged: number;
  readonly handshakes: number;
  readonly registrations: number;
  /** Notifications that were answered with RST. */
  readonly resets: number;
  /** Devices that had a notification acknowledged in this round. */
  readonly heard: number;
  /** In this round: the first record that a device could open, and the first notification that was acknowledged. */
  readonly firstAnswerAtMs: number | undefined;
  readonly firstAcknowledgedAtMs: number | undefined;
  /** Handshakes that the gateway began and that succeeded, and the payload of their datagrams, both ways. */
  readonly answeredFull: number;
  readonly answeredResumed: number;
  readonly answeredBytes: number;
  /** Devices that the gateway asked something in this round, and when it asked the last of them for the first time. */
  readonly asked: number;
  readonly lastAskedAtMs: number | undefined;
}

export interface Totals {
  readonly endpoint: string;
  /** Its notifications are numbered from 1; all up to this one are acknowledged. */
  readonly acknowledged: number;
}

export type FromDevices =
  | Progress
  | { readonly kind: 'totals'; readonly devices: readonly Totals[] }
  /** The last notification and its acknowledgement, as datagrams. */
  | { readonly kind: 'bare-done' }
  | { readonly kind: 'fault'; readonly text: string };
