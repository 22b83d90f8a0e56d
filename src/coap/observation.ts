/** An observation of ours at a peer (RFC 7641), and one notification of it on its way to the caller. */
import type { Monotonic } from '../base/instants.ts';
import { type Arrival, isFresh } from './freshness.ts';
import type { ReceivedMessage } from './received-message.ts';
import type { CoapRequest } from './request.ts';

export interface Observation {
  /** Its token as a text, under which it is found: as an array it would take more than all the rest. */
  readonly key: string;
  /** What registered it, without its Observe option. */
  readonly request: CoapRequest;
  youngest: Arrival | undefined;
}

export interface NotificationArrival {
  readonly observation: Observation;
  readonly received: ReceivedMessage;
  readonly arrival: Arrival;
  readonly fresh: boolean;
  /** The youngest before this one: counts again when the caller does not take this one. */
  readonly before: Arrival | undefined;
}

/** Whether what is noted of a message is a notification that the caller has not decided on yet. */
export function isArrival(note: object | undefined): note is NotificationArrival {
  return note !== undefined && 'arrival' in note;
}

/** Whether it is an observation whose end the caller has not decided on yet. */
export function isObservation(note: object | undefined): note is Observation {
  return note !== undefined && 'youngest' in note;
}

/** A notification has come: the youngest, if it is fresh. */
export function arrive(
  observation: Observation,
  received: ReceivedMessage,
  sequence: number,
  now: Monotonic,
): NotificationArrival {
  const arrival = { sequence, at: now };
  const before = observation.youngest;
  const fresh = isFresh(arrival, before);
  if (fresh) observation.youngest = arrival;
  return { observation, received, arrival, fresh, before };
}

/** The caller does not take it: its repetition has to count as fresh again. */
export function unarrive({ observation, arrival, before }: NotificationArrival): void {
  if (observation.youngest === arrival) observation.youngest = before;
}
