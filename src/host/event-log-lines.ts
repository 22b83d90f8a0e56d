/** Which line of the log an event becomes. Values that devices report are not logged: the event log keeps them. */
import type { LogLevel } from '../api/configuration/configuration.ts';
import type { GatewayEvent } from '../gateway/events.ts';
import type { Log } from './log.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | undefined>>;
}

/** Writes the event's line, if it has one. */
export function logEvent(log: Log, event: GatewayEvent): void {
  const line = lineOf(event);
  if (line !== undefined) log[line.level](line.fields, line.message);
}

/** The line of an event; undefined for what operators see anyway. */
export function lineOf(event: GatewayEvent): LogLine | undefined {
  switch (event.kind) {
    case 'answer':
      return undefined;
    case 'log':
      return { level: event.level, message: event.message, fields: { peer: event.peer, reason: event.reason } };
    case 'alarm':
      return { level: 'error', message: event.text, fields: { reason: event.code, next: event.next } };
    case 'refused': {
      const { from, listener, text } = event;
      return { level: 'warn', message: 'refused', fields: { peer: from, listener, reason: text } };
    }
    case 'change':
      return { level: 'info', message: event.text, fields: { peer: event.endpoint, account: event.account } };
    case 'operation': {
      const { endpoint, id, verb, state, code, failure } = event.operation;
      return {
        level: 'debug',
        message: `${verb} ${state}`,
        fields: { peer: endpoint, operation: id, code, reason: failure },
      };
    }
    default:
      return lineOfDevice(event);
  }
}

type DeviceEvent = Exclude<GatewayEvent, { kind: 'answer' | 'log' | 'alarm' | 'refused' | 'change' | 'operation' }>;

function lineOfDevice(event: DeviceEvent): LogLine {
  switch (event.kind) {
    case 'registered':
      return info('registered', {
        peer: event.endpoint,
        lifetimeSeconds: event.lifetimeSeconds,
        objects: event.objects,
      });
    case 'deregistered':
      return info('registration ended', { peer: event.endpoint, reason: event.reason });
    case 'logged':
      return debug(event.event.kind, { peer: event.event.endpoint, id: event.event.id });
    case 'notification':
      return debug(event.kind, { peer: event.event.endpoint });
    case 'awake':
      return debug(event.kind, { peer: event.endpoint, forMs: event.forMs });
    case 'recovery': {
      const { total, heard, asleep, unreachable, running } = event.recovery;
      return info(running ? 'recovery' : 'recovery is over', { devices: total, heard, asleep, unreachable });
    }
    case 'recovered':
      return debug(event.kind, { peer: event.endpoint, reason: event.rung });
    case 'handshake':
      return debug(event.kind, { peer: event.endpoint, rung: event.rung, reason: event.result });
    case 'updated':
    case 'unreachable':
    case 'sleeping':
      return debug(event.kind, { peer: event.endpoint });
  }
}

function info(message: string, fields: LogLine['fields']): LogLine {
  return { level: 'info', message, fields };
}

function debug(message: string, fields: LogLine['fields']): LogLine {
  return { level: 'debug', message, fields };
}
