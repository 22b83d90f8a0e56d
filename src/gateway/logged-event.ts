/** An entry of the event log as readers see it: decoded when it is told, not when it is kept. */
import { toHex } from '../base/bytes.ts';
import type { ObjectModel } from '../lwm2m/objects/model.ts';
import { readAnswer } from '../lwm2m/operations/answer.ts';
import { everything, type ResourcePath } from '../lwm2m/path.ts';
import type { EventRecord } from '../records/event-record.ts';
import type { NumberedEvent } from './event-log.ts';
import type { LoggedEvent } from './events.ts';

export function loggedEvent(event: NumberedEvent, rootPath: string, model: ObjectModel): LoggedEvent {
  return { ...toldEvent(event, rootPath, model), id: event.id };
}

/** The same for a notification that is not in the log. */
export function toldEvent(event: EventRecord, rootPath: string, model: ObjectModel): Omit<LoggedEvent, 'id'> {
  const { kind, endpoint, contentFormat, payload, atWall, unverified } = event;
  const path = event.path as ResourcePath | undefined;
  const common = { kind, endpoint, path, atWall, unverified };
  const answer = { code: '2.05' as const, contentFormat, payload, locationPath: [] };
  const options = atWall === undefined ? { rootPath } : { rootPath, receivedAtWallSeconds: atWall / 1_000 };
  const read = readAnswer(answer, path ?? everything, model, options);
  if (read.kind === 'values') return { ...common, entries: read.entries };
  return { ...common, entries: [], undecoded: { contentFormat, hex: toHex(payload) } };
}
