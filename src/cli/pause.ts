/** Waiting that Ctrl-C ends. */
import { Interrupted } from './cli-error.ts';

/** Resolves after a time; throws `Interrupted` as soon as the signal is there. */
export function pause(milliseconds: number, interrupted: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, milliseconds);
    const stop = () => {
      clearTimeout(timer);
      reject(new Interrupted());
    };
    function done(): void {
      interrupted.removeEventListener('abort', stop);
      resolve();
    }
    if (interrupted.aborted) stop();
    else interrupted.addEventListener('abort', stop, { once: true });
  });
}
