/**
 * What the datagrams of a recording say: what may be in the store, since the gateway had received it, and what must be, since it
 * had acknowledged it: the ACK of a notification, the response to a request. An empty ACK to a request promises nothing.
 *
 * Devices are told apart by their ports, messages by their message IDs, repetitions included; a value has a number that its
 * device uses once, a registration a lifetime that its device says once. Moments are places in the recording.
 */
import { type ParsedPacket, parse } from 'coap-packet';
import type { Datagram, Operation } from './recording-log.ts';

/** A notification or a Send. */
export interface Value {
  /** Endpoint and number. */
  readonly name: string;
  readonly receivedAt: number;
  acknowledgedAt: number;
}

/** What a device's registration became by a Register, an Update with a new lifetime, or a De-register. */
export interface RegistrationStep {
  readonly lifetimeSeconds: number;
  readonly ended: boolean;
  readonly receivedAt: number;
  acknowledgedAt: number;
  /** Of an acknowledged Register: where it is. */
  registrationId: string | undefined;
}

/** The gateway asked a device to observe; the token stands in its store before. */
export interface Asked {
  readonly endpoint: string;
  readonly token: string;
  readonly askedAt: number;
}

/** A record that an operator was told is kept. */
export interface KeptRecord {
  readonly key: string;
  readonly toldAt: number;
}

/** A generation was in use from here on: its first datagram left. */
export interface UsedGeneration {
  readonly generation: number;
  readonly usedAt: number;
}

export interface History {
  readonly values: readonly Value[];
  /** By endpoint, in order. */
  readonly registrations: ReadonlyMap<string, readonly RegistrationStep[]>;
  readonly asked: readonly Asked[];
  readonly kept: readonly KeptRecord[];
  readonly generations: readonly UsedGeneration[];
  /** Where something was acknowledged or used, rising. */
  readonly moments: readonly number[];
}

const never = Number.POSITIVE_INFINITY;
const empty = '0.00';

export function readHistory(operations: readonly Operation[]): History {
  const reader = new HistoryReader();
  for (const [at, operation] of operations.entries()) reader.take(operation, at);
  return reader.history();
}

/** How much was acknowledged or in use before this place; grows with it. */
export function knownBefore({ moments }: History, place: number): number {
  let low = 0;
  let high = moments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle] ?? never) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

class HistoryReader {
  private readonly values: Value[] = [];
  private readonly registrations = new Map<string, RegistrationStep[]>();
  private readonly asked = new Map<string, Asked>();
  private readonly kept: KeptRecord[] = [];
  private readonly endpoints = new Map<number, string>();
  /** What waits for an answer: notifications by port and message ID, requests by port and token. */
  private readonly waiting = new Map<string, (at: number, answer: ParsedPacket) => void>();
  private readonly seen = new Set<string>();
  private readonly firstSent = new Map<number, number>();
  private readonly lives = new Map<number, number>();

  take(operation: Operation, at: number): void {
    if (operation.kind === 'received') this.received(operation, at);
    else if (operation.kind === 'sent') this.sent(operation, at);
    else if (operation.kind === 'mark') this.mark(JSON.parse(operation.text) as Mark, at);
  }

  history(): History {
    const { values, registrations, kept } = this;
    const asked = [...this.asked.values()];
    const generations = [...this.firstSent].flatMap(([life, usedAt]) => {
      const generation = this.lives.get(life);
      return generation === undefined ? [] : [{ generation, usedAt }];
    });
    const steps = [...registrations.values()].flat();
    const acknowledged = [...values, ...steps].map(({ acknowledgedAt }) => acknowledgedAt);
    const told = [...kept.map(({ toldAt }) => toldAt), ...asked.map(({ askedAt }) => askedAt)];
    const moments = [...acknowledged, ...told, ...generations.map(({ usedAt }) => usedAt)];
    moments.sort((a, b) => a - b);
    const known = moments.filter((moment) => moment !== never);
    return { values, registrations, asked, kept, generations, moments: known };
  }

  private received({ port, bytes }: Datagram, at: number): void {
    const packet = parse(Buffer.from(bytes));
    const message = `${port} ${packet.messageId}`;
    if (!packet.confirmable || this.seen.has(message)) return;
    this.seen.add(message);
    const [first, second] = pathOf(packet);
    if (packet.code === '2.05') this.value(packet, port, message, at);
    else if (first === 'dp') this.value(packet, port, tokenKey(port, packet), at);
    else if (first === 'rd') this.registration(packet, port, second, at);
  }

  private value(packet: ParsedPacket, port: number, waitsFor: string, at: number): void {
    const value: Value = {
      name: `${this.endpoints.get(port) ?? ''} ${numberIn(packet.payload)}`,
      receivedAt: at,
      acknowledgedAt: never,
    };
    this.values.push(value);
    this.waiting.set(waitsFor, (answeredAt, { code }) => {
      if (code.startsWith('2.') || code === empty) value.acknowledgedAt = answeredAt;
    });
  }

  private registration(packet: ParsedPacket, port: number, location: string | undefined, at: number): void {
    const endpoint = parameter(packet, 'ep') ?? this.endpoints.get(port) ?? '';
    this.endpoints.set(port, endpoint);
    const steps = this.registrations.get(endpoint) ?? [];
    this.registrations.set(endpoint, steps);
    const lifetime = parameter(packet, 'lt');
    const ended = packet.code === '0.04';
    if (lifetime === undefined && !ended) return; // An Update that changes nothing.
    const before = steps.at(-1);
    const lifetimeSeconds = lifetime === undefined ? (before?.lifetimeSeconds ?? 0) : Number(lifetime);
    const registrationId = location ?? undefined;
    const step: RegistrationStep = { lifetimeSeconds, ended, receivedAt: at, acknowledgedAt: never, registrationId };
    steps.push(step);
    this.waiting.set(tokenKey(port, packet), (answeredAt, answer) => {
      // Refused: it never was, and what comes next builds upon what was before.
      if (!answer.code.startsWith('2.')) return void steps.splice(steps.indexOf(step), 1);
      step.acknowledgedAt = answeredAt;
      if (location === undefined) step.registrationId = locationOf(answer);
    });
  }

  private sent({ process, port, bytes }: Datagram, at: number): void {
    if (!this.firstSent.has(process)) this.firstSent.set(process, at);
    const packet = parse(Buffer.from(bytes));
    if (packet.code === '0.01') return this.askedFor(packet, port, at);
    const isAnswer = packet.code !== empty;
    // The empty ACK of a notification; that of a request promises nothing, and finds nobody under its message ID.
    if (!isAnswer && !packet.ack) return;
    const waitsFor = isAnswer ? tokenKey(port, packet) : `${port} ${packet.messageId}`;
    this.waiting.get(waitsFor)?.(at, packet);
    this.waiting.delete(waitsFor);
  }

  private askedFor(packet: ParsedPacket, port: number, at: number): void {
    const observe = packet.options.find(({ name }) => name === 'Observe');
    if (observe === undefined || Buffer.from(observe.value as Buffer).length > 0) return;
    const token = packet.token.toString('hex');
    if (!this.asked.has(token)) this.asked.set(token, { endpoint: this.endpoints.get(port) ?? '', token, askedAt: at });
  }

  private mark(mark: Mark, at: number): void {
    if (mark.kept !== undefined) this.kept.push({ key: mark.kept, toldAt: at });
    if (mark.life !== undefined && mark.generation !== undefined) this.lives.set(mark.life, mark.generation);
  }
}

/** What `recording.ts` notes. */
interface Mark {
  readonly kept?: string;
  readonly life?: number;
  readonly generation?: number;
}

/** The number of a value: a text `17.000`, or the first record of a SenML pack. */
export function numberIn(payload: Uint8Array): number {
  const text = new TextDecoder().decode(payload);
  if (!text.startsWith('[')) return Number.parseInt(text, 10);
  const [first] = JSON.parse(text) as { v?: number }[];
  return first?.v ?? Number.NaN;
}

function pathOf({ options }: ParsedPacket): readonly string[] {
  return options.filter(({ name }) => name === 'Uri-Path').map(({ value }) => value.toString());
}

function locationOf({ options }: ParsedPacket): string | undefined {
  return options
    .filter(({ name }) => name === 'Location-Path')
    .at(-1)
    ?.value.toString();
}

function parameter({ options }: ParsedPacket, name: string): string | undefined {
  const texts = options.filter((option) => option.name === 'Uri-Query').map(({ value }) => value.toString());
  return texts.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1);
}

function tokenKey(port: number, { token }: ParsedPacket): string {
  return `${port} t${token.toString('hex')}`;
}
