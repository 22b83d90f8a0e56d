/**
 * The texts of addresses that were met, and what they stand for: a device sends from one address for hours, and making its text
 * anew for each datagram, and taking it apart for each answer, costs as much as the rest of the way through the socket.
 *
 * Limits: `addressesKnownMax`; then all are forgotten, which costs no more than making them once more.
 */
import { type Address, address, hostAndPort } from '../base/address.ts';
import { limits } from '../base/limits.ts';

export interface Target {
  readonly host: string;
  readonly port: number;
}

export class KnownAddresses {
  private readonly texts = new Map<string, Map<number, Address>>();
  private readonly targets = new Map<Address, Target>();

  /** The canonical text of a host and a port, the same object each time. */
  text(host: string, port: number): Address {
    const known = this.texts.get(host)?.get(port);
    if (known !== undefined) return known;
    const made = address(host, port);
    this.makeRoom();
    this.targets.set(made, hostAndPort(made));
    const ofHost = this.texts.get(host);
    if (ofHost === undefined) this.texts.set(host, new Map([[port, made]]));
    else ofHost.set(port, made);
    return made;
  }

  /** Where a datagram for this address goes. */
  target(at: Address): Target {
    return this.targets.get(at) ?? hostAndPort(at);
  }

  private makeRoom(): void {
    if (this.targets.size < limits.addressesKnownMax) return;
    this.texts.clear();
    this.targets.clear();
  }
}
