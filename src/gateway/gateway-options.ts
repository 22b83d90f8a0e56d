/** What the gateway is made of: handed in by the host or by a simulated world. */
import type { Engine } from 'mbedtls-wasm';
import type { ListenerName } from '../base/address.ts';
import type { Entropy } from '../base/entropy.ts';
import type { OwnCertificates } from '../dtls/peer-chains.ts';
import type { Aead } from '../records/sealed-record.ts';
import type { HandNote } from './crash-loop.ts';

export interface GatewayOptions {
  readonly configuration: GatewayConfiguration;
  readonly engine: Engine;
  readonly entropy: Entropy;
  /** Seals the records that hold secrets. */
  readonly aead: Aead;
  /** Is told what a step works on, so that a death of it can be laid to somebody; nobody need listen. */
  readonly nowInHand?: HandNote;
}

export interface GatewayConfiguration {
  readonly listeners: readonly ListenerConfiguration[];
  /** How long a queue-mode device is taken to be awake after its last message. Default 93 s (MAX_TRANSMIT_WAIT). */
  readonly awakeMs?: number;
  /** For how long what nobody waits for may stay unwritten: that much longer a device may be unheard after a restart. */
  readonly soonWindowMs?: number;
  /** What each device may make the store write a day, in bytes; 0 for as much as it likes. */
  readonly peerBytesPerDay?: number;
  /** Devices may come in with certificates, on every listener with DTLS. */
  readonly certificates?: OwnCertificates | undefined;
  /** In place of those in `base/limits.ts`. */
  readonly limits?: Partial<ConfigurableLimits>;
}

/** The limits that an operator may set. All others hold the gateway's memory together, and stand fixed in `base/limits.ts`. */
export interface ConfigurableLimits {
  readonly handshakesPendingMax: number;
  readonly handshakesPendingPerSourceMax: number;
  readonly sourceDatagramsPerSecond: number;
  readonly sourceDatagramsBurst: number;
  readonly peerMessagesPerSecond: number;
  readonly peerMessagesBurst: number;
  readonly observationsPerPeerMax: number;
  readonly operationsQueuedPerPeerMax: number;
  readonly eventLogRecordsMax: number;
  readonly recoveryDevicesPerSecond: number;
}

export interface ListenerConfiguration {
  readonly name: ListenerName;
  /** `psk`: DTLS with keys, and with certificates where the gateway has one. `none`: plain CoAP, only where it was configured. */
  readonly security: 'psk' | 'none';
  /** How many of its devices a second are asked after a restart, if fewer than of all. */
  readonly recoveryDevicesPerSecond?: number;
}

/** Those without DTLS. */
export function plainListeners({ listeners }: GatewayConfiguration): ReadonlySet<ListenerName> {
  return new Set(listeners.filter(({ security }) => security === 'none').map(({ name }) => name));
}
