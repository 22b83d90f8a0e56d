/**
 * A datagram socket without a network, for npm `coap`: what it sends goes to a function, what is fed to it arrives. The package
 * asks `instanceof dgram.Socket` before it repeats a cached answer to a duplicate, so the object has to be one by its prototype.
 */
import { Socket } from 'node:dgram';
import { EventEmitter } from 'node:events';

type Sent = (error: Error | null, bytes: number) => void;

export interface VirtualSocket {
  readonly socket: Socket;
  arrive(message: Uint8Array): void;
}

const gateway = { address: 'gateway', port: 5_684, family: 'IPv4' } as const;

export function virtualSocket(send: (message: Uint8Array) => void): VirtualSocket {
  const socket = Object.create(Socket.prototype) as Socket;
  Reflect.apply(EventEmitter, socket, []);
  Object.assign(socket, {
    type: 'udp4',
    address: () => ({ address: 'device', port: 0, family: 'IPv4' }),
    close: () => socket,
    send: (message: Uint8Array, offset: number, length: number, _port?: number, _host?: string, sent?: Sent) => {
      send(message.subarray(offset, offset + length));
      if (typeof sent === 'function') setImmediate(sent, null, length);
    },
  });
  const arrive = (message: Uint8Array): void => {
    socket.emit('message', Buffer.from(message), { ...gateway, size: message.length });
  };
  return { socket, arrive };
}
