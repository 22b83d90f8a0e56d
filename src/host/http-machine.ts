/** The running gateway as operators' interfaces see it: questions are answered at once, requests by a promise. */
import type { GatewayEvent } from '../gateway/events.ts';
import type { OperatorAction, OperatorAnswer } from '../gateway/operator.ts';
import type { ObjectModel } from '../gateway/texts.ts';
import type { Answer, Query } from '../gateway/views.ts';
import type { Information } from '../management/information.ts';
import type { Machine } from './http/machine.ts';
import type { Runtime } from './runtime.ts';

export class RuntimeMachine implements Machine {
  readonly model: ObjectModel;
  readonly information: () => Information;
  private readonly runtime: Runtime;
  private readonly waiting = new Map<number, (answer: OperatorAnswer) => void>();

  constructor(runtime: Runtime, model: ObjectModel, information: () => Information) {
    this.runtime = runtime;
    this.model = model;
    this.information = information;
    runtime.subscribe((event) => {
      if (event.kind === 'answer') this.answered(event.request, event.answer);
    });
  }

  inspect(query: Query): Answer {
    return this.runtime.inspect(query);
  }

  operate(action: OperatorAction, account: string): Promise<OperatorAnswer> {
    const id = this.runtime.nextRequestId();
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.runtime.feed({ kind: 'operator', request: { id, account, action } });
    });
  }

  subscribe(listener: (event: GatewayEvent) => void): () => void {
    return this.runtime.subscribe(listener);
  }

  private answered(request: number, answer: OperatorAnswer): void {
    this.waiting.get(request)?.(answer);
    this.waiting.delete(request);
  }
}
