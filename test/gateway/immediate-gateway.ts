/** The real gateway with the real engine, whose commits are durable at once, and devices that speak DTLS to it. */
import assert from 'node:assert/strict';
import { type CertificateOptions, type Connection, certificateSuites } from 'mbedtls-wasm';
import { address, type ListenerName } from '../../src/base/address.ts';
import { utf8Encode } from '../../src/base/bytes.ts';
import type { DropReason } from '../../src/base/drop-reason.ts';
import type { Now, Wall } from '../../src/base/instants.ts';
import { limits as builtIn } from '../../src/base/limits.ts';
import type { StoredRecord, Write } from '../../src/commit/commit.ts';
import type { OwnCertificates } from '../../src/dtls/peer-chains.ts';
import { cutRecords } from '../../src/dtls/record.ts';
import type { Datagram, Gateway, Input, Outcome } from '../../src/gateway/contract.ts';
import { createGateway } from '../../src/gateway/gateway.ts';
import type { ConfigurableLimits } from '../../src/gateway/gateway-options.ts';
import type { OperatorAction, OperatorAnswer } from '../../src/gateway/operator.ts';
import type { Answer, Query } from '../../src/gateway/views.ts';
import { type Clock, firstDatagram, generator, makeEngine } from '../mbedtls-wasm/pair.ts';

export const deviceKey: Uint8Array = utf8Encode('0123456789abcdef');
const listener = 'field' as ListenerName;
const now = { monotonic: 1_000, wall: 0 as Wall, wallTrusted: false } as Now;
const clock: Clock = { monotonicMs: 1_000, wallMs: 0 };

export interface Kept {
  readonly records: readonly StoredRecord[];
  readonly generation: number;
}

/** A gateway whose commits are durable at once. */
export class ImmediateGateway {
  private readonly devices = makeEngine(9, clock);
  private readonly gateway: Gateway;
  private readonly answers: OperatorAnswer[] = [];
  /** All that was sent, also after commits. */
  readonly sent: Datagram[] = [];
  /** What became durable, the newest write of each key. */
  readonly durable = new Map<string, Write>();

  /** `kept`: what an earlier one left; without it a first start, with the devices `a` and `b`. */
  constructor(limits: Partial<ConfigurableLimits> = {}, kept?: Kept, certificates?: OwnCertificates) {
    const next = generator(7);
    this.gateway = createGateway({
      configuration: { listeners: [{ name: listener, security: 'psk' }], limits, certificates },
      engine: makeEngine(7 + (kept?.generation ?? 1), clock),
      entropy: (into) => {
        for (let i = 0; i < into.length; i++) into[i] = next() * 256;
      },
      aead: { seal: (plaintext) => plaintext, open: (sealed) => sealed },
    });
    assert.deepEqual(this.gateway.restore(kept?.records ?? [], now), []);
    this.settle(this.gateway.restored(kept?.generation ?? 1, kept === undefined ? 'first' : 'unclean', now));
    this.settle(this.gateway.readOn(true, now));
    if (kept !== undefined) return;
    for (const name of ['a', 'b']) {
      this.ask({ kind: 'add-device', endpoint: name, identity: name, key: deviceKey, replace: false });
    }
  }

  receive(input: Input): Outcome {
    return this.settle(this.gateway.receive(input, now));
  }

  ask(action: OperatorAction): Outcome {
    return this.receive({ kind: 'operator', request: { id: 1, account: 'test', action } });
  }

  /** What the operator is answered. */
  answer(action: OperatorAction): OperatorAnswer {
    this.answers.length = 0;
    this.ask(action);
    return this.answers[0] ?? assert.fail('no answer');
  }

  inspect(query: Query): Answer {
    return this.gateway.inspect(query, now);
  }

  dropped(reason: DropReason): number {
    const answer = this.gateway.inspect({ kind: 'status' }, now);
    const drops = answer.kind === 'status' ? answer.status.drops : [];
    return drops.find((drop) => drop.reason === reason)?.total ?? 0;
  }

  device(name: string): Connection {
    const psk = { identity: utf8Encode(name), key: deviceKey };
    const suites = ['TLS_PSK_WITH_AES_128_CCM_8'] as const;
    return this.devices.clientEndpoint({ suites, psk, connectionId: true }).connect();
  }

  deviceWith(certificates: CertificateOptions, session?: Uint8Array): Connection {
    const options = { suites: certificateSuites, certificates, connectionId: true };
    return this.devices.clientEndpoint(options).connect(session && { session });
  }

  /** What the next start finds. */
  get kept(): Kept {
    const records = [...this.durable.values()].flatMap(({ key, value }) =>
      value === undefined ? [] : [{ key, value }],
    );
    return { records, generation: 2 };
  }

  handshake(name: string): Connection {
    const device = this.device(name);
    this.exchange(device);
    assert.equal(device.established, true);
    return device;
  }

  /** Carries the datagrams of a handshake, as far as it goes. */
  exchange(device: Connection): void {
    const waiting = [firstDatagram(device.start())];
    for (let sent = waiting.shift(); sent !== undefined; sent = waiting.shift()) {
      for (const { bytes } of this.receive(datagram(sent)).send) waiting.push(...device.receive(bytes).datagrams);
    }
  }

  /** All of a handshake but the device's Finished: the bytes that complete it. */
  handshakeBut(device: Connection): Uint8Array {
    const waiting = [firstDatagram(device.start())];
    for (let sent = waiting.shift(); sent !== undefined; sent = waiting.shift()) {
      for (const record of cutRecords(sent, builtIn.connectionIdBytes).records) {
        if (record.epoch > 0) return record.bytes;
        for (const { bytes } of this.receive(datagram(record.bytes)).send)
          waiting.push(...device.receive(bytes).datagrams);
      }
    }
    return assert.fail('the device sent no Finished');
  }

  private settle(outcome: Outcome): Outcome {
    this.sent.push(...outcome.send);
    for (const event of outcome.events) if (event.kind === 'answer') this.answers.push(event.answer);
    for (const { writes } of outcome.commits) for (const write of writes) this.durable.set(write.key, write);
    const last = outcome.commits.findLast((commit) => commit.class === 'before-ack');
    if (last !== undefined) this.settle(this.gateway.committed(last.id, now));
    return outcome;
  }
}

export function datagram(bytes: Uint8Array): Input {
  return { kind: 'datagram', listener, from: address('192.0.2.17', 5684), bytes };
}
