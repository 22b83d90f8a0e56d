/** Our layer on a UDP socket of its own, as server and as client of peers that others wrote; datagrams are lost both ways. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { accessSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Coap } from '../../src/coap/coap.ts';
import type { CoapEvent, CoapOutput, FailureReason, PeerId, RequestId } from '../../src/coap/output.ts';
import type { TransmissionParameters } from '../../src/coap/parameters.ts';
import type { CoapRequest, IncomingRequest } from '../../src/coap/request.ts';
import type { CoapResponse, IncomingResponse } from '../../src/coap/response.ts';
import { at, chance, newCoap } from './coap-world.ts';

export interface EndpointOptions {
  /** How likely a datagram is lost, each way. */
  readonly loss?: number;
  readonly parameters?: Partial<TransmissionParameters>;
  readonly answer?: (request: IncomingRequest) => CoapResponse;
}

const tickMs = 5;
const notFound = (): CoapResponse => ({ code: '4.04' });

export class SocketEndpoint {
  lost = 0;
  readonly requests: IncomingRequest[] = [];
  readonly notifications: IncomingResponse[] = [];
  private readonly coap: Coap;
  private readonly socket: Socket = createSocket('udp4');
  private readonly random = chance(11);
  private readonly loss: number;
  private readonly answer: (request: IncomingRequest) => CoapResponse;
  private readonly ends = new Map<RequestId, (end: IncomingResponse | FailureReason) => void>();
  private readonly ticks = setInterval(() => this.take(this.coap.advance(at(performance.now()))), tickMs);

  private constructor({ loss = 0, parameters, answer = notFound }: EndpointOptions) {
    this.loss = loss;
    this.answer = answer;
    this.coap = newCoap({ parameters: { ackRandomFactor: 1, ...parameters } });
    this.socket.on('message', (bytes, { port }) => {
      if (this.loses()) return;
      this.take(this.coap.receive(`${port}` as PeerId, 1, bytes, at(performance.now())));
    });
  }

  static async open(options: EndpointOptions): Promise<SocketEndpoint> {
    const endpoint = new SocketEndpoint(options);
    endpoint.socket.bind(0, '127.0.0.1');
    await once(endpoint.socket, 'listening');
    return endpoint;
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** The response of whoever is at that port, or why there is none. */
  async request(port: number, request: CoapRequest): Promise<IncomingResponse | FailureReason> {
    const made = this.coap.request(`${port}` as PeerId, request, {}, at(performance.now()));
    if ('refused' in made) throw new Error(made.refused);
    const end = new Promise<IncomingResponse | FailureReason>((resolve) => this.ends.set(made.id, resolve));
    this.take(made.output);
    return await end;
  }

  close(): void {
    clearInterval(this.ticks);
    this.socket.close();
  }

  private take(output: CoapOutput): void {
    for (const { peer, bytes } of output.send)
      if (!this.loses()) this.socket.send(bytes, Number(peer), '127.0.0.1', () => undefined);
    for (const event of output.events) this.decide(event);
  }

  private decide(event: CoapEvent): void {
    if (event.kind === 'request') {
      this.requests.push(event.request);
      const response = this.answer(event.request);
      this.take(this.coap.respond(event.peer, event.exchange, response, at(performance.now())));
    } else if (event.kind === 'response') this.ends.get(event.id)?.(event.response);
    else if (event.kind === 'failed') this.ends.get(event.id)?.(event.reason);
    else if (event.kind === 'notification') {
      this.notifications.push(event.response);
      this.take(this.coap.acknowledge(event.peer, event.exchange));
    } else if (event.kind === 'unknown-token') this.take(this.coap.reject(event.peer, event.exchange));
  }

  private loses(): boolean {
    const lost = this.random() < this.loss;
    if (lost) this.lost++;
    return lost;
  }
}

/** A body of so many bytes, printable, of which no part is like another. */
export function longBody(bytes: number): string {
  const random = chance(5);
  return Array.from({ length: bytes }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join('');
}

/** The first of these programs that is on the path. */
export function installed(names: readonly string[]): string | undefined {
  return names.find((name) =>
    (process.env['PATH'] ?? '').split(delimiter).some((directory) => {
      try {
        accessSync(join(directory, name));
        return true;
      } catch {
        return false;
      }
    }),
  );
}
