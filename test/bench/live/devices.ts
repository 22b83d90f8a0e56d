/** The devices of one process: connects them, lets them notify, counts. */
import { createSocket } from 'node:dgram';
import { Engine } from 'mbedtls-wasm';
import { readWasm } from 'mbedtls-wasm/read-wasm';
import { utf8Decode } from '../../../src/base/bytes.ts';
import { hostP256 } from '../../../src/host/host-p256.ts';
import { monotonicMs } from '../../demo/fleet-messages.ts';
import { answeringEndpoint } from './answered-handshake.ts';
import { serverProof } from './live-proof.ts';
import type { FromDevices, LiveDevice, Progress, ToDevices } from './messages.ts';
import { SocketDevice } from './socket-device.ts';

/** So many handshakes and registrations are under way at once. */
const connectingMax = 200;

export class Devices {
  private readonly tell: (message: FromDevices) => void;
  private readonly devices: SocketDevice[] = [];
  private readonly engine = Engine.instantiate(readWasm(), {
    random: (into) => void crypto.getRandomValues(into),
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
    p256: hostP256,
  });
  private readonly keys = new Map<string | undefined, Uint8Array>();
  /** All with keys share it. */
  private readonly answering = answeringEndpoint(this.engine, {
    suites: ['TLS_PSK_WITH_AES_128_CCM_8'],
    psk: (identity) => this.keys.get(utf8Decode(identity)),
  });
  private readonly heard = new Set<SocketDevice>();
  private readonly asked = new Set<SocketDevice>();
  private paceMs = 0;
  private acknowledged = 0;
  private firstAnswerAtMs: number | undefined;
  private firstAcknowledgedAtMs: number | undefined;
  private lastAskedAtMs: number | undefined;

  constructor(tell: (message: FromDevices) => void) {
    this.tell = tell;
  }

  async told(message: ToDevices): Promise<void> {
    switch (message.kind) {
      case 'connect':
        return await this.connect(message.devices);
      case 'notify':
        return this.notify(message.each, message.paceMs);
      case 'quiet':
        for (const device of this.devices) device.wanted = 0;
        return;
      case 'round':
        return this.beginRound();
      case 'update':
        return this.devices[0]?.update();
      case 'bare':
        await exchangeBare(message);
        return this.tell({ kind: 'bare-done' });
      case 'totals': {
        const devices = this.devices.map(({ endpoint, acknowledged }) => ({ endpoint, acknowledged }));
        return this.tell({ kind: 'totals', devices });
      }
    }
  }

  /** To be called every few milliseconds. */
  look(): void {
    const nowMs = performance.now();
    for (const device of this.devices) device.look(nowMs);
  }

  progress(): Progress {
    const sum = (of: (device: SocketDevice) => number): number =>
      this.devices.reduce((total, device) => total + of(device), 0);
    return {
      kind: 'progress',
      registered: sum(({ registrations }) => Math.min(registrations, 1)),
      observed: sum(({ observations }) => observations),
      inFlight: sum(({ isInFlight }) => Number(isInFlight)),
      acknowledged: this.acknowledged,
      handshakes: sum(({ handshakes }) => handshakes),
      registrations: sum(({ registrations }) => registrations),
      resets: sum(({ resets }) => resets),
      heard: this.heard.size,
      firstAnswerAtMs: this.firstAnswerAtMs,
      firstAcknowledgedAtMs: this.firstAcknowledgedAtMs,
      answeredFull: sum(({ answered }) => answered.full),
      answeredResumed: sum(({ answered }) => answered.resumed),
      answeredBytes: sum(({ answeredBytes }) => answeredBytes),
      asked: this.asked.size,
      lastAskedAtMs: this.lastAskedAtMs,
    };
  }

  private beginRound(): void {
    [this.firstAnswerAtMs, this.firstAcknowledgedAtMs, this.lastAskedAtMs] = [undefined, undefined, undefined];
    this.heard.clear();
    this.asked.clear();
  }

  private async connect(devices: readonly LiveDevice[]): Promise<void> {
    const waiting = [...devices];
    const connectNext = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await this.connectOne(next);
    };
    await Promise.all(Array.from({ length: connectingMax }, connectNext));
  }

  private async connectOne(device: LiveDevice): Promise<void> {
    let registered = (): void => {};
    const done = new Promise<void>((resolve) => {
      registered = resolve;
    });
    const { endpoint, proof } = device;
    if ('key' in proof) this.keys.set(endpoint, new Uint8Array(Buffer.from(proof.key, 'hex')));
    const answering = 'key' in proof ? this.answering : answeringEndpoint(this.engine, serverProof(proof));
    const opened = await SocketDevice.open(this.engine, answering, device, {
      registered: () => registered(),
      answered: () => {
        this.firstAnswerAtMs ??= monotonicMs();
      },
      acknowledged: (from) => this.wasAcknowledged(from),
      asked: (asked) => this.wasAsked(asked),
    });
    this.devices.push(opened);
    opened.handshake();
    await done;
  }

  private notify(each: number, paceMs: number): void {
    this.paceMs = paceMs;
    const nowMs = performance.now();
    for (const device of this.devices) {
      device.wanted = each;
      if (paceMs === 0) device.notify();
      else device.notifyAtMs = nowMs + paceMs * Math.random();
    }
    if (paceMs === 0) this.stayAwake();
  }

  /** Never sleeps while answers are awaited: the gateway shall not pay for waking the devices, which are elsewhere in life. */
  private stayAwake(): void {
    if (this.devices.some((device) => device.isInFlight)) setImmediate(() => this.stayAwake());
  }

  private wasAcknowledged(device: SocketDevice): void {
    this.acknowledged++;
    this.heard.add(device);
    this.firstAcknowledgedAtMs ??= monotonicMs();
    if (this.paceMs === 0) device.notify();
    else device.notifyAtMs = performance.now() + this.paceMs * (0.5 + Math.random());
  }

  private wasAsked(device: SocketDevice): void {
    if (this.asked.has(device)) return;
    this.asked.add(device);
    this.lastAskedAtMs = monotonicMs();
  }
}

/** What is lost in a full buffer is sent again. */
async function exchangeBare(order: Extract<ToDevices, { kind: 'bare' }>): Promise<void> {
  const { port, sockets, datagramBytes, count } = order;
  const datagram = new Uint8Array(datagramBytes).fill(5);
  let begun = 0;
  let returned = 0;
  await new Promise<void>((resolve) => {
    for (let index = 0; index < sockets; index++) {
      const socket = createSocket('udp4');
      let again: NodeJS.Timeout | undefined;
      const send = (): void => socket.send(datagram);
      const next = (): void => {
        clearInterval(again);
        if (begun++ >= count) return void socket.close();
        again = setInterval(send, 1_000);
        send();
      };
      socket.on('message', () => {
        returned++;
        next();
        if (returned === count) resolve();
      });
      socket.bind(0, `127.0.${1 + (index >> 7)}.${1 + (index & 127)}`, () => socket.connect(port, '127.0.0.1', next));
    }
  });
}
