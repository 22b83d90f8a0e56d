/**
 * Follows operations from before they exist: the subscription stands before the gateway is asked, since an operation may go on,
 * even end, before its caller has read that it was accepted.
 */
import { isFinal } from '../../api/state-words.ts';
import type { OperatorAction, OperatorAnswer } from '../../gateway/operator.ts';
import type { OperationView } from '../../gateway/views.ts';
import type { Machine } from './machine.ts';

/** The longest wait that `setTimeout` takes. */
const timerLongestMs = 2 ** 31 - 1;

export class OperationFollower {
  private readonly machine: Machine;
  private readonly changed: (operation: OperationView) => void;
  private readonly unsubscribe: () => void;
  /** Those that are followed and not final, as they were last. */
  private readonly open = new Map<number, OperationView>();
  /** What happened to operations while an answer was awaited: one of them may be the answer's. */
  private readonly early = new Map<number, OperationView>();
  private isAsking = false;
  private settled: (() => void) | undefined;

  /** `changed` is told of every change after the one that `follow` began with. */
  constructor(machine: Machine, changed: (operation: OperationView) => void) {
    this.machine = machine;
    this.changed = changed;
    this.unsubscribe = machine.subscribe((event) => {
      if (event.kind === 'operation') this.take(event.operation);
    });
  }

  /** One at a time: `follow` is to be called with what came of it before the next. */
  operate(action: OperatorAction, account: string): Promise<OperatorAnswer> {
    this.isAsking = true;
    return this.machine.operate(action, account);
  }

  /** Follows the operation of the answer, if it has one, from the state that the answer tells. */
  follow(operation: OperationView | undefined): void {
    const latest = operation === undefined ? undefined : this.early.get(operation.id);
    this.isAsking = false;
    this.early.clear();
    if (operation === undefined || isFinal(operation.state)) return;
    this.open.set(operation.id, operation);
    if (latest !== undefined && latest.state !== operation.state) this.take(latest);
  }

  /** Resolves when every followed operation is final, after `waitMs`, or when `signal` ends the wait. */
  ended(waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.open.size === 0 || waitMs <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', settle);
        this.settled = undefined;
        resolve();
      };
      const timer = setTimeout(settle, Math.min(waitMs, timerLongestMs));
      signal.addEventListener('abort', settle);
      this.settled = settle;
    });
  }

  /** Those that are not final. */
  unfinished(): readonly OperationView[] {
    return [...this.open.values()];
  }

  close(): void {
    this.unsubscribe();
  }

  private take(operation: OperationView): void {
    if (this.isAsking) this.early.set(operation.id, operation);
    if (!this.open.has(operation.id)) return;
    if (isFinal(operation.state)) this.open.delete(operation.id);
    else this.open.set(operation.id, operation);
    this.changed(operation);
    if (this.open.size === 0) this.settled?.();
  }
}
