/** Opens every configured listener: on a socket that was handed in for it, else on one of our own. */
import type { ListenerConfiguration } from '../api/configuration/configuration.ts';
import type { ListenerName } from '../gateway/contract.ts';
import { canonicalAddress } from './bound-socket.ts';
import type { InheritedSocket } from './inherited-sockets.ts';
import { StartError } from './start-error.ts';
import { type UdpListenerOptions, UdpTransport } from './udp-transport.ts';

/** All of them, or a StartError and none. They are bound and do not read yet. */
export async function openListeners(
  listeners: readonly ListenerConfiguration[],
  inherited: readonly InheritedSocket[],
): Promise<UdpTransport[]> {
  const wanted = listenerOptions(listeners, inherited);
  const settled = await Promise.allSettled(wanted.map((options) => UdpTransport.bind(options)));
  const opened = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed === undefined) return opened;
  for (const transport of opened) transport.close();
  throw failed.reason;
}

/** What to open. Throws a StartError (30) when there is nothing, or when a socket that was handed in has no listener. */
export function listenerOptions(
  listeners: readonly ListenerConfiguration[],
  inherited: readonly InheritedSocket[],
): UdpListenerOptions[] {
  const enabled = listeners.filter((listener) => listener.enabled);
  if (enabled.length === 0) throw new StartError(30, 'no listener is enabled: no device could reach this gateway.');
  refuseStrangers(enabled, inherited);
  return enabled.map((listener) => {
    const { name, address: host, port } = listener;
    const held = inherited.find((socket) => serves(socket, listener, inherited));
    return {
      name: name as ListenerName,
      scheme: listener.security === 'none' ? 'coap' : 'coaps',
      host,
      port,
      dualStack: host === '::' && !enabled.some((other) => other.port === port && !other.address.includes(':')),
      ...(held === undefined ? {} : { inherited: { fd: held.fd, family: held.family } }),
    };
  });
}

/** By its name; where several sockets bear it, as those of one unit do, by address and port alone. */
function serves(
  socket: InheritedSocket,
  { name, address, port }: ListenerConfiguration,
  inherited: readonly InheritedSocket[],
): boolean {
  const namesakes = inherited.filter((other) => other.name === socket.name).length;
  return (socket.name === name && namesakes === 1) || socket.bound === canonicalAddress(address, port);
}

function refuseStrangers(enabled: readonly ListenerConfiguration[], inherited: readonly InheritedSocket[]): void {
  const names = enabled.map(({ name }) => name).join(', ');
  for (const socket of inherited) {
    if (enabled.some((listener) => serves(socket, listener, inherited))) continue;
    throw new StartError(
      30,
      `the socket "${socket.name}" at ${socket.bound} was handed in, but no listener has that name or address.`,
      `Name it in its unit, FileDescriptorName=; the listeners are: ${names}`,
    );
  }
}
