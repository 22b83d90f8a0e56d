/**
 * The CoAP of a simulated device over one DTLS connection: npm `coap` as server (requests of the gateway) and as client (Register,
 * Update), and the scripted notifications beside it. Each message goes to the one of the three that it is for; nothing of the
 * gateway's own CoAP layer is used here.
 */
import { Agent, createServer, type IncomingMessage, type OutgoingMessage } from 'coap';
import { contentFormats, type DeviceRequest, type DeviceResponse } from './device-objects.ts';
import type { NotificationSender } from './notification-sender.ts';
import { virtualSocket } from './virtual-socket.ts';

export interface CoapNodeOptions {
  readonly send: (message: Uint8Array) => void;
  readonly notifications: NotificationSender;
  readonly answer: (request: DeviceRequest) => DeviceResponse;
}

export interface ClientRequest {
  readonly pathname: string;
  /** `key=value`, one parameter each. */
  readonly query: readonly string[];
  /** Link format. */
  readonly payload: string | undefined;
}

export interface ClientResponse {
  readonly code: string;
  readonly location: string;
}

/** What `coap` hands out; its own types leave out what it inherits. */
interface Received {
  readonly code: string;
  readonly method: string;
  readonly payload: Buffer;
  readonly headers: Partial<Record<string, unknown>>;
  readonly options: readonly { readonly name: string | number; readonly value: unknown }[];
  readonly _packet: { readonly token: Buffer };
}

const acknowledgement = 2;
const reset = 3;

export class CoapNode {
  private readonly options: CoapNodeOptions;
  private readonly asServer;
  private readonly asClient;
  private readonly server;
  private readonly agent: Agent;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: CoapNodeOptions) {
    this.options = options;
    const send = (message: Uint8Array): void => {
      if (!this.closed) options.send(message);
    };
    this.asServer = virtualSocket(send);
    this.asClient = virtualSocket(send);
    this.server = createServer({ reuseAddr: false }, (request, response) =>
      this.serve(request as unknown as Received, response),
    );
    this.server.listen(this.asServer.socket);
    this.agent = new Agent({ socket: this.asClient.socket });
  }

  /** A decrypted datagram of the gateway. */
  arrive(message: Uint8Array): void {
    const [first = 0, code = 0, high = 0, low = 0] = message;
    const type = (first >> 4) & 3;
    const codeClass = code >> 5;
    if (code === 0 && type !== acknowledgement && type !== reset) {
      this.options.send(Uint8Array.of(0x70, 0, high, low)); // A ping is answered with RST (RFC 7252 section 4.3).
    } else if (code !== 0 && codeClass === 0) this.asServer.arrive(message);
    else if (code !== 0 || !this.options.notifications.answered(high * 256 + low, type === reset)) {
      this.asClient.arrive(message);
    }
  }

  /** One POST; undefined when nobody answers in time. */
  post({ pathname, query, payload }: ClientRequest, timeoutMs: number): Promise<ClientResponse | undefined> {
    return new Promise((resolve) => {
      const request = this.agent.request({ method: 'POST', pathname, confirmable: true });
      request.setOption(
        'Uri-Query',
        query.map((parameter) => Buffer.from(parameter)),
      );
      if (payload !== undefined) request.setOption('Content-Format', contentFormats.link);
      const end = (response: ClientResponse | undefined): void => {
        clearTimeout(this.timer);
        resolve(response);
      };
      this.timer = setTimeout(() => {
        this.agent.abort(request);
        end(undefined);
      }, timeoutMs);
      request.on('error', () => end(undefined));
      request.on('response', (message: IncomingMessage) => {
        const response = message as unknown as Received;
        const location = response.options
          .filter(({ name }) => name === 'Location-Path')
          .map(({ value }) => String(value));
        end({ code: response.code, location: `/${location.join('/')}` });
      });
      request.end(payload ?? '');
    });
  }

  /** Its connection is gone. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.server.close();
    this.agent.close();
  }

  private serve(request: Received, response: OutgoingMessage): void {
    const { token } = request._packet;
    const observe = request.options.find(({ name }) => name === 'Observe');
    const answer = this.options.answer({
      method: request.method,
      path: `/${segments(request).join('/')}`,
      hasQuery: request.options.some(({ name }) => name === 'Uri-Query'),
      accept: formatIn(request, 'Accept'),
      contentFormat: formatIn(request, 'Content-Format'),
      payload: request.payload,
      observe: observe === undefined ? undefined : Number(observe.value) === 1 ? 1 : 0,
      token,
    });
    response.statusCode = answer.code;
    if (answer.contentFormat !== undefined) response.setOption('Content-Format', answer.contentFormat);
    // The first write to an observer carries the Observe option; the stream stays open for those that we script ourselves.
    if (observe !== undefined && Number(observe.value) === 0 && answer.observes) response.write(answer.payload);
    else response.end(answer.payload);
  }
}

function segments(request: Received): readonly string[] {
  return request.options.filter(({ name }) => name === 'Uri-Path').map(({ value }) => String(value));
}

/** npm `coap` turns known Content-Formats into their media types; the number is what counts here. */
function formatIn(request: Received, option: 'Accept' | 'Content-Format'): number | undefined {
  const value = request.headers[option];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number') return value;
  return contentFormatNumbers.get(String(value));
}

const contentFormatNumbers: ReadonlyMap<string, number> = new Map([
  ['text/plain', 0],
  ['application/link-format', 40],
  ['application/octet-stream', 42],
  ['application/cbor', 60],
  ['application/senml+json', 110],
  ['application/senml+cbor', 112],
  ['application/vnd.oma.lwm2m+tlv', 11_542],
  ['application/vnd.oma.lwm2m+json', 11_543],
  ['application/vnd.oma.lwm2m+cbor', 11_544],
]);
