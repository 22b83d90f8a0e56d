/** The flags that every command takes; they may stand anywhere. */
import type { ColorChoice } from './style.ts';

export interface Globals {
  readonly socket?: string;
  readonly json?: boolean;
  /** False with `--no-header`. */
  readonly header: boolean;
  readonly color: ColorChoice;
  readonly utc?: boolean;
}

export const globalDefaults: Globals = { header: true, color: 'auto' };
