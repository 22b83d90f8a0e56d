/**
 * A DTLS endpoint with the real engine on a clock that is a number, and devices with another engine. Everything is
 * deterministic. Time passes only when a test says so.
 */
import assert from 'node:assert/strict';
import {
  type CertificateOptions,
  type ClientEndpoint,
  type Connection,
  certificateSuites,
  type Engine,
  type Progress,
  type Suite,
} from 'mbedtls-wasm';
import { type Address, address, type ListenerName, type PeerId } from '../../src/base/address.ts';
import { utf8Decode, utf8Encode } from '../../src/base/bytes.ts';
import type { Monotonic } from '../../src/base/instants.ts';
import { type AssociationSnapshot, peerIdOf } from '../../src/dtls/association.ts';
import type { ClientSession } from '../../src/dtls/client-sessions.ts';
import { DtlsEndpoint, type Purpose } from '../../src/dtls/dtls-endpoint.ts';
import { type DtlsEvent, DtlsOutput, type SealedDatagram } from '../../src/dtls/dtls-output.ts';
import type { ConnectRefusal } from '../../src/dtls/handshakes.ts';
import type { CertificateProof, OwnCertificates, PeerChainOptions } from '../../src/dtls/peer-chains.ts';
import type { KeptSession, TicketKey } from '../../src/dtls/session-cache.ts';
import { type Clock, firstDatagram, generator, makeEngine, seal } from '../mbedtls-wasm/pair.ts';

export const field = 'field' as ListenerName;
export const deviceKey: Uint8Array = utf8Encode('0123456789abcdef');
export const peerOf = (identity: string): PeerId => peerIdOf(field, identity);
export const at = (host: string, port = 5684): Address => address(host, port);

export interface DeviceOptions {
  readonly identity?: string;
  readonly key?: Uint8Array;
  readonly address?: Address;
  readonly connectionId?: boolean;
  readonly suites?: readonly Suite[];
  readonly tickets?: boolean;
  readonly session?: Uint8Array;
  /** It has a certificate, and no key. */
  readonly certificates?: CertificateOptions;
}

/** The certificates of the gateway, and what it knows of devices with one. */
export class Trust {
  own: OwnCertificates;
  readonly holders = new Set(['meter-17']);
  readonly proofs = new Map<string, CertificateProof>();
  isClockTrusted = true;

  constructor(own: OwnCertificates) {
    this.own = own;
  }
}

export class DtlsWorld {
  readonly clock: Clock = { monotonicMs: 1_000, wallMs: 1_790_000_000_000 };
  /** Identities with their keys and the serials of their credentials. */
  readonly credentials = new Map<string, { readonly key?: Uint8Array; readonly serial: number }>([
    ['meter-17', { key: deviceKey, serial: 1 }],
  ]);
  readonly sessions = new Map<string, KeptSession>();
  readonly clientSessions = new Map<string, ClientSession>();
  storeTakes = true;
  readonly trust: Trust | undefined;
  endpoint: DtlsEndpoint;
  /** What the endpoint told since the last look. */
  events: DtlsEvent[] = [];
  private readonly devices: Engine;
  private readonly ticketKeys: TicketKey[] = [
    { name: new Uint8Array(8).fill(1), key: new Uint8Array(32).fill(2), uptimeMs: 0 },
  ];
  private generation = 1;

  constructor(own?: OwnCertificates) {
    this.trust = own && new Trust(own);
    this.devices = makeEngine(99, this.clock);
    this.endpoint = this.makeEndpoint();
    this.endpoint.restoredAll({ started: 1, durable: 1 }, this.now);
  }

  get now(): Monotonic {
    return this.clock.monotonicMs as Monotonic;
  }

  /** Time passes; whatever is due happens at its instant. Returns what the endpoint sends meanwhile. */
  pass(ms: number): readonly SealedDatagram[] {
    const until = this.clock.monotonicMs + ms;
    const sent: SealedDatagram[] = [];
    for (
      let due = this.endpoint.nextDeadline();
      due !== undefined && due <= until;
      due = this.endpoint.nextDeadline()
    ) {
      this.clock.monotonicMs = Math.max(due, this.clock.monotonicMs);
      sent.push(...this.take(this.endpoint.advance(this.now)));
    }
    this.clock.monotonicMs = until;
    return sent;
  }

  device(options: DeviceOptions = {}): Device {
    const { identity = 'meter-17', key = deviceKey, connectionId = true, tickets = false } = options;
    const { certificates, suites = ['TLS_PSK_WITH_AES_128_CCM_8'] } = options;
    const proof =
      certificates === undefined
        ? { suites, psk: { identity: utf8Encode(identity), key } }
        : { suites: certificateSuites, certificates };
    const endpoint = this.devices.clientEndpoint({ ...proof, connectionId, tickets });
    return new Device(this, endpoint, identity, options.address ?? at('192.0.2.17'), options.session);
  }

  /** A device of the default or another identity with its handshake done. */
  established(options: DeviceOptions = {}): Device {
    const device = this.device(options);
    device.handshake();
    return device;
  }

  receive(from: Address, datagram: Uint8Array): readonly SealedDatagram[] {
    return this.take(this.endpoint.receive(field, from, datagram, this.now));
  }

  /** Begins a handshake toward a device; why not, if it is not begun. */
  connect(
    identity: string,
    address: Address,
    resume = true,
  ): { refusal?: ConnectRefusal; send: readonly SealedDatagram[] } {
    const output = new DtlsOutput();
    const refusal = this.endpoint.connect({ listener: field, address, identity, resume }, this.now, output);
    return { ...(refusal && { refusal }), send: this.take(output) };
  }

  seal(identity: string, text: string, purpose: Purpose = 'request'): readonly SealedDatagram[] {
    const output = new DtlsOutput();
    this.endpoint.seal(peerOf(identity), utf8Encode(text), purpose, output);
    return this.take(output);
  }

  confirm(identity: string, from: Address): void {
    const output = new DtlsOutput();
    this.endpoint.confirm(peerOf(identity), from, this.now, output);
    this.take(output);
  }

  /** The key of an identity changes or goes. */
  end(identity: string): void {
    const output = new DtlsOutput();
    this.endpoint.end(identity, output);
    this.take(output);
  }

  /** The events of a kind since the last look; all of them are forgotten. */
  looked<Kind extends DtlsEvent['kind']>(kind: Kind): Extract<DtlsEvent, { kind: Kind }>[] {
    const found = this.events.filter((event): event is Extract<DtlsEvent, { kind: Kind }> => event.kind === kind);
    this.events = [];
    return found;
  }

  drops(): string[] {
    return this.looked('drop').map(({ reason, identity }) =>
      identity === undefined ? reason : `${reason} ${identity}`,
    );
  }

  texts(): string[] {
    return this.looked('plaintext').map(({ bytes }) => utf8Decode(bytes) ?? '?');
  }

  /** The power goes and comes back: a new engine, with what was kept of the old one. */
  restart(kept: readonly Kept[] = this.kept(), generation: number = this.generation + 1): void {
    this.generation = generation;
    this.endpoint = this.makeEndpoint();
    for (const { snapshot, window } of kept) {
      if (this.endpoint.mayRestore(snapshot.identity, snapshot.suite)) this.endpoint.restore(snapshot, window);
    }
    for (const session of this.sessions.values()) this.endpoint.sessions.restore(session);
    for (const session of this.clientSessions.values()) this.endpoint.clientSessions.restore(session);
    this.endpoint.restoredAll({ started: generation, durable: generation }, this.now);
  }

  kept(): readonly Kept[] {
    const established = [...this.endpoint.routes.byId.values()].filter((association) => association.established);
    return established.map((association) => ({
      snapshot: association.snapshot(),
      window: association.receiveWindow(),
    }));
  }

  private makeEndpoint(): DtlsEndpoint {
    const next = generator(this.generation);
    const endpoint = new DtlsEndpoint({
      engine: makeEngine(this.generation, this.clock),
      entropy: (into) => {
        for (let i = 0; i < into.length; i++) into[i] = next() * 256;
      },
      suites: ['TLS_PSK_WITH_AES_128_CCM_8', 'TLS_PSK_WITH_AES_128_GCM_SHA256'],
      psk: (identity) => this.credentials.get(identity)?.key,
      credentialSerial: (identity) => this.credentials.get(identity)?.serial,
      certificates: this.trust && this.chainsOf(this.trust),
      uptimeMs: () => this.clock.monotonicMs,
      storeTakes: () => this.storeTakes,
    });
    endpoint.sessions.setTicketKeys(this.ticketKeys);
    return endpoint;
  }

  private chainsOf(trust: Trust): PeerChainOptions {
    return {
      own: trust.own,
      holdsCertificate: (identity) => trust.holders.has(identity),
      proofOf: (identity) => trust.proofs.get(identity),
      trustedWallMs: () => (trust.isClockTrusted ? this.clock.wallMs : undefined),
    };
  }

  private take(output: DtlsOutput): readonly SealedDatagram[] {
    this.events.push(...output.events);
    for (const event of output.events) {
      if (event.kind !== 'established' || event.proof === undefined) continue;
      this.trust?.proofs.set(event.peer.slice(field.length + 1), event.proof);
    }
    for (const { id, session } of this.endpoint.sessions.takeChanges()) {
      if (session === undefined) this.sessions.delete(id);
      else this.sessions.set(id, session);
    }
    for (const [identity, session] of this.endpoint.clientSessions.takeChanges()) {
      if (session === undefined) this.clientSessions.delete(identity);
      else this.clientSessions.set(identity, session);
    }
    return output.send;
  }
}

export interface Kept {
  readonly snapshot: AssociationSnapshot;
  readonly window: Uint8Array | undefined;
}

export class Device {
  readonly connection: Connection;
  readonly identity: string;
  address: Address;
  /** What the device read. */
  received: string[] = [];
  private readonly world: DtlsWorld;

  constructor(world: DtlsWorld, endpoint: ClientEndpoint, identity: string, from: Address, session?: Uint8Array) {
    this.world = world;
    this.connection = endpoint.connect(session === undefined ? {} : { session });
    this.identity = identity;
    this.address = from;
  }

  /** The ClientHello with its cookie, after one exchange. */
  hello(): Uint8Array {
    const [asked] = this.world.receive(this.address, firstDatagram(this.connection.start()));
    assert.ok(asked, 'the endpoint asks for a cookie');
    return firstDatagram(this.connection.receive(asked.bytes));
  }

  handshake(): void {
    this.exchange([this.hello()]);
    assert.equal(this.connection.established, true);
  }

  /** Carries datagrams both ways until both are silent. */
  exchange(toEndpoint: readonly Uint8Array[]): void {
    const waiting = [...toEndpoint];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      for (const datagram of this.world.receive(this.address, next)) waiting.push(...this.take(datagram));
    }
  }

  /** Takes a datagram of the endpoint if it was sent to where this device is. */
  take(datagram: SealedDatagram): readonly Uint8Array[] {
    return datagram.to === this.address ? this.progress(this.connection.receive(datagram.bytes)) : [];
  }

  sealed(text: string): Uint8Array {
    return seal(this.connection, text);
  }

  /** Sends a text from where this device is, and returns what the endpoint read. */
  say(text: string): string[] {
    this.world.events = [];
    this.world.receive(this.address, this.sealed(text));
    return this.world.events.flatMap((event) => (event.kind === 'plaintext' ? [utf8Decode(event.bytes) ?? '?'] : []));
  }

  /** What the device reads when the endpoint sends it this text. */
  hears(text: string): string[] {
    this.received = [];
    for (const datagram of this.world.seal(this.identity, text)) this.take(datagram);
    return this.received;
  }

  private progress(progress: Progress): readonly Uint8Array[] {
    this.received.push(...progress.plaintexts.map((bytes) => utf8Decode(bytes) ?? '?'));
    return progress.datagrams;
  }
}
