/** A command as data: what it takes, how its help opens, and how its verb is loaded when it is called. */
import type { ExitCode } from '../api/exit-codes.ts';
import type { Context } from './context.ts';

/** What people typed behind the command: single arguments, or a list where the last one may repeat. */
export type Arguments = readonly (string | readonly string[] | undefined)[];
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

export interface Command {
  /** `device add`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** What its group does when no command of it is named: `operations` is `operations list`. */
  readonly isDefault?: boolean;
  /** In commander's notation: `<endpoint> [paths...]`. */
  readonly arguments: string;
  readonly summary: string;
  readonly examples: readonly string[];
  readonly options: readonly (readonly [flags: string, description: string])[];
  /** Takes part of what `--help` shows away: options that exist to be explained. */
  readonly hidden?: readonly (readonly [flags: string, description: string])[];
  /** It changes something, or a device is asked: not for who may only look. */
  readonly needsAdmin: boolean;
  readonly run: (context: Context, given: Arguments, flags: Flags) => Promise<ExitCode>;
}

export function one(given: Arguments, index: number): string {
  const value = given[index];
  return typeof value === 'string' ? value : '';
}

export function optional(given: Arguments, index: number): string | undefined {
  const value = given[index];
  return typeof value === 'string' ? value : undefined;
}

export function many(given: Arguments, index: number): readonly string[] {
  const value = given[index];
  return Array.isArray(value) ? value : [];
}
