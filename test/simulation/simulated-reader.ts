/**
 * A program that reads the event log under a name. It remembers nothing: where it goes on the gateway tells it each time, so a
 * cut may show it some events twice, and must never hide one.
 */
import type { World } from './world.ts';

/** It handles no more at once, so one that comes seldom lags. */
const eventsAtOnceMax = 20;

export class SimulatedReader {
  private readonly world: World;
  private readonly name: string;
  private readonly everyMs: number;
  /** The highest id that it said it had passed. */
  private saidMax = 0;

  constructor(world: World, name: string, everyMs: number) {
    this.world = world;
    this.name = name;
    this.everyMs = everyMs;
  }

  /** Its name is durable when this returns. */
  begin(): void {
    this.world.confirmed({ kind: 'set-reader', name: this.name, cursor: 0, reset: false });
    this.comeLater();
  }

  private comeLater(): void {
    this.world.timeline.plan(this.everyMs, () => {
      this.comeLater();
      if (this.world.gateway.ready) this.read();
    });
  }

  private read(): void {
    const { gateway, monitor } = this.world;
    const listed = gateway.inspect({ kind: 'readers' });
    const known = listed.kind === 'readers' ? listed.readers.find(({ name }) => name === this.name) : undefined;
    if (known === undefined) return monitor.violate(`the reader ${this.name} was forgotten`);
    const { cursor, lost } = known;
    if (cursor > this.saidMax) monitor.violate(`the reader ${this.name} is at ${cursor} and said ${this.saidMax}`);
    if (lost > 0) monitor.violate(`the reader ${this.name} lost ${lost} events after ${cursor}`);
    const answer = gateway.inspect({ kind: 'events', after: cursor, limit: eventsAtOnceMax });
    const ids = answer.kind === 'events' ? answer.events.map(({ id }) => id) : [];
    this.seeOnDisk(ids, cursor);
    const last = ids.at(-1);
    if (last === undefined) return;
    this.saidMax = Math.max(this.saidMax, last);
    this.world.operate({ kind: 'set-reader', name: this.name, cursor: last, reset: false });
  }

  /** What is told is durable; what another reader has passed as well may be gone from the disk soon. */
  private seeOnDisk(ids: readonly number[], cursor: number): void {
    const { monitor } = this.world;
    monitor.sawLog(this.world.loggedReports(cursor));
    const durable = this.world.loggedIds();
    for (const id of ids) if (!durable.has(id)) monitor.violate(`event ${id} was told and is not durable`);
  }
}
