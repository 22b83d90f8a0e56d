/**
 * Reads events, and goes on reading over restarts of the gateway: it reconnects and continues right after the last event id it
 * has seen, so that no durable event is missed. What happens to the connection is told in lines that begin with `--`.
 */
import { formatSeconds } from '../api/ages.ts';
import type { EventBody } from '../api/bodies/event.ts';
import type { EventSelection } from '../api/event-selection.ts';
import { parseJson } from '../api/json.ts';
import { routes } from '../api/routes.ts';
import { headers } from '../api/version.ts';
import { ConnectionLost, Interrupted, isGone } from './cli-error.ts';
import type { Context } from './context.ts';
import type { GatewayAnswer } from './gateway-client.ts';
import { pause } from './pause.ts';

const reconnectEveryMs = 250;

export interface ReceivedEvent {
  readonly event: EventBody;
  /** The JSON it came as. */
  readonly line: string;
}

export class EventFollower {
  readonly #context: Context;
  readonly #selection: EventSelection;
  /** Ends the stream from outside, silently. */
  readonly #stop = new AbortController();
  /** Ended from outside or by Ctrl-C; made once, as every `any` stays attached to its sources. */
  readonly #ended: AbortSignal;
  /** Called when the gateway is lost, before it is told. */
  onLost: () => Promise<void> = async () => {};
  /** Called after each reconnection. */
  onReconnected: () => Promise<void> = async () => {};
  #cursor: number | undefined;
  #answer: GatewayAnswer | undefined;

  constructor(context: Context, selection: EventSelection) {
    this.#context = context;
    this.#selection = selection;
    this.#ended = AbortSignal.any([context.io.interrupted, this.#stop.signal]);
  }

  /** Opens the stream: nothing that happens from here on is missed. Throws when the gateway is not there. */
  async open(): Promise<void> {
    const resumed: EventSelection =
      this.#cursor === undefined ? this.#selection : { ...withoutLast(this.#selection), from: this.#cursor };
    this.#answer = await this.#context.gateway.open({
      method: 'GET',
      path: routes.events(resumed),
      signal: this.#ended,
    });
    const cursor = this.#answer.header(headers.cursor);
    if (cursor !== undefined && /^\d+$/.test(cursor)) this.#cursor = Number(cursor);
  }

  /** The events, until the end of what was asked for, or without end when following. */
  async *events(): AsyncGenerator<ReceivedEvent> {
    for (;;) {
      try {
        for await (const line of this.#answer?.lines() ?? []) {
          const event = parseJson(line) as EventBody;
          if (event.id !== null) this.#cursor = event.id;
          yield { event, line };
        }
        if (!this.#selection.follow) return;
      } catch (error) {
        if (this.#context.io.interrupted.aborted) throw new Interrupted();
        if (this.#stop.signal.aborted) return;
        if (!(error instanceof ConnectionLost)) throw error;
        if (!this.#selection.follow) throw error;
      }
      await this.#reconnect();
    }
  }

  /** Ends the stream. */
  stop(): void {
    this.#stop.abort();
  }

  async #reconnect(): Promise<void> {
    const { io } = this.#context;
    const goneMs = io.now();
    await this.onLost();
    await this.#context.say('-- gateway gone; reconnecting --');
    for (;;) {
      await pause(reconnectEveryMs, this.#ended);
      try {
        await this.open();
        break;
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    }
    const after = this.#cursor === undefined ? '' : `; continuing after event ${this.#cursor}`;
    await this.#context.say(`-- gateway back after ${formatSeconds(io.now() - goneMs)}${after} --`);
    await this.onReconnected();
  }
}

function withoutLast({ last: _, ...rest }: EventSelection): EventSelection {
  return rest;
}
