/**
 * The real gateway with the real engine and the real sealing, whose commits are durable at once: no sockets, no disk, a clock
 * that is set. Devices are brought in as in life: key, handshake, Register, observation.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Engine } from 'mbedtls-wasm';
import { readWasm } from 'mbedtls-wasm/read-wasm';
import type { Address, ListenerName } from '../../src/base/address.ts';
import type { Now, Wall } from '../../src/base/instants.ts';
import type { CommitId, StoredRecord } from '../../src/commit/commit.ts';
import type { Gateway, Outcome } from '../../src/gateway/contract.ts';
import { createGateway } from '../../src/gateway/gateway.ts';
import type { OperatorAction } from '../../src/gateway/operator.ts';
import { masterAead, masterKeyBytes, pooledEntropy } from '../../src/host/host-crypto.ts';
import { parsePath } from '../../src/lwm2m/path.ts';
import type { Aead } from '../../src/records/sealed-record.ts';
import { deviceKey, FleetDevice, observedPath } from './fleet-device.ts';

export const listener = 'field' as ListenerName;
const wasm = readWasm();
const entropy = pooledEntropy();

export class MachineWorld {
  readonly gateway: Gateway;
  readonly aead: Aead;
  /** What a store would hold; filled only when it is asked for. */
  readonly records = new Map<string, Uint8Array>();
  readonly devices: FleetDevice[] = [];
  nowMs = 1_000;
  private readonly keepsRecords: boolean;
  private readonly engine = this.newEngine();
  private readonly deviceEngine = this.newEngine();
  private requests = 0;

  constructor(masterKey: Uint8Array = randomBytes(masterKeyBytes), keepsRecords = false) {
    this.keepsRecords = keepsRecords;
    this.aead = masterAead(masterKey, entropy);
    const configuration = { listeners: [{ name: listener, security: 'psk' as const }] };
    this.gateway = createGateway({ configuration, engine: this.engine, entropy, aead: this.aead });
  }

  /** Linear memory of the gateway's engine. */
  get engineBytes(): number {
    return this.engine.linearMemoryBytes;
  }

  get wasmBytes(): number {
    return this.engine.linearMemoryBytes + this.deviceEngine.linearMemoryBytes;
  }

  /** The first start. */
  begin(): this {
    this.settle(this.gateway.restored(1, 'first', this.now()));
    this.settle(this.gateway.readOn(true, this.now()));
    return this;
  }

  /** A start with what an earlier life left. */
  restore(records: readonly StoredRecord[], chunkRecords: number): void {
    for (let at = 0; at < records.length; at += chunkRecords) {
      assert.equal(this.gateway.restore(records.slice(at, at + chunkRecords), this.now()).length, 0);
    }
    this.settle(this.gateway.restored(2, 'clean', this.now()));
    this.settle(this.gateway.readOn(true, this.now()));
  }

  /** Brings in so many further devices; each is registered, connected and observed. No lifetime: none is ever late. */
  bringIn(count: number, lifetimeSeconds?: number): void {
    for (let brought = 0; brought < count; brought++) {
      const device = new FleetDevice(this.deviceEngine, this.devices.length, lifetimeSeconds);
      const { name } = device;
      this.devices.push(device);
      this.nowMs += 5;
      this.operate({ kind: 'add-device', endpoint: name, identity: name, key: deviceKey, replace: false });
      this.carry(device, device.hello());
      const path = parsePath(observedPath);
      assert.ok(path !== undefined && device.isRegistered);
      this.carry(device, [], this.operate({ kind: 'observe', endpoint: name, path }));
      assert.ok(device.isObserved);
    }
  }

  /** Lets what is only kept for a while be forgotten. */
  rest(durationMs: number): void {
    const end = this.nowMs + durationMs;
    while (this.nowMs < end) {
      this.nowMs += 1_000;
      this.settle(this.gateway.advance(this.now()));
    }
  }

  /** A datagram, its commit at once, and the deadlines as a host asks for them. Returns how many datagrams leave. */
  exchange(from: Address, bytes: Uint8Array): number {
    const sent = this.settle(this.gateway.receive({ kind: 'datagram', listener, from, bytes }, this.now())).length;
    const due = this.gateway.nextDeadline();
    if (due !== undefined && due.at <= this.nowMs) this.settle(this.gateway.advance(this.now()));
    return sent;
  }

  /** The devices are needed no more; the gateway stays. */
  freeDevices(): void {
    for (const device of this.devices.splice(0)) device.free();
  }

  now(): Now {
    return { monotonic: this.nowMs, wall: (1_790_000_000_000 + this.nowMs) as Wall, wallTrusted: true } as Now;
  }

  /** What an operator asks, and its commit at once; returns what leaves. */
  operate(action: OperatorAction): readonly Uint8Array[] {
    const request = { id: ++this.requests, account: 'bench', action };
    return this.settle(this.gateway.receive({ kind: 'operator', request }, this.now()));
  }

  /** Carries datagrams between a device and the gateway until both are silent. */
  private carry(device: FleetDevice, fromDevice: readonly Uint8Array[], fromGateway: readonly Uint8Array[] = []): void {
    const toGateway = [...fromDevice];
    const toDevice = [...fromGateway];
    while (toGateway.length + toDevice.length > 0) {
      const up = toGateway.shift();
      if (up !== undefined) {
        const input = { kind: 'datagram', listener, from: device.address, bytes: up } as const;
        toDevice.push(...this.settle(this.gateway.receive(input, this.now())));
      }
      const down = toDevice.shift();
      if (down !== undefined) toGateway.push(...device.receive(down));
    }
  }

  /** Makes everything durable that a step asks for, and what follows from that; returns what leaves. */
  private settle(outcome: Outcome): readonly Uint8Array[] {
    const sent = outcome.send.map(({ bytes }) => bytes);
    let last: CommitId | undefined;
    for (const commit of outcome.commits) {
      if (commit.class === 'before-ack') last = commit.id;
      if (this.keepsRecords) for (const write of commit.writes) this.keep(write.key, write.value);
    }
    return last === undefined ? sent : [...sent, ...this.settle(this.gateway.committed(last, this.now()))];
  }

  private keep(key: string, value: Uint8Array | undefined): void {
    if (value === undefined) this.records.delete(key);
    else this.records.set(key, value);
  }

  private newEngine(): Engine {
    return Engine.instantiate(wasm, { random: entropy, monotonicMs: () => this.nowMs, wallMs: () => this.nowMs });
  }
}

/** Records in the order of a store. */
export function inKeyOrder(records: ReadonlyMap<string, Uint8Array>): readonly StoredRecord[] {
  const sorted = [...records].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([key, value]) => ({ key, value }));
}
