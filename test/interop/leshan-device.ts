/** One device made of Leshan's client: what its log tells, and what the gateway's operator gets from it. */
import { setTimeout as wait } from 'node:timers/promises';
import { toHex } from '../../src/base/bytes.ts';
import type { Bench } from './bench.ts';
import type { Certificates } from './certificates.ts';
import type { Gateway } from './gateway.ts';
import { javaWords } from './leshan-library.ts';
import { Notifications } from './notifications.ts';
import type { RunningProcess } from './running-process.ts';

const key = '00112233445566778899aabbccddeeff';
const temperature = '/3303/0/5700';
/** Of which the client makes an Update period of 7 s. */
const lifetimeSeconds = 60;
/** Some notifications long, and longer than the client's first retransmission takes. */
const downMs = 3_500;
const startWithinMs = 60_000;
const stepMs = 15_000;
const periodWithinMs = 20_000;

/** How often each stands in the client's log. */
export interface Told {
  readonly handshakes: number;
  readonly registers: number;
  readonly updates: number;
}

/** Awake or not with a key, awake with a certificate. */
export type LeshanKind = 'awake' | 'queue mode' | 'x509';

const wordsOf: Readonly<Record<LeshanKind, readonly string[]>> = { awake: [], 'queue mode': ['-q'], x509: ['-x509'] };

const nothing: Told = { handshakes: 0, registers: 0, updates: 0 };

export class LeshanDevice {
  private readonly gateway: Gateway;
  private readonly kind: LeshanKind;
  private readonly endpoint: string;
  private readonly client: RunningProcess;
  private readonly notifications: Notifications;

  private constructor(gateway: Gateway, kind: LeshanKind, client: RunningProcess, notifications: Notifications) {
    this.gateway = gateway;
    this.kind = kind;
    this.endpoint = nameOf(kind);
    this.client = client;
    this.notifications = notifications;
  }

  static async start(
    bench: Bench,
    gateway: Gateway,
    kind: LeshanKind,
    certificates: Certificates,
  ): Promise<LeshanDevice> {
    const name = nameOf(kind);
    const secrets = kind === 'x509' ? secretsOf(certificates, name) : [key];
    if (kind === 'x509') await gateway.operator.addByCertificate(name);
    else await gateway.operator.addDevice(name, key);
    const notifications = new Notifications(gateway.operator, name);
    bench.onClose(() => notifications.close());
    const server = ['-u', `coaps://127.0.0.1:${gateway.port}`, '-n', name, '-i', name, '-cid', 'on'];
    const words = [...javaWords, ...server, '-l', String(lifetimeSeconds), ...wordsOf[kind]];
    const client = bench.start(name, 'java', words);
    for (const secret of secrets) client.say(`${secret}\n`);
    return new LeshanDevice(gateway, kind, client, notifications);
  }

  async end(): Promise<void> {
    this.notifications.close();
    await this.client.end('SIGKILL');
  }

  /** What its log has told since `start`, or ever. */
  told(start: Told = nothing): Told {
    const { text } = this.client;
    return {
      handshakes: count(text, /DTLS handshake started/g) - start.handshakes,
      registers: count(text, /Trying to register to/g) - start.registers,
      updates: count(text, /Registration update succeed/g) - start.updates,
    };
  }

  async registers(): Promise<string> {
    const [, cid] = await this.client.says(/handshake succeeded: \S+, connection ID to write CID=(\w+)/, startWithinMs);
    const [, location] = await this.client.says(/Registered with location '(\S+)'/, stepMs);
    const registered = await this.gateway.operator.client(this.endpoint);
    if (registered?.queuemode !== (this.kind === 'queue mode'))
      throw new Error(`the gateway has ${JSON.stringify(registered)}`);
    const { handshakes, registers } = this.told();
    if (handshakes !== 1 || registers !== 1) throw new Error(`${handshakes} handshakes, ${registers} Registers`);
    return `at ${location}, connection ID ${cid}, 1 handshake, 1 Register`;
  }

  async isRead(): Promise<string> {
    return `${temperature} = ${await this.read()}`;
  }

  async isObserved(): Promise<string> {
    const now = Number(await this.gateway.operator.observe(this.endpoint, temperature));
    return `now ${now}, notified of ${(await this.notifications.above(now, stepMs)).value}`;
  }

  /** After `start` two Updates, and after each of them a newer notification and a Read. */
  async twoPeriods(start: Told): Promise<string> {
    const first = this.notifications.seen.length;
    for (const updates of [1, 2]) {
      await this.updatesReach(start.updates + updates);
      await this.notifications.above(this.notifications.last, stepMs);
      await this.read();
    }
    return `${this.told(start).updates} Updates, ${this.notifications.seen.length - first} notifications, 2 Reads`;
  }

  /** While notifications go on; they wait in the socket, or are sent again. */
  async killGateway(): Promise<string> {
    const { last } = this.notifications;
    await this.gateway.kill();
    await wait(downMs);
    const startMs = await this.gateway.startAgain();
    const serving = performance.now();
    const [{ value, seenAtMs }, readAtMs] = await Promise.all([
      this.notifications.above(last, stepMs),
      this.read().then(() => performance.now()),
    ]);
    const { handshakes, registrations } = (await this.gateway.operator.status()).sinceStart;
    if (handshakes + registrations > 0) {
      throw new Error(`the gateway counts ${handshakes} handshakes, ${registrations} registrations`);
    }
    const notified = `notified of ${value} (${last} before) after ${whole(seenAtMs - serving)} ms`;
    return `down ${downMs} ms, start ${whole(startMs)} ms; ${notified}, read after ${whole(readAtMs - serving)} ms`;
  }

  /**
   * The gateway drops its connection, keeps its sessions and shakes hands by itself: the client's log has an abbreviated
   * handshake that the server began, and the observation goes on.
   */
  async isResumed(): Promise<string> {
    const { registers } = this.told();
    const { last } = this.notifications;
    const before = this.answered().length;
    const { dropped, handshake } = await this.gateway.operator.reset(this.endpoint);
    if (!dropped || handshake === null) throw new Error(`dropped: ${dropped}, handshake: ${handshake}`);
    const kind = await this.answers(before);
    if (kind !== 'ResumingServerHandshaker') throw new Error(`the client answered with a ${kind}`);
    const { value } = await this.notifications.above(last, stepMs);
    await this.read();
    if (this.told().registers > registers) throw new Error('the client registered');
    const { learned } = await this.gateway.operator.device(this.endpoint);
    return `${kind} succeeded, notified of ${value}, no Register; resumes: ${learned?.resumes}`;
  }

  /** The handshakes of the gateway's that succeeded, in the words of the client. */
  private answered(): readonly string[] {
    return [...this.client.text.matchAll(/handshake started: (\w*ServerHandshaker)\n.*handshake succeeded/g)].map(
      ([, kind = '']) => kind,
    );
  }

  private async answers(before: number): Promise<string> {
    const deadline = performance.now() + stepMs;
    while (this.answered().length <= before) {
      if (performance.now() > deadline) throw new Error(`the client answered no handshake within ${stepMs} ms`);
      await wait(20);
    }
    return this.answered().at(-1) ?? '';
  }

  private read(): Promise<string> {
    return this.gateway.operator.read(this.endpoint, temperature);
  }

  private async updatesReach(updates: number): Promise<void> {
    const deadline = performance.now() + periodWithinMs;
    while (this.told().updates < updates) {
      if (performance.now() > deadline) throw new Error(`no Update within ${periodWithinMs} ms`);
      await wait(20);
    }
  }
}

function nameOf(kind: LeshanKind): string {
  return `leshan-${kind.replace(' mode', '')}`;
}

/** Its certificate, its private key, and the certificate that it wants the server to have. */
function secretsOf(certificates: Certificates, name: string): readonly string[] {
  const { der, privateKey } = certificates.issued(name);
  return [der, privateKey, certificates.gateway.der].map(toHex);
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

function whole(ms: number): string {
  return ms.toFixed(0);
}
