/**
 * One UDP socket of one listener. One socket an address, since an answer must leave from the address that was asked and Node
 * cannot choose the source address of a datagram.
 *
 * The socket is bound long before the machine is ready and does not read until then, so what arrives during a start waits in
 * the operating system's receive buffer; the same holds for what arrives during a stop, when the port is handed in.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { type Address, address, hostAndPort } from '../base/address.ts';
import { BoundedQueue } from '../base/bounded-queue.ts';
import { limits } from '../base/limits.ts';
import type { Datagram, ListenerName } from '../gateway/contract.ts';
import { pauseReading, resumeReading } from './socket-reading.ts';
import { errorCode, StartError } from './start-error.ts';
import type { DatagramHandler, Transport } from './transport.ts';

export type Family = 'udp4' | 'udp6';

/** Where to listen: an address of this machine, or a socket that was handed in. */
export interface UdpListenerOptions {
  readonly name: ListenerName;
  readonly scheme: 'coaps' | 'coap';
  readonly host: string;
  readonly port: number;
  /** For `::`: take IPv4 as well. False when a listener of its own serves IPv4. */
  readonly dualStack?: boolean;
  /** A bound socket handed in by the parent, see `inherited-sockets.ts`. Its family is the kernel's word. */
  readonly inherited?: { readonly fd: number; readonly family: Family };
}

export interface UdpCounters {
  readonly sendErrors: number;
  readonly socketErrors: number;
  /** Datagrams that came too early or too late and could be left neither to the machine nor to the operating system. */
  readonly unread: number;
}

export class UdpTransport implements Transport {
  readonly listener: ListenerName;
  readonly url: string;
  readonly receiveBufferBytes: number;
  private readonly socket: Socket;
  private readonly family: Family;
  private handler: DatagramHandler | undefined;
  /** Used only where reading cannot be put off. */
  private readonly early = new BoundedQueue<{ from: Address; bytes: Uint8Array }>(limits.datagramsHeldMax);
  private reading: 'not-yet' | 'yes' | 'no-more' = 'not-yet';
  private tooLate = 0;
  private sendErrors = 0;
  private socketErrors = 0;
  private readonly sent = (error: Error | null): void => {
    if (error !== null) this.sendErrors++;
  };

  /** Binds. Rejects with a StartError (exit 31 when somebody else holds the port). */
  static async bind(options: UdpListenerOptions): Promise<UdpTransport> {
    const family = options.inherited?.family ?? (options.host.includes(':') ? 'udp6' : 'udp4');
    const socket = createSocket({
      type: family,
      ipv6Only: family === 'udp6' && options.dualStack !== true,
      lookup: (host, _options, found) => found(null, host, family === 'udp6' ? 6 : 4),
    });
    await bound(socket, options);
    return new UdpTransport(options, socket, family);
  }

  private constructor(options: UdpListenerOptions, socket: Socket, family: Family) {
    this.socket = socket;
    this.family = family;
    this.listener = options.name;
    this.url = `${options.scheme}://${address(socket.address().address, socket.address().port)}`;
    this.receiveBufferBytes = widen(socket);
    socket.on('error', () => {
      this.socketErrors++;
    });
    socket.on('message', (message, info) => this.arrived(message, info));
  }

  get counters(): UdpCounters {
    const { sendErrors, socketErrors } = this;
    return { sendErrors, socketErrors, unread: this.early.refused + this.tooLate };
  }

  get port(): number {
    return this.socket.address().port;
  }

  get isBound(): boolean {
    try {
      return this.socket.address().port > 0;
    } catch {
      return false; // The descriptor is closed.
    }
  }

  startReading(handler: DatagramHandler): void {
    this.handler = handler;
    this.reading = 'yes';
    for (let one = this.early.shift(); one !== undefined; one = this.early.shift()) {
      handler(this.listener, one.from, one.bytes);
    }
    resumeReading(this.socket);
  }

  stopReading(): void {
    this.reading = 'no-more';
    pauseReading(this.socket);
  }

  send(datagram: Datagram): void {
    const { host, port } = hostAndPort(datagram.to);
    const target = this.family === 'udp6' && !host.includes(':') ? `::ffff:${host}` : host;
    try {
      // Short arrays live on the heap, and Node would give each a memory of its own: a copy in its pool costs less.
      this.socket.send(Buffer.from(datagram.bytes), port, target, this.sent);
    } catch {
      this.sendErrors++; // A port of 0 or a family that does not fit: noise from the network like any other.
    }
  }

  close(): void {
    this.socket.close();
  }

  private arrived(message: Uint8Array, info: RemoteInfo): void {
    const from = address(info.address, info.port);
    // A plain view: the machine relies on Uint8Array's slice, which copies; a Buffer's does not.
    const bytes = new Uint8Array(message.buffer, message.byteOffset, message.byteLength);
    if (this.reading === 'yes') this.handler?.(this.listener, from, bytes);
    else if (this.reading === 'not-yet') this.early.push({ from, bytes });
    else this.tooLate++;
  }
}

function bound(socket: Socket, options: UdpListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      socket.close();
      reject(bindError(error, options));
    };
    socket.once('error', failed);
    socket.once('listening', () => {
      pauseReading(socket);
      socket.off('error', failed);
      resolve();
    });
    if (options.inherited !== undefined) socket.bind({ fd: options.inherited.fd });
    else socket.bind({ address: options.host, port: options.port, exclusive: true });
  });
}

function bindError(error: Error, options: UdpListenerOptions): StartError {
  const where = address(options.host, options.port);
  const code = errorCode(error);
  if (code === 'EADDRINUSE') {
    const look = `See who holds it:  ss -lunp 'sport = :${options.port}'`;
    return new StartError(
      31,
      `another program holds UDP port ${options.port} (listener "${options.name}", ${where}).`,
      look,
    );
  }
  if (code === 'EADDRNOTAVAIL') {
    return new StartError(30, `listener "${options.name}": ${options.host} is not an address of this machine.`);
  }
  if (code === 'EACCES') {
    return new StartError(30, `listener "${options.name}": this account may not listen on port ${options.port}.`);
  }
  return new StartError(30, `listener "${options.name}" cannot listen on ${where}: ${code ?? error.message}.`);
}

/** Asks for a receive buffer that holds a storm of reconnecting devices; the system may grant less. */
function widen(socket: Socket): number {
  try {
    if (socket.getRecvBufferSize() < 2 * limits.receiveBufferBytes) socket.setRecvBufferSize(limits.receiveBufferBytes);
  } catch {
    // Some sandboxes forbid it; the socket serves with what it has.
  }
  return socket.getRecvBufferSize();
}
