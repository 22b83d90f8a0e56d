/** What the gateway tells the world. Events of `before-ack` writes leave after their commit, all others at once. */
import type { Address } from '../base/address.ts';
import type { ConnectFailure } from '../dtls/dtls-output.ts';
import type { ResourcePath } from '../lwm2m/path.ts';
import type { Entry } from '../lwm2m/value.ts';
import type { ListenerName } from './contract.ts';
import type { OperatorAnswer } from './operator.ts';
import type { RecoveryView, Rung } from './recovery-view.ts';
import type { OperationView } from './views.ts';

/** What the event log keeps. `id` rises without end; it is a reader's cursor. */
export type LoggedEvent = LoggedReport | LoggedResponse;

/** An operation as the log tells of it: without what only matters until it is over. */
export type LoggedOperation = Omit<
  OperationView,
  'acceptedAtWall' | 'acceptedSecondsAgo' | 'expiresAtWall' | 'expiresInMs'
>;

/** How an operation ended. */
export interface LoggedResponse {
  readonly kind: 'response';
  readonly id: number;
  readonly endpoint: string;
  readonly atWall: number | undefined;
  readonly operation: LoggedOperation;
}

/** A notification or Send. */
export interface LoggedReport {
  readonly kind: 'notification' | 'send';
  readonly id: number;
  readonly endpoint: string;
  /** The observed path; undefined for a Send. */
  readonly path: ResourcePath | undefined;
  readonly entries: readonly Entry[];
  /** Milliseconds since 1970, undefined when the clock was not trusted. */
  readonly atWall: number | undefined;
  readonly unverified: boolean;
  /** A payload that could not be decoded is kept as it came, in hex. */
  readonly undecoded: { readonly contentFormat: number | undefined; readonly hex: string } | undefined;
}

export type GatewayEvent =
  | { readonly kind: 'answer'; readonly request: number; readonly answer: OperatorAnswer }
  /** For those who wait for it. What the event log has of it (`eventId`) is told as `logged`, too. */
  | { readonly kind: 'operation'; readonly operation: OperationView }
  | { readonly kind: 'logged'; readonly event: LoggedEvent }
  /** A non-confirmable notification: not in the durable log. */
  | { readonly kind: 'notification'; readonly event: Omit<LoggedReport, 'id'> }
  | {
      readonly kind: 'registered';
      readonly endpoint: string;
      readonly lifetimeSeconds: number;
      readonly objects: number;
    }
  | { readonly kind: 'updated'; readonly endpoint: string }
  | {
      readonly kind: 'deregistered';
      readonly endpoint: string;
      readonly reason: 'deregistered' | 'expired' | 'removed' | 'replaced' | 'muted';
    }
  | { readonly kind: 'awake'; readonly endpoint: string; readonly forMs: number }
  | { readonly kind: 'sleeping'; readonly endpoint: string }
  /** The first word of a device since the start. `rung`: over what the gateway reached it; undefined when it came by itself. */
  | { readonly kind: 'recovered'; readonly endpoint: string; readonly rung: Rung | undefined }
  /** A handshake that the gateway begins toward a device, and what became of it. */
  | {
      readonly kind: 'handshake';
      readonly endpoint: string;
      readonly rung: Rung;
      readonly result: 'begun' | 'done' | ConnectFailure;
    }
  /** Nothing that the gateway may do reaches the device: it waits for it. */
  | { readonly kind: 'unreachable'; readonly endpoint: string }
  /** At every tenth of the way. */
  | { readonly kind: 'recovery'; readonly recovery: RecoveryView }
  /** A device that may not come in, in words. At most one a host, text and minute, and 30 a minute in all. */
  | { readonly kind: 'refused'; readonly listener: ListenerName; readonly from: Address; readonly text: string }
  /** What an operator changed (`added`), and who it was. */
  | { readonly kind: 'change'; readonly endpoint: string; readonly account: string; readonly text: string }
  | { readonly kind: 'alarm'; readonly code: string; readonly text: string; readonly next: string }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly message: string;
      readonly peer?: string;
      readonly reason?: string;
    };
