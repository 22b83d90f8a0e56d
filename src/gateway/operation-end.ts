/** How an operation ended: as the event log keeps it, and as it is shown with what the log has of its answer. */
import { noBytes } from '../base/bytes.ts';
import { type Now, trustedWall } from '../base/instants.ts';
import type { ObjectModel } from '../lwm2m/objects/model.ts';
import type { ResponseRecord } from '../records/event-record.ts';
import type { NumberedEvent } from './event-log.ts';
import { responseView } from './logged-event.ts';
import type { OwnOperation } from './operation.ts';
import type { OperationView } from './views.ts';

export function endEvent(operation: OwnOperation, atUptimeMs: number, now: Now): ResponseRecord {
  const { id, endpoint, path, state, account, sends, code, failure, roundTripMs, contentFormat, payload } = operation;
  const { verb } = operation.asked;
  return {
    kind: 'response',
    endpoint,
    path,
    contentFormat,
    payload: payload ?? noBytes,
    atUptimeMs,
    atWall: trustedWall(now),
    operation: { id, verb, state, account, sends, code, failure, roundTripMs },
  };
}

/** `view` with the values, links and payload of the answer in the log. */
export function answeredView(
  view: OperationView,
  event: NumberedEvent,
  rootPath: string,
  model: ObjectModel,
): OperationView {
  if (event.kind !== 'response') return view;
  const { entries, links, format, payload } = responseView(event, event.id, rootPath, model);
  return { ...view, entries, links, format, payload };
}

/** The answer is in the event log from now on: it need not be held twice. */
export function releaseAnswer(operation: OwnOperation): void {
  operation.entries = [];
  operation.links = [];
  operation.payload = undefined;
}
