/**
 * The log: JSON lines for machines, short lines for a person at a terminal. What devices say is data and is escaped; keys never
 * come here, and should one, it is not printed: names that keys go by are censored, and bytes of any kind are only counted.
 */

import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from '../api/configuration/configuration.ts';

export type Log = Pick<Logger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

const secretNames = ['key', 'psk', 'pskKey', 'secretKey', 'privateKey', 'masterKey', 'secret', 'password', 'ticket'];

const censored = '[not shown]';

/** A log of JSON lines, written at once: the last line before a death is the one that matters. */
export function jsonLog(level: LogLevel, to: DestinationStream = standardOutput()): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: withoutSecrets },
  };
  return pino(options, to);
}

/** A log for a terminal: one line each. */
export function terminalLog(level: LogLevel, write: (text: string) => unknown): Logger {
  return jsonLog(level, { write: (line) => void write(terminalLine(line)) });
}

function standardOutput(): DestinationStream {
  const destination = pino.destination({ fd: 1, sync: true });
  destination.on('error', () => {}); // A reader of the log that went away must not take the gateway along.
  return destination;
}

function withoutSecrets(fields: Record<string, unknown>): Record<string, unknown> {
  return shown(fields, 0) as Record<string, unknown>;
}

const depthMax = 6;

function shown(value: unknown, depth: number): unknown {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof Error) return { type: value.name, message: value.message, stack: value.stack };
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= depthMax) return '[more]';
  if (Array.isArray(value)) return value.map((item) => shown(item, depth + 1));
  const entries = Object.entries(value).map(([name, of]) => [name, isSecret(name) ? censored : shown(of, depth + 1)]);
  return Object.fromEntries(entries);
}

function isSecret(name: string): boolean {
  return secretNames.some((secret) => secret.toLowerCase() === name.toLowerCase());
}

function terminalLine(json: string): string {
  const line = JSON.parse(json) as {
    level: string;
    msg?: string;
    peer?: string;
    reason?: string;
    err?: { stack?: string };
  };
  const clock = new Date().toTimeString().slice(0, 8);
  const parts = [clock, line.level, line.peer, line.msg, line.reason === undefined ? undefined : `(${line.reason})`];
  const stack = line.err?.stack === undefined ? '' : `\n${line.err.stack}`;
  return `${escaped(parts.filter((part) => part !== undefined).join('  '))}${stack}\n`;
}

/** Control characters, the terminal's own language, as `\x1b`. */
function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
