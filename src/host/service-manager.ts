/**
 * What systemd is told, sd_notify(3): that the gateway serves, what it does, that it stops, and that it is alive. The watchdog is fed
 * only while the event loop turns, writes come back from the flash and the sockets are bound: what a restart may mend. Who reads
 * events, and whether the gateway can reach anybody, is none of its business.
 *
 * Node has no datagram sockets of the unix family, so the messages go by systemd-notify(1), of which the unit says
 * `NotifyAccess=all`; a few a minute.
 */
import { execFile } from 'node:child_process';
import type { Log } from './log.ts';

type Environment = Record<string, string | undefined>;

/** Sends one message, `READY=1`, or several; calls back when it has gone, or with what went wrong. */
export type Notify = (message: readonly string[], done: (error: Error | null) => void) => void;

export interface ServiceManagerOptions {
  readonly log: Log;
  readonly environment?: Environment;
  readonly pid?: number;
  readonly notify?: Notify;
}

/** The watchdog is fed that many times before it would bite. */
const feedsPerBite = 3;

export class ServiceManager {
  private readonly log: Log;
  private readonly notify: Notify | undefined;
  /** Undefined: nobody watches. */
  private readonly feedEveryMs: number | undefined;
  private feeding: NodeJS.Timeout | undefined;
  private hasFailed = false;
  private isStarving = false;

  /** Takes the variables of sd_notify(3) out of `environment`, so that no child believes they are for it. */
  constructor({ log, environment = process.env, pid = process.pid, notify }: ServiceManagerOptions) {
    const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: microseconds, WATCHDOG_PID: watched } = environment;
    delete environment['NOTIFY_SOCKET'];
    delete environment['WATCHDOG_USEC'];
    delete environment['WATCHDOG_PID'];
    this.log = log;
    if (socket === undefined) return;
    this.notify = notify ?? byProgram({ ...environment, NOTIFY_SOCKET: socket });
    const isForUs = watched === undefined || Number(watched) === pid;
    const biteMs = Number(microseconds) / 1_000;
    if (isForUs && biteMs > 0) this.feedEveryMs = biteMs / feedsPerBite;
  }

  /** The gateway serves. `whatIsWrong` says why the watchdog is not to be fed; undefined while all is well. */
  ready(status: string, whatIsWrong: () => string | undefined): void {
    this.tell(['READY=1', `STATUS=${status}`]);
    if (this.feedEveryMs === undefined) return;
    this.feeding = setInterval(() => this.feed(whatIsWrong()), this.feedEveryMs);
    this.feeding.unref();
  }

  /** The gateway stores what there is to store, and ends. */
  stopping(): void {
    clearInterval(this.feeding);
    this.tell(['STOPPING=1', 'STATUS=Stores what there is to store, then stops.']);
  }

  private feed(wrong: string | undefined): void {
    if (wrong === undefined) this.tell(['WATCHDOG=1']);
    else if (!this.isStarving)
      this.log.error({ reason: wrong }, 'the watchdog is not fed: systemd will restart the gateway');
    this.isStarving = wrong !== undefined;
  }

  private tell(message: readonly string[]): void {
    this.notify?.(message, (error) => {
      if (error !== null && !this.hasFailed) this.log.error({ err: error }, 'systemd could not be told');
      this.hasFailed = error !== null;
    });
  }
}

function byProgram(environment: Environment): Notify {
  return (message, done) => {
    execFile('systemd-notify', [...message], { env: environment, timeout: 10_000 }, (error) => done(error));
  };
}
