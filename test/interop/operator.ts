/** What an operator's program does, over the gateway's unix socket: credentials, Read, Observe, the list and the event stream. */
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { DeviceDetailBody, ResetBody } from '../../src/api/bodies/device.ts';
import type { EventBody } from '../../src/api/bodies/event.ts';
import type { StatusBody } from '../../src/api/bodies/status.ts';
import type { ClientBody, LeshanResponse, SecurityBody } from '../../src/api/leshan/bodies.ts';
import { routes } from '../../src/api/routes.ts';

const answerWithinMs = 15_000;

export class Operator {
  private readonly socketPath: string;

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  async addDevice(endpoint: string, keyHex: string): Promise<void> {
    const body: SecurityBody = { endpoint, tls: { mode: 'psk', details: { identity: endpoint, key: keyHex } } };
    await this.ask('PUT', routes.securityClients(), JSON.stringify(body));
  }

  /** A device that comes in with a certificate. */
  async addByCertificate(endpoint: string): Promise<void> {
    const body: SecurityBody = { endpoint, tls: { mode: 'x509' } };
    await this.ask('PUT', routes.securityClients(), JSON.stringify(body));
  }

  /** Undefined when it is not registered. */
  async client(endpoint: string): Promise<ClientBody | undefined> {
    return (await this.clients()).find((client) => client.endpoint === endpoint);
  }

  async clients(): Promise<ClientBody[]> {
    return (await this.ask('GET', routes.clients())) as ClientBody[];
  }

  async status(): Promise<StatusBody> {
    return (await this.ask('GET', routes.status())) as StatusBody;
  }

  /** The value of one resource, asked of the device. */
  async read(endpoint: string, path: string): Promise<string> {
    return resourceValue((await this.ask('GET', routes.clientPath(endpoint, path))) as LeshanResponse);
  }

  async observe(endpoint: string, path: string): Promise<string> {
    return resourceValue((await this.ask('POST', routes.clientPath(endpoint, `${path}/observe`))) as LeshanResponse);
  }

  /** Drops the device's connection, and has the gateway shake hands anew. */
  async reset(endpoint: string): Promise<ResetBody> {
    return (await this.ask('POST', routes.deviceReset(endpoint))) as ResetBody;
  }

  /** What the gateway shows of one device. */
  async device(endpoint: string): Promise<DeviceDetailBody> {
    return (await this.ask('GET', routes.device(endpoint))) as DeviceDetailBody;
  }

  /** Opens the stream of a device's events, after the event that was seen last. */
  events(endpoint: string, lastEventId: string | undefined): Promise<IncomingMessage> {
    const path = `${routes.event()}?ep=${encodeURIComponent(endpoint)}`;
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    return answered(request({ socketPath: this.socketPath, path, headers, agent: false }), '');
  }

  /** Every notification and Send that the event log holds. */
  async loggedEvents(): Promise<EventBody[]> {
    const text = await this.askText(
      'GET',
      routes.events({ from: 'start', follow: false, types: ['NOTIFICATION', 'SEND'] }),
    );
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as EventBody);
  }

  private async ask(method: string, path: string, body = ''): Promise<unknown> {
    const text = await this.askText(method, path, body);
    return text === '' ? undefined : JSON.parse(text);
  }

  private async askText(method: string, path: string, body = ''): Promise<string> {
    const headers = body === '' ? {} : { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(answerWithinMs);
    const asked = request({ socketPath: this.socketPath, path, method, headers, agent: false, signal });
    const answer = await answered(asked, body);
    const text = (await answer.setEncoding('utf8').toArray()).join('');
    if ((answer.statusCode ?? 0) >= 300) throw new Error(`${method} ${path} is answered ${answer.statusCode} ${text}`);
    return text;
  }
}

function answered(asked: ClientRequest, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    asked.once('response', resolve);
    asked.once('error', reject);
    asked.end(body);
  });
}

function resourceValue(response: LeshanResponse): string {
  const { success, content } = response;
  if (!success || content === undefined || !('value' in content)) throw new Error(JSON.stringify(response));
  return String(content.value);
}
