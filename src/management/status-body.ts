/** The body of `status`: the gateway's counts and what the process knows of itself. */
import type { StatusBody } from '../api/bodies/status.ts';
import type { StatusView } from '../gateway/views.ts';
import { attention } from './attention.ts';
import type { WearInformation } from './information.ts';
import type { Knowledge } from './plan.ts';
import { wallText } from './wall-text.ts';

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

function wearFields({ last24Hours, budgetBytesPerDay, spacingMs, state }: WearInformation) {
  return {
    writtenBytes24h: last24Hours.writtenBytes,
    logicalBytes24h: last24Hours.logicalBytes,
    commits24h: last24Hours.commits,
    journalBytes24h: last24Hours.journalBytes,
    databaseBytes24h: last24Hours.databaseBytes,
    deviceBytes24h: last24Hours.deviceBytes,
    budgetBytesPerDay,
    spacingMs,
    wear: state,
  };
}
