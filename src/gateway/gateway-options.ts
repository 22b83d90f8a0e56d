/** What the gateway is made of: handed in by the host or by a simulated world. */
import type { Engine } from 'mbedtls-wasm';
import type { ListenerName } from '../base/address.ts';
import type { Entropy } from '../base/entropy.ts';
import type { Aead } from '../records/sealed-record.ts';

export interface GatewayOptions {
  readonly configuration: GatewayConfiguration;
  readonly engine: Engine;
  readonly entropy: Entropy;
  /** Seals the records that hold secrets. */
  readonly aead: Aead;
}

export interface GatewayConfiguration {
  readonly listeners: readonly ListenerConfiguration[];
  /** How long a queue-mode device is taken to be awake after its last message. Default 93 s (MAX_TRANSMIT_WAIT). */
  readonly awakeMs?: number;
}

export interface ListenerConfiguration {
  readonly name: ListenerName;
  /** `none`: plain CoAP, only where it was configured. */
  readonly security: 'psk' | 'none';
}
