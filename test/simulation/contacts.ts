/**
 * Who is contacted when. The gateway speaks to a device in queue mode only within 93 s of hearing from it, and after a start not
 * before; it contacts devices that it has not heard in this life a few at a time; and who sends again what he recorded gets less
 * than he could have had from the devices themselves.
 */
import { limits } from '../../src/base/limits.ts';
import type { SimulatedDevice } from './simulated-device.ts';

/** Datagrams a second, all in all, to devices that were not heard since the start. */
const unaskedPerSecondMax = 20;

/** What a replay may draw: the answer to that datagram and one queued request. */
const messagesPerReplayMax = 2;

/**
 * A request goes first to the address of the newest record and is repeated in turn to the old address and there, so of the four
 * repetitions of RFC 7252 two come there, of the same size and never sooner than its ACK_TIMEOUT.
 */
const repetitionsMax = 2;
const repeatedAfterMs = 2_000;

interface Stranger {
  messagesTo: number;
  /** The last message to it: when it went, its size and how often it was repeated. */
  last: { atMs: number; bytes: number; repetitions: number };
  datagramsFrom: number;
  bytesTo: number;
  bytesFrom: number;
}

export class Contacts {
  private readonly heardAtMs = new Map<SimulatedDevice, number>();
  /** Whom the gateway turned to in this life, because somebody asked it to or by itself, and when it did the latter. */
  private readonly turnedTo = new Set<string>();
  private turnedAtMs: number[] = [];
  /** In any second: a fifth of a second's devices may go at once. */
  private readonly turnedToMax: number;
  private readonly strangers = new Map<string, Stranger>();
  private unaskedAtMs: number[] = [];
  private readonly violate: (what: string) => void;

  /** `devicesPerSecond`: to how many the gateway may turn by itself. */
  constructor(devicesPerSecond: number, violate: (what: string) => void) {
    this.turnedToMax = devicesPerSecond * 1.2 + 1;
    this.violate = violate;
  }

  /** A life of the gateway begins: to it every device is silent. */
  begun(): void {
    this.heardAtMs.clear();
    this.turnedTo.clear();
    this.turnedAtMs = [];
    this.unaskedAtMs = [];
  }

  /** The gateway was given a datagram that comes from an address of the device, or seems to. */
  heard(device: SimulatedDevice, nowMs: number): void {
    this.heardAtMs.set(device, nowMs);
  }

  /** An operator wants something of the device. */
  asked(endpoint: string): void {
    this.turnedTo.add(endpoint);
  }

  heardStranger(from: string, bytes: number): void {
    const last = { atMs: 0, bytes: 0, repetitions: 0 };
    const stranger = this.strangers.get(from) ?? { messagesTo: 0, last, datagramsFrom: 0, bytesTo: 0, bytesFrom: 0 };
    this.strangers.set(from, stranger);
    stranger.datagramsFrom++;
    stranger.bytesFrom += bytes;
  }

  /** The gateway sent a datagram to the device. */
  sent(device: SimulatedDevice, nowMs: number): void {
    const heardAtMs = this.heardAtMs.get(device);
    if (heardAtMs === undefined) this.unasked(device.options.name, nowMs);
    if (!device.options.queueMode) return;
    const { name } = device.options;
    if (heardAtMs === undefined) this.violate(`${name} was contacted before it spoke, although it may sleep`);
    else if (nowMs - heardAtMs > limits.queueModeAwakeMs) {
      this.violate(`${name} was contacted ${Math.round((nowMs - heardAtMs) / 1_000)} s after it spoke: it sleeps`);
    }
  }

  sentToStranger(to: string, bytes: number, nowMs: number): void {
    const stranger = this.strangers.get(to);
    if (stranger === undefined) return;
    const { last } = stranger;
    const repeats = bytes === last.bytes && nowMs - last.atMs >= repeatedAfterMs && last.repetitions < repetitionsMax;
    stranger.last = { atMs: nowMs, bytes, repetitions: repeats ? last.repetitions + 1 : 0 };
    if (!repeats) stranger.messagesTo++;
    stranger.bytesTo += bytes;
    if (stranger.messagesTo > stranger.datagramsFrom * messagesPerReplayMax) {
      this.violate(`${stranger.datagramsFrom} replays drew ${stranger.messagesTo} messages`);
    }
    if (stranger.bytesTo > stranger.bytesFrom * limits.amplificationMax) {
      this.violate(`${stranger.bytesFrom} replayed bytes drew ${stranger.bytesTo} bytes`);
    }
  }

  private unasked(name: string, nowMs: number): void {
    if (!this.turnedTo.has(name)) this.turnedAtMs = [...this.turnedAtMs.filter((atMs) => atMs > nowMs - 1_000), nowMs];
    this.turnedTo.add(name);
    if (this.turnedAtMs.length > this.turnedToMax) {
      this.violate(`the gateway turned to ${this.turnedAtMs.length} devices within a second`);
    }
    this.unaskedAtMs = this.unaskedAtMs.filter((atMs) => atMs > nowMs - 1_000);
    this.unaskedAtMs.push(nowMs);
    if (this.unaskedAtMs.length > unaskedPerSecondMax) {
      this.violate(`${this.unaskedAtMs.length} datagrams within a second to devices that had not spoken`);
    }
  }
}
