/**
 * A device of the benches: DTLS with a connection ID, CoAP by coap-packet, no more than it needs to be registered and observed.
 * It repeats nothing: what carries its datagrams loses none.
 */
import assert from 'node:assert/strict';
import { generate, type Packet, parse } from 'coap-packet';
import type { ClientEndpoint, Connection, Engine } from 'mbedtls-wasm';
import { type Address, address } from '../../src/base/address.ts';
import { utf8Encode } from '../../src/base/bytes.ts';
import { seal } from '../mbedtls-wasm/pair.ts';

export const deviceKey: Uint8Array = utf8Encode('0123456789abcdef');
export const observedPath = '/3303/0/5700';
/** With this no device of a bench is late. */
const longLifetimeSeconds = 86_400;

export class FleetDevice {
  readonly name: string;
  readonly address: Address;
  private readonly lifetimeSeconds: number;
  private readonly endpoint: ClientEndpoint;
  private readonly connection: Connection;
  private location: readonly Buffer[] = [];
  private observeToken: Buffer | undefined;
  private messageId = 0;
  private sequence = 1;

  constructor(engine: Engine, index: number, lifetimeSeconds = longLifetimeSeconds) {
    this.lifetimeSeconds = lifetimeSeconds;
    this.name = `device-${String(index).padStart(5, '0')}`;
    this.address = address(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, 5684);
    const psk = { identity: utf8Encode(this.name), key: deviceKey };
    this.endpoint = engine.clientEndpoint({ suites: ['TLS_PSK_WITH_AES_128_CCM_8'], psk, connectionId: true });
    this.connection = this.endpoint.connect();
  }

  get isObserved(): boolean {
    return this.observeToken !== undefined;
  }

  get isRegistered(): boolean {
    return this.location.length > 0;
  }

  hello(): readonly Uint8Array[] {
    return this.connection.start().datagrams;
  }

  /** What it sends upon a datagram of the gateway. */
  receive(datagram: Uint8Array): readonly Uint8Array[] {
    const { datagrams, plaintexts, established } = this.connection.receive(datagram);
    const said = plaintexts.flatMap((text) => this.answer(text));
    return [...datagrams, ...(established ? [this.register()] : []), ...said];
  }

  notification(): Uint8Array {
    const token = this.observeToken;
    assert.ok(token !== undefined, 'the device is observed');
    const options = [observe(++this.sequence), contentFormat(0)];
    return this.message({ code: '2.05', confirmable: true, token, options, payload: Buffer.from('22.5') });
  }

  update(): Uint8Array {
    const options = this.location.map((value) => ({ name: 'Uri-Path' as const, value }));
    return this.message({ code: '0.02', confirmable: true, token: Buffer.from([1, 2]), options });
  }

  free(): void {
    this.connection.free();
    this.endpoint.free();
  }

  private register(): Uint8Array {
    const query = [`ep=${this.name}`, `lt=${this.lifetimeSeconds}`, 'lwm2m=1.1', 'b=U'];
    const options = [
      { name: 'Uri-Path' as const, value: Buffer.from('rd') },
      contentFormat(40),
      ...query.map((value) => ({ name: 'Uri-Query' as const, value: Buffer.from(value) })),
    ];
    const payload = Buffer.from('</1/0>,</3/0>,</3303/0>');
    return this.message({ code: '0.02', confirmable: true, token: Buffer.from([1]), options, payload });
  }

  private answer(text: Uint8Array): readonly Uint8Array[] {
    const { code, messageId, token, options } = parse(Buffer.from(text));
    if (code === '2.01') {
      this.location = options.filter(({ name }) => name === 'Location-Path').map(({ value }) => value as Buffer);
    }
    if (code !== '0.01') return [];
    this.observeToken = Buffer.from(token);
    const packet: Packet = { code: '2.05', ack: true, token, options: [observe(1), contentFormat(0)] };
    return [this.sealed({ ...packet, messageId, payload: Buffer.from('21.5') })];
  }

  private message(packet: Packet): Uint8Array {
    this.messageId = (this.messageId + 1) & 0xffff;
    return this.sealed({ ...packet, messageId: this.messageId });
  }

  private sealed(packet: Packet): Uint8Array {
    return seal(this.connection, new Uint8Array(generate(packet)));
  }
}

function observe(sequence: number): { name: 'Observe'; value: Buffer } {
  return { name: 'Observe', value: Buffer.from([sequence >> 16, (sequence >> 8) & 255, sequence & 255]) };
}

function contentFormat(number: number): { name: 'Content-Format'; value: Buffer } {
  return { name: 'Content-Format', value: Buffer.from([number]) };
}
