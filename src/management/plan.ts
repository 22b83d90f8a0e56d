/**
 * How management answers without waiting: the request is a value, and the answer is a plan that the host carries out.
 *
 *   request ──► plan ──► respond                         an answer at once
 *                   ├──► steps ──► plan                  a long search, a step a turn of the event loop
 *                   ├──► operate ──► answer ──► plan     a change, or an operation handed to the gateway
 *                   │                   └──► wait        until the operation is final or time is up
 *                   ├──► operations                      several, each line as it happens
 *                   ├──► list                            chunk by chunk, a chunk a turn of the event loop
 *                   └──► events                          the log from a cursor, then live
 */
import type { GatewayEvent } from '../gateway/events.ts';
import type { OperatorAction, OperatorAnswer } from '../gateway/operator.ts';
import type { ObjectModel } from '../gateway/texts.ts';
import type { Answer, OperationView, Query } from '../gateway/views.ts';
import type { Information } from './information.ts';

export interface ManagementRequest {
  /** Upper case. */
  readonly method: string;
  /** Path and query as they stand in the request line, percent-encoded. */
  readonly target: string;
  /** The body as text; empty when there is none. */
  readonly body: string;
  readonly lastEventId?: string;
  /** The caller speaks our schema: errors are JSON on Leshan's paths too. */
  readonly wantsJson: boolean;
}

export interface ManagementResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** The methods of a path, for an answer 405. */
  readonly allow?: string;
}

/** What management may look at: the gateway's own knowledge, and what the process knows of itself. */
export interface Knowledge {
  /** Names and types of resources. */
  readonly model: ObjectModel;
  inspect(query: Query): Answer;
  information(): Information;
  /** Milliseconds since 1970; undefined while the clock is not trusted. */
  wallNow(): number | undefined;
}

export type Plan = Respond | Steps | Operate | Operations | List | EventStream;

export interface Respond {
  readonly kind: 'respond';
  readonly response: ManagementResponse;
}

/** To be called once a turn until it returns a plan. A step looks at no more than `limits.listChunkDevices` devices or events. */
export interface Steps {
  readonly kind: 'steps';
  readonly step: () => Plan | undefined;
}

export interface Operate {
  readonly kind: 'operate';
  readonly action: OperatorAction;
  readonly next: (answer: OperatorAnswer) => Respond | Wait;
}

/** Wait for the operation's state to be final. */
export interface Wait {
  readonly kind: 'wait';
  readonly operation: OperationView;
  readonly waitMs: number;
  readonly final: (operation: OperationView) => ManagementResponse;
  readonly late: (operation: OperationView) => ManagementResponse;
}

/** Several attempts, in order; then every change of the operations that came of them, until all are final or time is up. */
export interface Operations {
  readonly kind: 'operations';
  readonly attempts: readonly Attempt[];
  readonly waitMs: number;
  readonly line: (operation: OperationView) => string;
  /** Said of an operation that is not final when the time is up. */
  readonly late: (operation: OperationView) => string | undefined;
}

export type Attempt =
  | { readonly kind: 'known'; readonly line: string }
  | {
      readonly kind: 'operate';
      readonly action: OperatorAction;
      readonly answered: (answer: OperatorAnswer) => Attempted;
    };

export interface Attempted {
  readonly lines: readonly string[];
  readonly operation: OperationView | undefined;
}

/** A JSON array of unknown length, one element a line. `chunk` looks at no more than `limits.listChunkDevices` devices. */
export interface List {
  readonly kind: 'list';
  readonly chunk: (after: string | undefined) => ListChunk;
}

export interface ListChunk {
  readonly elements: readonly string[];
  /** The cursor of the next chunk; undefined when this was the last one. */
  readonly after: string | undefined;
}

/** What happened, or that the log no longer holds what happened. */
export type StreamEvent = GatewayEvent | { readonly kind: 'gap'; readonly lost: number; readonly oldestId: number };

export interface EventStream {
  readonly kind: 'events';
  readonly contentType: string;
  /** What keeps an idle connection alive and means nothing. */
  readonly heartbeat: string;
  /** Comes first, as it stands. */
  readonly opening: readonly string[];
  /** Where the stream begins, for a reader that has seen no id yet. */
  readonly cursor: number;
  /** Replay what the log holds after this id; undefined begins with what happens from now on. */
  readonly after: number | undefined;
  /** False for a reader who wants all that is there, lost or not. */
  readonly tellsGap: boolean;
  /** Go on with what happens. */
  readonly follow: boolean;
  /** The event as the stream writes it; undefined when it is not for this reader. */
  readonly render: (event: StreamEvent) => string | undefined;
}
