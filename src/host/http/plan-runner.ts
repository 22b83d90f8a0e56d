/** Carries a plan of management out over one HTTP response: asks the gateway, waits, streams. */
import type { ServerResponse } from 'node:http';
import { errorDetails } from '../../api/error-codes.ts';
import { mayOnlyLook } from '../../api/error-texts.ts';
import { isFinal } from '../../api/state-words.ts';
import { contentTypes } from '../../api/version.ts';
import { limits } from '../../base/limits.ts';
import type { GatewayEvent } from '../../gateway/events.ts';
import type { OperationView } from '../../gateway/views.ts';
import type { EventStream, ManagementResponse, Operate, Operations, Plan, Wait } from '../../management/plan.ts';
import { errorResponse } from '../../management/response.ts';
import { EventFeed } from './event-feed.ts';
import { streamList } from './list-stream.ts';
import type { Machine } from './machine.ts';
import { OperationFollower } from './operation-follower.ts';
import { Turns } from './turns.ts';

export interface Exchange {
  readonly response: ServerResponse;
  /** In whose name changes are made. */
  readonly account: string;
  /** False for who may only look at what the gateway knows. */
  readonly mayChange: boolean;
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal;
}

export class PlanRunner {
  private readonly machine: Machine;
  private readonly heartbeatMs: number;
  private readonly turns = new Turns();
  private eventStreams = 0;

  /** `report` is told of faults of ours that happen while the gateway tells of an event: they must not reach its step. */
  constructor(machine: Machine, report: (fault: unknown) => void, heartbeatMs: number) {
    this.machine = guarded(machine, report);
    this.heartbeatMs = heartbeatMs;
  }

  /** Resolves when the response has ended or its reader has gone. */
  async run(plan: Plan, exchange: Exchange): Promise<void> {
    if (!exchange.mayChange && (plan.kind === 'operate' || plan.kind === 'operations')) {
      return sendResponse(errorResponse(mayOnlyLook()), exchange.response);
    }
    switch (plan.kind) {
      case 'respond':
        return sendResponse(plan.response, exchange.response);
      case 'steps':
        return this.runSteps(plan.step, exchange);
      case 'operate':
        return this.runOperate(plan, exchange);
      case 'operations':
        return this.runOperations(plan, exchange);
      case 'list':
        return streamList(plan, exchange.response, this.turns);
      case 'events':
        return this.runEvents(plan, exchange);
    }
  }

  private async runSteps(step: () => Plan | undefined, exchange: Exchange): Promise<void> {
    while (!exchange.signal.aborted) {
      await this.turns.next();
      const plan = step();
      if (plan !== undefined) return this.run(plan, exchange);
    }
  }

  private async runOperate(plan: Operate, exchange: Exchange): Promise<void> {
    let latest: OperationView | undefined;
    const follower = new OperationFollower(this.machine, (operation) => {
      latest = operation;
    });
    try {
      const next = plan.next(await follower.operate(plan.action, exchange.account));
      if (next.kind !== 'wait') return sendResponse(next.response, exchange.response);
      follower.follow(next.operation);
      await this.waitFor(next, follower, exchange);
      if (!exchange.signal.aborted) sendResponse(responseOf(next, latest ?? next.operation), exchange.response);
    } finally {
      follower.close();
    }
  }

  /** Nothing is written while it waits, so an idle connection has to be allowed for as long. */
  private async waitFor(plan: Wait, follower: OperationFollower, { response, signal }: Exchange): Promise<void> {
    response.setTimeout(plan.waitMs + limits.httpIdleMs);
    await follower.ended(plan.waitMs, signal);
    response.setTimeout(limits.httpIdleMs);
  }

  private async runOperations(plan: Operations, exchange: Exchange): Promise<void> {
    const { response, signal } = exchange;
    const write = (text: string): void => {
      if (!response.destroyed) response.write(text);
    };
    const follower = new OperationFollower(this.machine, (operation) => write(plan.line(operation)));
    const heartbeat = setInterval(() => write('\n'), this.heartbeatMs);
    try {
      response.writeHead(200, { 'content-type': contentTypes.jsonLines });
      for (const attempt of plan.attempts) {
        if (signal.aborted) return;
        if (attempt.kind === 'known') {
          write(attempt.line);
          continue;
        }
        const { lines, operation } = attempt.answered(await follower.operate(attempt.action, exchange.account));
        for (const line of lines) write(line);
        follower.follow(operation);
      }
      await follower.ended(plan.waitMs, signal);
      for (const operation of follower.unfinished()) write(plan.late(operation) ?? '');
      if (!response.destroyed) response.end();
    } finally {
      clearInterval(heartbeat);
      follower.close();
    }
  }

  private async runEvents(plan: EventStream, exchange: Exchange): Promise<void> {
    const { response } = exchange;
    if (this.eventStreams >= limits.eventStreamsMax) {
      const message = `${limits.eventStreamsMax} event streams are open already: no more are served.`;
      return sendResponse(errorResponse(errorDetails('LIMIT_REACHED', message)), response);
    }
    this.eventStreams++;
    try {
      await new EventFeed(plan, response, this.machine, this.turns).run(this.heartbeatMs);
    } finally {
      this.eventStreams--;
    }
  }
}

function responseOf(plan: Wait, operation: OperationView): ManagementResponse {
  return isFinal(operation.state) ? plan.final(operation) : plan.late(operation);
}

/** A listener of ours that throws is ended, not the gateway whose step it was called in. */
function guarded(machine: Machine, report: (fault: unknown) => void): Machine {
  const subscribe = (listener: (event: GatewayEvent) => void): (() => void) => {
    const unsubscribe = machine.subscribe((event) => {
      try {
        listener(event);
      } catch (fault) {
        unsubscribe();
        report(fault);
      }
    });
    return unsubscribe;
  };
  return {
    model: machine.model,
    inspect: (query) => machine.inspect(query),
    operate: (action, account) => machine.operate(action, account),
    information: () => machine.information(),
    subscribe,
  };
}

/** Sends a whole answer. */
export function sendResponse({ status, contentType, body, allow }: ManagementResponse, response: ServerResponse): void {
  if (response.destroyed || response.headersSent) return;
  const bytes = Buffer.from(body, 'utf8');
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': bytes.length,
    ...(allow === undefined ? {} : { allow }),
  });
  response.end(bytes);
}
