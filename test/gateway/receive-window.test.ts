/**
 * Every batch with an effect of a received record holds the receive window of its association, so that nobody can have the
 * effect again by sending the record again after a cut. Here with one datagram that holds records of two devices.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate } from 'coap-packet';
import type { Connection } from 'mbedtls-wasm';
import { address, type ListenerName } from '../../src/base/address.ts';
import { concat, utf8Encode } from '../../src/base/bytes.ts';
import type { Now, Wall } from '../../src/base/instants.ts';
import type { CommitId } from '../../src/commit/commit.ts';
import type { Input, Outcome } from '../../src/gateway/contract.ts';
import { createGateway } from '../../src/gateway/gateway.ts';
import { type Clock, firstDatagram, generator, makeEngine, seal } from '../mbedtls-wasm/pair.ts';

const listener = 'field' as ListenerName;
const key = utf8Encode('0123456789abcdef');
const now = { monotonic: 1_000, wall: 0 as Wall, wallTrusted: false } as Now;
const clock: Clock = { monotonicMs: 1_000, wallMs: 0 };

test('the effects of one record go with the window of its association', () => {
  const { gateway, devices } = twoDevices();
  const { commits } = gateway.receive(datagram(register(devices[0], 'a')));
  assert.equal(windowsIn(commits).length, 1);
});

test('the effects of two records in one datagram go with both windows', () => {
  const { gateway, devices } = twoDevices();
  const { commits } = gateway.receive(datagram(concat(register(devices[0], 'a'), register(devices[1], 'b'))));
  const keys = commits.flatMap(({ writes }) => writes.map((write) => write.key));
  assert.equal(keys.filter((name) => name.startsWith('rg/')).length, 2, keys.join(' '));
  assert.equal(windowsIn(commits).length, 2);
});

function twoDevices(): { gateway: ImmediateGateway; devices: [Connection, Connection] } {
  const gateway = new ImmediateGateway();
  const [a, b] = ['a', 'b'].map((name) => gateway.handshake(name));
  assert.ok(a && b);
  return { gateway, devices: [a, b] };
}

/** A gateway whose commits are durable at once. */
class ImmediateGateway {
  private readonly devices = makeEngine(9, clock);
  private readonly gateway;

  constructor() {
    const next = generator(7);
    this.gateway = createGateway({
      configuration: { listeners: [{ name: listener, security: 'psk' }] },
      engine: makeEngine(8, clock),
      entropy: (into) => {
        for (let i = 0; i < into.length; i++) into[i] = next() * 256;
      },
      aead: { seal: (plaintext) => plaintext, open: (sealed) => sealed },
    });
    this.settle(this.gateway.restored(1, 'first', now));
    for (const name of ['a', 'b']) {
      const action = { kind: 'add-device', endpoint: name, identity: name, key, replace: false } as const;
      this.receive({ kind: 'operator', request: { id: 1, account: 'test', action } });
    }
  }

  receive(input: Input): Outcome {
    return this.settle(this.gateway.receive(input, now));
  }

  handshake(name: string): Connection {
    const psk = { identity: utf8Encode(name), key };
    const suites = ['TLS_PSK_WITH_AES_128_CCM_8'] as const;
    const device = this.devices.clientEndpoint({ suites, psk, connectionId: true }).connect();
    const waiting = [firstDatagram(device.start())];
    for (let sent = waiting.shift(); sent !== undefined; sent = waiting.shift()) {
      for (const { bytes } of this.receive(datagram(sent)).send) waiting.push(...device.receive(bytes).datagrams);
    }
    assert.equal(device.established, true);
    return device;
  }

  private settle(outcome: Outcome): Outcome {
    const last = outcome.commits.findLast((commit) => commit.class === 'before-ack');
    if (last !== undefined) this.settle(this.gateway.committed(last.id as CommitId, now));
    return outcome;
  }
}

function datagram(bytes: Uint8Array): Input {
  return { kind: 'datagram', listener, from: address('192.0.2.17', 5684), bytes };
}

function register(device: Connection, name: string): Uint8Array {
  const options = [
    { name: 'Uri-Path', value: Buffer.from('rd') },
    { name: 'Content-Format', value: Buffer.of(40) },
    ...[`ep=${name}`, 'lt=60', 'lwm2m=1.1'].map((text) => ({ name: 'Uri-Query' as const, value: Buffer.from(text) })),
  ] as const;
  const token = Buffer.of(1);
  const packet = {
    code: '0.02',
    confirmable: true,
    messageId: 7,
    token,
    options: [...options],
    payload: Buffer.from('</3/0>'),
  };
  return seal(device, new Uint8Array(generate(packet as Parameters<typeof generate>[0])));
}

function windowsIn(commits: Outcome['commits']): readonly string[] {
  return commits
    .filter((commit) => commit.class === 'before-ack')
    .flatMap(({ writes }) => writes.map((write) => write.key).filter((name) => name.startsWith('aw/')));
}
