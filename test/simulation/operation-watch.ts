/** What operators asked of devices, from the answer that accepted it to its end. */
import type { OperatorAction, OperatorAnswer } from '../../src/gateway/operator.ts';
import type { OperationView } from '../../src/gateway/views.ts';

const finalStates: readonly OperationView['state'][] = ['done', 'failed', 'in-doubt', 'expired', 'cancelled'];

interface Watched {
  readonly life: number;
  /** While the store refuses a question is taken that a cut may lose; nothing else is. */
  readonly isKept: boolean;
  /** Of an Execute; each is asked for once. */
  readonly executes: string | undefined;
  view: OperationView;
}

export class OperationWatch {
  private readonly asked = new Map<string, OperatorAction>();
  private readonly accepted = new Map<number, Watched>();

  /** An operator asks; the answer bears the number of the request. */
  ask(life: number, request: number, action: OperatorAction): void {
    this.asked.set(`${life} ${request}`, action);
  }

  answered(life: number, request: number, answer: OperatorAnswer, storeTakes: boolean): void {
    const action = this.asked.get(`${life} ${request}`);
    if (answer.kind !== 'accepted' || action?.kind !== 'operate') return;
    const { operation } = action;
    const executes = operation.verb === 'execute' ? operation.arguments : undefined;
    const isKept = storeTakes || (operation.verb !== 'read' && operation.verb !== 'discover');
    this.accepted.set(answer.operation.id, { life, isKept, executes, view: answer.operation });
  }

  went(view: OperationView): void {
    const watched = this.accepted.get(view.id);
    if (watched !== undefined) watched.view = view;
  }

  /** How many Executes have left and have no answer yet. */
  executesInFlight(life: number): number {
    const all = [...this.accepted.values()];
    return all.filter((one) => one.life === life && one.executes !== undefined && one.view.state === 'sent').length;
  }

  /**
   * What is wrong, now that everything has had time to end. `now`: how the gateway shows an operation, as long as it remembers
   * it; `hasExecuted`: whether the device did it.
   */
  wrong(
    now: (id: number) => OperationView | undefined,
    hasExecuted: (device: string, what: string) => boolean,
  ): string[] {
    return [...this.accepted].flatMap(([id, watched]) => {
      const { endpoint, verb } = watched.view;
      // What is over makes room for younger ones.
      const last = finalStates.includes(watched.view.state) ? watched.view.state : undefined;
      const state = now(id)?.state ?? last;
      const what = `operation ${id}, ${verb} on ${endpoint},`;
      if (state === undefined && !watched.isKept) return [];
      if (state === undefined) return [`${what} was accepted, and lost`];
      if (!finalStates.includes(state)) return [`${what} never ended: it is ${state}`];
      if (watched.executes === undefined) return [];
      const executed = hasExecuted(endpoint, watched.executes);
      if (state === 'done' && !executed) return [`${what} is told to be done, and was not executed`];
      if (state === 'expired' && executed) return [`${what} is told to have expired, and was executed`];
      return [];
    });
  }
}
