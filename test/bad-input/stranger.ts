/**
 * Somebody on the network who is not one of the world's devices: he sends what he likes, plain or over DTLS, and keeps what he
 * gets. His CoAP is coap-packet's.
 */
import assert from 'node:assert/strict';
import { generate, type Packet, type ParsedPacket, parse } from 'coap-packet';
import { type ClientEndpoint, type Connection, type DtlsError, type Progress, pskSuites } from 'mbedtls-wasm';
import type { Address } from '../../src/base/address.ts';
import { utf8Encode } from '../../src/base/bytes.ts';
import { deviceKey, plainListener, secureListener } from '../simulation/gateway-process.ts';
import type { World } from '../simulation/world.ts';

/** Who he says he is. Without a key he has that of the device of this name. */
export interface Claim {
  readonly identity: string;
  readonly key?: Uint8Array;
  readonly connectionId?: boolean;
}

export class Stranger {
  readonly address: Address;
  /** Datagrams that came, as they were. */
  readonly datagrams: Uint8Array[] = [];
  /** Datagrams that he sent. */
  readonly thrown: Uint8Array[] = [];
  /** CoAP messages that came. */
  readonly messages: ParsedPacket[] = [];
  established = false;
  ended: DtlsError | undefined;
  /** What he does to the flights of his handshake before they leave. */
  alters = (datagram: Uint8Array): Uint8Array => datagram;
  private readonly world: World;
  private readonly secure: boolean;
  private endpoint: ClientEndpoint | undefined;
  private connection: Connection | undefined;
  private nextMessageId = 1;

  constructor(world: World, address: Address, secure: boolean) {
    this.world = world;
    this.address = address;
    this.secure = secure;
    world.listening.set(address, (datagram) => this.take(datagram));
  }

  /** Sends bytes as they are. */
  throws(bytes: Uint8Array): void {
    this.thrown.push(bytes);
    this.world.gateway.receive(this.secure ? secureListener : plainListener, this.address, bytes);
  }

  /** The first datagram of a handshake, not sent. */
  hello(claim: Claim): Uint8Array {
    this.endpoint = this.world.engine.clientEndpoint({
      suites: pskSuites,
      psk: { identity: utf8Encode(claim.identity), key: claim.key ?? deviceKey(claim.identity) },
      connectionId: claim.connectionId ?? true,
    });
    this.connection = this.endpoint.connect();
    return this.connection.start().datagrams[0] as Uint8Array;
  }

  /** Shakes hands; lets time pass until that has ended one way or the other. */
  connect(claim: Claim): void {
    this.throws(this.alters(this.hello(claim)));
    this.world.run(5_000, () => this.established || this.ended !== undefined);
  }

  /** Sends a CoAP message. Returns its message ID. */
  says(packet: Packet): number {
    const messageId = packet.messageId ?? this.nextMessageId++;
    this.saysBytes(generate({ confirmable: true, token: tokenOf(messageId), ...packet, messageId }));
    return messageId;
  }

  /** Sends bytes where a CoAP message belongs. */
  saysBytes(bytes: Uint8Array): void {
    if (!this.secure) return this.throws(bytes);
    const sealed = this.connection?.seal(new Uint8Array(bytes));
    assert.ok(sealed instanceof Uint8Array, 'he has a connection');
    this.throws(sealed);
  }

  /** Sends a request and lets time pass until its response is here. */
  asks(packet: Packet): ParsedPacket {
    const response = this.asksInVain(packet);
    assert.ok(response, 'there is a response');
    return response;
  }

  /** The same where there may be no response. */
  asksInVain(packet: Packet): ParsedPacket | undefined {
    const messageId = packet.messageId ?? this.nextMessageId++;
    const token = packet.token ?? tokenOf(messageId);
    this.says({ ...packet, messageId, token });
    // The response may be a message of its own when the store is slow.
    const isIt = (message: ParsedPacket) => message.code !== '0.00' && token.equals(message.token);
    this.world.run(8_000, () => this.messages.some(isIt));
    return this.messages.find(isIt);
  }

  /** Gives back what the engine holds. */
  free(): void {
    this.connection?.free();
    this.connection = undefined;
    this.endpoint?.free();
    this.endpoint = undefined;
    this.world.listening.delete(this.address);
  }

  private take(datagram: Uint8Array): void {
    this.datagrams.push(datagram);
    if (!this.secure) return this.hears(datagram);
    if (this.connection !== undefined) this.goOn(this.connection.receive(datagram));
  }

  private goOn(progress: Progress): void {
    if (progress.established) this.established = true;
    for (const bytes of progress.datagrams) this.throws(this.alters(bytes));
    for (const bytes of progress.plaintexts) this.hears(bytes);
    if (progress.ended !== undefined) this.ended = progress.ended;
  }

  private hears(bytes: Uint8Array): void {
    const message = parse(Buffer.from(bytes));
    this.messages.push(message);
    const isSeparate = message.confirmable && message.code > '1';
    if (isSeparate) this.saysBytes(generate({ ack: true, code: '0.00', messageId: message.messageId }));
  }
}

function tokenOf(messageId: number): Buffer {
  return Buffer.from([0x5a, messageId >> 8, messageId & 0xff]);
}

/** Path and query of a request: `/rd?ep=a&lt=60`. */
export function target(text: string): NonNullable<Packet['options']> {
  const [path = '', query] = text.split('?');
  const option = (name: 'Uri-Path' | 'Uri-Query') => (value: string) => ({ name, value: Buffer.from(value) });
  const segments = path.split('/').slice(1).map(option('Uri-Path'));
  return query === undefined ? segments : [...segments, ...query.split('&').map(option('Uri-Query'))];
}

/** A POST with a body of a content format. */
export function post(to: string, body: Uint8Array | string = '', contentFormat = 40): Packet {
  const format = Buffer.from(contentFormat > 255 ? [contentFormat >> 8, contentFormat & 0xff] : [contentFormat]);
  const options = [...target(to), { name: 'Content-Format' as const, value: format }];
  return { code: '0.02', options, payload: Buffer.from(body) };
}

/** A whole Register. */
export function register(endpoint: string, lifetimeSeconds = 600): Packet {
  return post(`/rd?ep=${endpoint}&lt=${lifetimeSeconds}&lwm2m=1.1&b=U`, '</1/0>,</3/0>');
}

/** The location in a 2.01, as a path. */
export function locationOf(response: ParsedPacket): string {
  const segments = response.options.filter(({ name }) => name === 'Location-Path');
  return segments.map(({ value }) => `/${String(value)}`).join('');
}
