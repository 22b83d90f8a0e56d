/** The body of `status`: the gateway's counts and what the process knows of itself. */
import type { StatusBody } from '../api/bodies/status.ts';
import type { StatusView } from '../gateway/views.ts';
import { attention } from './attention.ts';
import type { Knowledge } from './plan.ts';
import { wallText } from './wall-text.ts';
import { wearFields } from './wear-fields.ts';

export function statusBody(status: StatusView, knowledge: Knowledge): StatusBody {
  const information = knowledge.information();
  const { events } = status;
  return {
    version: information.version,
    at: wallText(knowledge.wallNow()),
    generation: status.generation,
    servingSeconds: status.servingSeconds,
    lastStop: information.lastStopReason,
    startToServingMs: information.startToServingMs,
    host: information.host,
    devices: status.devices,
    sinceStart: status.sinceStart,
    events: {
      perMinute: events.perMinute,
      held: events.held,
      oldestSecondsAgo: events.oldestSecondsAgo ?? null,
      lastId: events.lastId,
    },
    operations: status.operations,
    store: { state: status.store, ...wearFields(information.store.wear) },
    clock: information.clock,
    drops: status.drops,
    listeners: information.listeners,
    attention: attention(status, information),
  };
}
