/** What the process knows of itself and the gateway does not: the host's part of the status. */
import type { ConfigurationBody } from '../api/bodies/configuration.ts';
import type { ListenerBody } from '../api/bodies/status.ts';
import type { LastStop, WearState } from '../api/state-words.ts';

/** What was written; bytes of the device are null where its counter cannot be read, and others write to it too. */
export interface WearCounts {
  /** By the store, with what the file system and the database add to it. */
  readonly writtenBytes: number | null;
  /** Keys and values of records. */
  readonly logicalBytes: number | null;
  readonly commits: number | null;
  readonly journalBytes: number | null;
  readonly databaseBytes: number | null;
  readonly deviceBytes: number | null;
}

export interface WearInformation {
  readonly last24Hours: WearCounts;
  /** Since the gateway began. */
  readonly totals: WearCounts;
  /** Null: no budget. */
  readonly budgetBytesPerDay: number | null;
  /** What the card is said to be good for in all. */
  readonly enduranceBytes: number | null;
  /** From one commit to the next, as it is now. */
  readonly spacingMs: number;
  readonly state: WearState;
}

/** What the two halves of the store can do; the state of the whole is the gateway's to tell. */
export interface StoreHealthInformation {
  readonly database: 'ok' | 'full' | 'readonly' | 'failed' | 'superseded';
  readonly journal: 'ok' | 'failed';
  /** Which part of the journal is in use, from 0 to 1. */
  readonly journalFill: number;
}

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
    readonly wear: WearInformation;
    readonly health: StoreHealthInformation;
    /** What the store found and repaired when it was opened, one sentence each. */
    readonly notes: readonly string[];
  };
}
