/** An entry of the event log as readers see it: decoded when it is told, not when it is kept. */
import { toHex } from '../base/bytes.ts';
import type { ObjectModel } from '../lwm2m/objects/model.ts';
import { readAnswer } from '../lwm2m/operations/answer.ts';
import { everything, type ResourcePath } from '../lwm2m/path.ts';
import type { EventRecord } from '../records/event-record.ts';
import type { LoggedEvent } from './events.ts';

export function loggedEvent(id: number, event: EventRecord, rootPath: string, model: ObjectModel): LoggedEvent {
  const { kind, endpoint, contentFormat, payload, atWall, unverified } = event;
  const path = event.path as ResourcePath | undefined;
  const read = valuesOf(event, rootPath, model);
  // Written out: objects made by spreading others take a multiple of the time and the memory.
  if (read.kind === 'values') return { kind, id, endpoint, path, entries: read.entries, atWall, unverified };
  const undecoded = { contentFormat, hex: toHex(payload) };
  return { kind, id, endpoint, path, entries: [], atWall, unverified, undecoded };
}

/** The same for a notification that is not in the log. */
export function toldEvent(event: EventRecord, rootPath: string, model: ObjectModel): Omit<LoggedEvent, 'id'> {
  const { id: _, ...told } = loggedEvent(0, event, rootPath, model);
  return told;
}

function valuesOf(event: EventRecord, rootPath: string, model: ObjectModel): ReturnType<typeof readAnswer> {
  const { contentFormat, payload, atWall } = event;
  const answer = { code: '2.05' as const, contentFormat, payload, locationPath: [] };
  const options = atWall === undefined ? { rootPath } : { rootPath, receivedAtWallSeconds: atWall / 1_000 };
  return readAnswer(answer, (event.path as ResourcePath | undefined) ?? everything, model, options);
}
