/** What the runtime needs of a way to devices: datagrams in and out at one listener. UDP today, lines and links later. */
import type { Address } from '../base/address.ts';
import type { Datagram, ListenerName } from '../gateway/contract.ts';

export type DatagramHandler = (listener: ListenerName, from: Address, bytes: Uint8Array) => void;

export interface Transport {
  readonly listener: ListenerName;
  /** For people: `coaps://0.0.0.0:5684`. */
  readonly url: string;
  /** False once the socket, or the line, is gone. */
  readonly isBound: boolean;
  /** Begins to hand over what has arrived, what waited in the operating system first. */
  startReading(handler: DatagramHandler): void;
  /** Leaves further datagrams in the operating system, where the next process may find them. Sending goes on. */
  stopReading(): void;
  /** Never throws and never waits: what cannot be sent is counted and lost, as datagrams are. */
  send(datagram: Datagram): void;
  close(): void;
}
