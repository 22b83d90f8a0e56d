/**
 * One life of the gateway's process:
 *
 *   state directory ─► sockets bound, not read ─► master key ─► store, generation ─► machine restored ─► serving ─► stop
 *
 * The sockets come early, so that datagrams which arrive during the start wait instead of being refused; the machine's parts are
 * handed in, so that this order can be tested without them.
 */
import { existsSync } from 'node:fs';
import type { Configuration } from '../api/configuration/configuration.ts';
import type { Entropy } from '../base/entropy.ts';
import type { StoredRecord } from '../commit/commit.ts';
import { CommitScheduler } from '../commit/commit-scheduler.ts';
import type { Gateway, ListenerName, Outcome, StoreState } from '../gateway/contract.ts';
import type { HandNote } from '../gateway/crash-loop.ts';
import type { GatewayConfiguration } from '../gateway/gateway-options.ts';
import { PeerRecords } from '../gateway/peer-records.ts';
import type { Aead } from '../records/sealed-record.ts';
import { beganMs } from './beginning.ts';
import { boardName } from './board-name.ts';
import { loadCertificates } from './certificate-files.ts';
import { type Clock, SystemClock } from './clock.ts';
import type { LoadedConfiguration } from './configuration.ts';
import type { CrashLoopBreaker } from './crash-loop-breaker.ts';
import { takeCrashMark } from './crash-mark.ts';
import { logEvent } from './event-log-lines.ts';
import { masterAead, pooledEntropy } from './host-crypto.ts';
import { takeInheritedSockets } from './inherited-sockets.ts';
import { openListeners } from './listeners.ts';
import type { Log } from './log.ts';
import { forgetMasterKey, loadMasterKey } from './master-key.ts';
import { reportRepair } from './repair-report.ts';
import type { RestorationGuard } from './restoration.ts';
import { Runtime, type RuntimeOptions } from './runtime.ts';
import { StartError } from './start-error.ts';
import { prepareStateDirectory } from './state-directory.ts';
import { LevelStore, type LevelStoreOptions } from './store/level-store.ts';
import { storePaths } from './store/opening.ts';
import { type Store, type StoreHealth, StoreOpenError } from './store/store.ts';
import { startStore } from './store-start.ts';
import type { UdpTransport } from './udp-transport.ts';
import { WearKeeper, type WearKeeperOptions } from './wear/wear-keeper.ts';

export interface MachineParts {
  readonly configuration: GatewayConfiguration;
  readonly entropy: Entropy;
  readonly aead: Aead;
  readonly nowInHand: HandNote;
}

export type MakeStore = (options: LevelStoreOptions) => Store;

export interface StartOptions {
  readonly loaded: LoadedConfiguration;
  readonly log: Log;
  readonly fatal: (error: unknown) => never;
  readonly breaker: CrashLoopBreaker;
  /** Told when devices begin to be served, while the start may read on. */
  readonly serves?: () => void;
  readonly createMachine: (parts: MachineParts) => Gateway | Promise<Gateway>;
  /** Undefined: LevelDB and a journal. */
  readonly makeStore?: MakeStore;
}

export type LastStop = 'clean' | 'unclean' | 'crash' | 'first';

export interface RunningGateway {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly wear: WearKeeper;
  readonly transports: readonly UdpTransport[];
  readonly generation: number;
  readonly lastStop: LastStop;
  readonly storeHealth: () => StoreHealth;
  /** What the store found and repaired, one sentence each; grows when it is reopened, to a limit. */
  readonly notes: readonly string[];
  /** From the start of the process, or the end of the set-up in it, to the first datagram read, in milliseconds. */
  readonly startToServingMs: number;
}

/** Resolves once everything is read; devices are served before that. Rejects with a StartError when that cannot be. */
export async function startGateway(options: StartOptions): Promise<RunningGateway> {
  const { loaded, log, breaker, createMachine } = options;
  const { configuration } = loaded;
  const certificates = loadCertificates(configuration.certificates);
  prepareStateDirectory(configuration.stateDirectory);
  const transports = await openListeners(configuration.listeners, takeInheritedSockets());
  const clock = new SystemClock(configuration.batteryClock);
  const entropy = pooledEntropy();
  const masterKey = loadMasterKey({
    stateDirectory: configuration.stateDirectory,
    credentialsDirectory: process.env['CREDENTIALS_DIRECTORY'],
    initialised: existsSync(storePaths(configuration.stateDirectory).marker),
  });
  const aead = masterAead(masterKey, entropy);
  masterKey.fill(0);
  const crashed = takeCrashMark(configuration.stateDirectory);
  const { nowInHand } = breaker;
  const machine = { configuration: { ...machineConfiguration(configuration), certificates }, entropy, aead, nowInHand };
  const createGateway = () => createMachine(machine);
  const guard = () => guardOf(breaker, aead);
  const notes: string[] = [];
  const report = (note: string) => reportRepair(log, notes, note);
  const storeOptions = { directory: configuration.stateDirectory, board: boardName(), report };
  const makeStore = () => options.makeStore?.(storeOptions) ?? new LevelStore(storeOptions);
  const scheduler = schedulerFor(configuration);
  let startToServingMs = 0;
  const servingWith = ({ gateway, store }: { readonly gateway: Gateway; readonly store: Store }) => {
    const runtime = makeRuntime(options, { gateway, store, scheduler, clock, transports });
    const begin = (first: Outcome): void => {
      options.serves?.();
      runtime.start(first);
      breaker.serving();
      startToServingMs = Math.round(performance.now() - beganMs());
    };
    const restore = (chunk: readonly StoredRecord[]) => runtime.restore(chunk);
    return { runtime, begin, restore, readOn: (isAll: boolean) => runtime.readOn(isAll) };
  };
  const started = await asStartError(configuration.stateDirectory, () =>
    startStore({ makeStore, createGateway, clock, log, guard, servingWith }),
  );
  const { store, opened } = started;
  notes.unshift(...opened.notes, ...started.notes);
  const wear = wearKeeper(configuration, { source: store, scheduler, clock });
  wear.start();
  return {
    runtime: started.serving.runtime,
    clock,
    wear,
    transports,
    generation: opened.generation,
    storeHealth: () => store.health(),
    notes,
    lastStop: opened.lastStop === 'unclean' && crashed ? 'crash' : opened.lastStop,
    startToServingMs,
  };
}

function makeRuntime(
  { log, fatal, breaker }: StartOptions,
  parts: Pick<RuntimeOptions, 'gateway' | 'store' | 'scheduler' | 'clock' | 'transports'>,
): Runtime {
  const runtime = new Runtime({
    ...parts,
    fatal,
    stepEnded: () => breaker.nothingInHand(),
    storeReport: (state, cause) => reportStore(log, state, cause),
    storeTrouble: (err) => log.error({ err }, 'the database refuses writes; the journal goes on, and it is reopened'),
  });
  runtime.subscribe((event) => logEvent(log, event));
  return runtime;
}

function guardOf(breaker: CrashLoopBreaker, aead: Aead): RestorationGuard {
  return {
    culprit: breaker.open(),
    nothingInHand: () => breaker.nothingInHand(),
    recordsOf: (peer) => new PeerRecords(peer, aead),
  };
}

async function asStartError<T>(stateDirectory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StartError && error.exit === 35) forgetMasterKey(stateDirectory);
    if (!(error instanceof StoreOpenError)) throw error;
    throw new StartError(error.exitCode, error.message, ...(error.advice === undefined ? [] : [error.advice]));
  }
}

function schedulerFor({ storeSpacingMs: spacingMs, storeSoonWindowMs: soonWindowMs }: Configuration): CommitScheduler {
  return new CommitScheduler({ spacingMs, soonWindowMs });
}

function wearKeeper(
  { wearBudget: budget, storeSpacingMs: spacingMs, stateDirectory }: Configuration,
  { clock, ...parts }: Pick<WearKeeperOptions, 'source' | 'scheduler'> & { clock: Clock },
): WearKeeper {
  return new WearKeeper({ ...parts, budget, spacingMs, stateDirectory, now: () => clock.now().monotonic });
}

function machineConfiguration({
  listeners,
  awakeWindowMs,
  storeSoonWindowMs,
  peerBytesPerDay,
  limits,
}: Configuration): GatewayConfiguration {
  return {
    listeners: listeners
      .filter((listener) => listener.enabled)
      .map(({ name, security, recoveryDevicesPerSecond: rate }) => ({
        name: name as ListenerName,
        security,
        ...(rate === undefined ? {} : { recoveryDevicesPerSecond: rate }),
      })),
    awakeMs: awakeWindowMs,
    soonWindowMs: storeSoonWindowMs,
    peerBytesPerDay,
    limits,
  };
}

function reportStore(log: Log, state: StoreState, cause: unknown): void {
  if (state === 'ok') log.info('the store is whole again');
  else
    log.error(
      { reason: state, err: cause },
      'the store refused a write; it is reopened before anything else is written',
    );
}
