/** One line of `GET /api/holdfast/events` and of `holdfast events --json`. */
import type { EventType } from '../event-names.ts';
import type { RecoveryDevices } from './recovery.ts';
import type { JsonValue } from './value.ts';

export interface EventBody {
  /** A reader's cursor; only durable events have one. */
  readonly id: number | null;
  readonly at: string | null;
  readonly type: EventType;
  readonly endpoint: string | null;
  /** The observed path of a NOTIFICATION; the path of a REQUEST_RESPONSE. */
  readonly path: string | null;
  readonly values: readonly {
    readonly path: string;
    readonly name: string | null;
    readonly type: string;
    readonly value: JsonValue;
  }[];
  readonly operation: number | null;
  readonly account: string | null;
  /** The device said it before its connection was proved fresh after a restart. */
  readonly unverified: boolean;
  readonly detail: EventDetail;
}

/** What only some types have. Fields that do not apply are missing here, unlike everywhere else. */
export interface EventDetail {
  /** REGISTRATION. */
  readonly lifetimeSeconds?: number;
  readonly objects?: number;
  /** DEREGISTRATION: `deregistered`, `expired`, `removed`, `replaced`. */
  readonly reason?: string;
  /** AWAKE. */
  readonly forSeconds?: number;
  /** RECOVERY of a device: `by itself`, `restored`, `abbreviated`, `full`, or `unreachable`. */
  readonly how?: string;
  /** RECOVERY of all of them. */
  readonly devices?: RecoveryDevices;
  /** REQUEST_RESPONSE. */
  readonly verb?: string;
  readonly state?: string;
  readonly code?: string;
  /** REFUSED: where it came from, and on which listener. */
  readonly address?: string;
  readonly listener?: string;
  /** REFUSED, CHANGE: what happened, as people read it (`unknown identity "meter-71"`, `added`). */
  readonly text?: string;
  /** GAP. */
  readonly lost?: number;
  readonly oldestId?: number;
  /** NOTIFICATION, SEND: a payload that could not be decoded, as it came. */
  readonly contentFormat?: number;
  readonly payload?: string;
}
