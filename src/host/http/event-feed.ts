/**
 * One reader's event stream: what the log holds after his cursor, a chunk a turn of the event loop and no faster than he reads,
 * then what happens, without a gap or a repetition between the two.
 *
 *   replay ──► inspect(after cursor) ──► write ──► drained? ──► … ──► a chunk that reaches the end: live in that same turn
 *   live   ──► each event as it happens; a logged one only above the cursor
 *
 * Events without an id belong to the live part: during a replay they are not told. A reader who does not keep up is closed, and
 * goes on after his last id when he comes back.
 */
import type { ServerResponse } from 'node:http';
import { headers } from '../../api/version.ts';
import { limits } from '../../base/limits.ts';
import type { EventStream, StreamEvent } from '../../management/plan.ts';
import { drained } from './drained.ts';
import type { Machine } from './machine.ts';
import type { Turns } from './turns.ts';

export class EventFeed {
  private readonly stream: EventStream;
  private readonly response: ServerResponse;
  private readonly machine: Machine;
  private readonly turns: Turns;
  /** The id of the newest logged event that was told. */
  private cursor: number;
  private isLive = false;

  constructor(stream: EventStream, response: ServerResponse, machine: Machine, turns: Turns) {
    this.stream = stream;
    this.response = response;
    this.machine = machine;
    this.turns = turns;
    this.cursor = stream.after ?? 0;
  }

  /** Resolves when the stream has ended: all told and not to be followed, or the reader gone or closed. */
  async run(heartbeatMs: number): Promise<void> {
    const { stream, response } = this;
    response.writeHead(200, { 'content-type': stream.contentType, [headers.cursor]: String(stream.cursor) });
    response.flushHeaders();
    for (const text of stream.opening) response.write(text);
    const unsubscribe = this.machine.subscribe((event) => this.happened(event));
    const heartbeat = setInterval(() => this.beat(), heartbeatMs);
    try {
      await this.replay();
      if (!stream.follow && !response.destroyed) response.end();
      else await gone(response);
    } finally {
      clearInterval(heartbeat);
      unsubscribe();
    }
  }

  private async replay(): Promise<void> {
    let isFirst = true;
    while (this.stream.after !== undefined) {
      await this.turns.next();
      if (this.response.destroyed) return;
      const reachedEnd = this.replayChunk(isFirst);
      isFirst = false;
      // Without waiting in between: what happens after the chunk was made is live.
      if (reachedEnd) break;
      if (!(await drained(this.response))) return;
    }
    this.isLive = true;
  }

  /** True when the log holds nothing newer: then this very turn is the border between replay and live. */
  private replayChunk(isFirst: boolean): boolean {
    const limit = limits.listChunkEvents;
    const answer = this.machine.inspect({ kind: 'events', after: this.cursor, limit });
    if (answer.kind !== 'events') return true;
    const { events, lost, oldestId, lastId } = answer;
    const isAhead = this.cursor > lastId;
    // A cursor from another log, or from a tail that a power cut took: its reader must hear that ids begin again.
    if (isAhead) this.cursor = lastId;
    const tellsGap = isFirst ? this.stream.tellsGap && (lost > 0 || isAhead) : lost > 0;
    if (tellsGap) this.tell({ kind: 'gap', lost, oldestId: oldestId ?? lastId + 1 });
    for (const event of events) {
      this.tell({ kind: 'logged', event });
      this.cursor = event.id;
    }
    return events.length < limit;
  }

  private happened(event: StreamEvent): void {
    if (!this.isLive || !this.stream.follow || this.response.destroyed) return;
    if (event.kind === 'logged') {
      if (event.event.id <= this.cursor) return;
      this.cursor = event.event.id;
    }
    try {
      this.tell(event);
    } catch (fault) {
      // An event that cannot be told must not pass unseen: the reader is cut off and comes back.
      this.response.destroy();
      throw fault;
    }
    if (this.response.writableLength > limits.eventStreamBytesMax) this.response.destroy();
  }

  private tell(event: StreamEvent): void {
    const text = this.stream.render(event);
    if (text !== undefined) this.response.write(text);
  }

  /** Not to a reader who takes nothing: his connection is to time out. */
  private beat(): void {
    if (!this.response.destroyed && !this.response.writableNeedDrain) this.response.write(this.stream.heartbeat);
  }
}

function gone(response: ServerResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    response.once('close', resolve);
  });
}
