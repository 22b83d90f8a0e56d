/** Opens every configured listener: on a socket that was handed in under its name, else on one of our own. */
import type { ListenerConfiguration } from '../api/configuration/configuration.ts';
import type { ListenerName } from '../gateway/contract.ts';
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
    const held = inherited.find((socket) => socket.name === name);
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

function refuseStrangers(enabled: readonly ListenerConfiguration[], inherited: readonly InheritedSocket[]): void {
  const names = enabled.map(({ name }) => name);
  const seen = new Set<string>();
  for (const { name, fd } of inherited) {
    if (!names.includes(name)) {
      throw new StartError(
        30,
        `the socket "${name}" (descriptor ${fd}) was handed in, but no listener has that name.`,
        `FileDescriptorName= of its unit is one of: ${names.join(', ')}`,
      );
    }
    if (seen.has(name)) throw new StartError(30, `two sockets named "${name}" were handed in; a listener has one.`);
    seen.add(name);
  }
}
