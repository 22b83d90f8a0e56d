/**
 * Where a datagram comes from or goes to: `192.0.2.17:5684`, `[2001:db8::1]:5684`, `[fe80::1%eth0]:5684`. One canonical text
 * per address, so that it serves as a key: IPv4-mapped IPv6 is written as IPv4, scopes are interface names (numbers of
 * interfaces change over a restart).
 */

declare const addressBrand: unique symbol;
export type Address = string & { readonly [addressBrand]: true };

declare const listenerBrand: unique symbol;

/** The configured name of a listening address, for example `field`. Names, not addresses, stand in records. */
export type ListenerName = string & { readonly [listenerBrand]: true };

declare const peerBrand: unique symbol;

/** An authenticated identity on a listener; with plain UDP an address on a listener. */
export type PeerId = string & { readonly [peerBrand]: true };

const mappedPrefix = '::ffff:';

/** The canonical text of a host and a UDP port. The host comes from the operating system and is well formed. */
export function address(host: string, port: number): Address {
  const scope = host.indexOf('%');
  // The name of an interface is told apart by its case: enp0s31F6.
  const lower = scope < 0 ? host.toLowerCase() : host.slice(0, scope).toLowerCase() + host.slice(scope);
  const plain = lower.startsWith(mappedPrefix) && lower.includes('.') ? lower.slice(mappedPrefix.length) : lower;
  return (plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`) as Address;
}

/** The host and the port of an address. */
export function hostAndPort(at: Address): { readonly host: string; readonly port: number } {
  const colon = at.lastIndexOf(':');
  const host = at.startsWith('[') ? at.slice(1, colon - 1) : at.slice(0, colon);
  return { host, port: Number(at.slice(colon + 1)) };
}
