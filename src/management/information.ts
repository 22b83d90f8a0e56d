/** What the process knows of itself and the gateway does not: the host's part of the status. */
import type { ConfigurationBody } from '../api/bodies/configuration.ts';
import type { ListenerBody } from '../api/bodies/status.ts';
import type { LastStop } from '../api/state-words.ts';
import type { StatusView } from '../gateway/views.ts';

export interface Information {
  readonly version: string;
  /** `mbedTLS 3.6.6`. */
  readonly engine: string | null;
  readonly node: string;
  /** The machine's name. */
  readonly host: string;
  readonly startToServingMs: number | null;
  readonly listeners: readonly ListenerBody[];
  readonly lastStopReason: LastStop;
  /** Every key in force, without secrets. */
  readonly configuration: ConfigurationBody;
  readonly clock: { readonly trusted: boolean; readonly source: string | null };
  readonly store: {
    readonly writtenBytes24h: number | null;
    /** What the database does while the journal may still take what needs an acknowledgement. */
    readonly database: StatusView['store'];
    /** What the store found and repaired when it was opened, one sentence each. */
    readonly notes: readonly string[];
  };
}
