/** What `--watch` has in common wherever it stands: to look again and again, also over a restart of the gateway, and to draw in place. */
import { type ExitCode, exitCodes } from '../api/exit-codes.ts';
import { isGone } from './cli-error.ts';
import type { Context } from './context.ts';
import { pause } from './pause.ts';

export interface Watched<T> {
  look(): Promise<T>;
  /** Whether there will be more to see; else Ctrl-C ends it. */
  show(seen: T): Promise<'more' | 'done'>;
  /** How long until the next look, after one that took so long. */
  restMs(tookMs: number): number;
}

/** That the gateway goes and comes back is said once each. Who cannot be reached at all is an error. */
export async function watch<T>(context: Context, { look, show, restMs }: Watched<T>): Promise<ExitCode> {
  let hasLooked = false;
  let isAway = false;
  for (;;) {
    const startedMs = context.io.now();
    try {
      const seen = await look();
      if (isAway) await context.say('-- gateway back --');
      isAway = false;
      hasLooked = true;
      if ((await show(seen)) === 'done') return exitCodes.done;
    } catch (error) {
      if (!hasLooked || !isGone(error)) throw error;
      if (!isAway) await context.say('-- gateway gone; reconnecting --');
      isAway = true;
    }
    await pause(restMs(context.io.now() - startedMs), context.io.interrupted);
  }
}

/** Writes lines over those that it wrote before; only on a terminal. */
export function redraws(context: Context): (lines: readonly string[]) => Promise<void> {
  let drawn = 0;
  return async (lines) => {
    const up = drawn === 0 ? '' : `\u001b[${drawn}A\u001b[J`;
    drawn = lines.length;
    await context.io.out.write(`${up}${lines.join('\n')}\n`);
  };
}
