/** What the HTTP server needs of the running gateway, and nothing more: so that a fake can stand in for it. */
import type { GatewayEvent } from '../../gateway/events.ts';
import type { OperatorAction, OperatorAnswer } from '../../gateway/operator.ts';
import type { ObjectModel } from '../../gateway/texts.ts';
import type { Answer, Query } from '../../gateway/views.ts';
import type { Information } from '../../management/information.ts';
import type { Knowledge } from '../../management/plan.ts';

export interface Machine {
  /** Names and types of resources. */
  readonly model: ObjectModel;
  inspect(query: Query): Answer;
  /** Resolves with the gateway's `answer` event; never rejects. */
  operate(action: OperatorAction, account: string): Promise<OperatorAnswer>;
  /** Every event from now on, in order, called within the gateway's step. Returns what ends it. */
  subscribe(listener: (event: GatewayEvent) => void): () => void;
  information(): Information;
}

/** How long what is known of the clock's trust is believed: it is asked for with every event, and costs more than an event. */
const trustBelievedMs = 1_000;

/** The machine as management may look at it. */
export function knowledgeOf(machine: Machine): Knowledge {
  let trusted = false;
  let askedAt = Number.NEGATIVE_INFINITY;
  const isTrusted = (): boolean => {
    if (performance.now() - askedAt > trustBelievedMs) {
      askedAt = performance.now();
      trusted = machine.information().clock.trusted;
    }
    return trusted;
  };
  return {
    model: machine.model,
    inspect: (query) => machine.inspect(query),
    information: () => machine.information(),
    wallNow: () => (isTrusted() ? Date.now() : undefined),
  };
}
