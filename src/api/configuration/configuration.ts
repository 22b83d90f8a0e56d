/** What the gateway runs with, checked and complete. `read-configuration.ts` makes it from a TOML file; secrets never stand in it. */
import type { CertificateFiles } from './certificate-keys.ts';

export interface Configuration {
  readonly listeners: readonly ListenerConfiguration[];
  /** Undefined: devices come in with keys alone. */
  readonly certificates: CertificateFiles | undefined;
  /** `127.0.0.1:8080`; undefined: no HTTP beside the unix socket. */
  readonly httpAddress: string | undefined;
  readonly stateDirectory: string;
  readonly logLevel: LogLevel;
  readonly storeSpacingMs: number;
  readonly storeSoonWindowMs: number;
  readonly wearBudget: WearBudget;
  /** What each device may make the store write a day; 0 for as much as it likes. */
  readonly peerBytesPerDay: number;
  readonly limits: Readonly<Record<LimitName, number>>;
  /** `good`: the clock of the board keeps time without power, so it is trusted from the start. */
  readonly batteryClock: 'good' | 'none';
  readonly awakeWindowMs: number;
}

/** How much may be written to the flash, in bytes; undefined is not limited, and not known. */
export interface WearBudget {
  readonly bytesPerDay: number | undefined;
  /** What the card is good for in all; undefined when the budget was set by itself. */
  readonly enduranceBytes: number | undefined;
}

export interface ListenerConfiguration {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** `none` is plain CoAP without DTLS. */
  readonly security: 'psk' | 'none';
  readonly enabled: boolean;
  /** How many of its devices a second are asked after a restart, if fewer than of all. */
  readonly recoveryDevicesPerSecond?: number;
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Names of the section `limits`, as they stand in the file and in `src/base/limits.ts`. */
export const limitNames = {
  handshakes_pending: 'handshakesPendingMax',
  handshakes_pending_per_source: 'handshakesPendingPerSourceMax',
  source_datagrams_per_second: 'sourceDatagramsPerSecond',
  source_datagrams_burst: 'sourceDatagramsBurst',
  device_messages_per_second: 'peerMessagesPerSecond',
  device_messages_burst: 'peerMessagesBurst',
  observations_per_device: 'observationsPerPeerMax',
  operations_queued_per_device: 'operationsQueuedPerPeerMax',
  event_log_records: 'eventLogRecordsMax',
  recovery_per_second: 'recoveryDevicesPerSecond',
} as const;

export type LimitKey = keyof typeof limitNames;
export type LimitName = (typeof limitNames)[LimitKey];

/** A mistake in the file; `line` counts from 1. */
export interface ConfigurationProblem {
  readonly line: number | undefined;
  /** `listener.field.port is 70000; a port is 1 to 65535.` */
  readonly text: string;
}
