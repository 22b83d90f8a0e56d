/**
 * The log: JSON lines for machines, short lines for a person at a terminal. What devices say is data and is escaped; keys never
 * come here, and should one, it is not printed: names that keys go by are censored, and bytes of any kind are only counted.
 */

import { fstatSync } from 'node:fs';
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

/** Where the standard output goes to journald (systemd.exec(5), JOURNAL_STREAM) each line begins with its priority. */
function standardOutput(): DestinationStream {
  const destination = pino.destination({ fd: 1, sync: true });
  destination.on('error', () => {}); // A reader of the log that went away must not take the gateway along.
  return isJournal(process.env['JOURNAL_STREAM'], fstatSync(1)) ? withPriorities(destination) : destination;
}

/** `journalStream`: device and inode of what systemd opened. */
export function isJournal(journalStream: string | undefined, { dev, ino }: { dev: number; ino: number }): boolean {
  return journalStream === `${dev}:${ino}`;
}

/** As journald takes them off again (sd-daemon(3)): `<3>{"level":"error",…}`. */
export function withPriorities(to: DestinationStream): DestinationStream {
  return {
    // With this pino leaves the level of each line beside it.
    [pinoMetadata]: true,
    lastLevel: 0,
    write(this: { lastLevel: number }, line: string) {
      to.write(`<${priorityOf(this.lastLevel)}>${line}`);
    },
  } as DestinationStream;
}

const pinoMetadata = Symbol.for('pino.metadata');

/** From which of pino's levels on which priority of syslog(3): fatal, error, warn, info. */
const priorities = [
  [60, 2],
  [50, 3],
  [40, 4],
  [30, 6],
] as const;

function priorityOf(level: number): number {
  const [, priority = 7] = priorities.find(([from]) => level >= from) ?? [];
  return priority;
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
