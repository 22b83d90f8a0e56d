/** The gateway's program around its life: arguments, output, signals, exit codes. */
import { setImmediate as turn } from 'node:timers/promises';
import { type Address, hostAndPort } from '../base/address.ts';
import type { Gateway } from '../gateway/contract.ts';
import type { ObjectModel } from '../gateway/texts.ts';
import { parseArguments, usage } from './arguments.ts';
import { type LoadedConfiguration, loadConfiguration } from './configuration.ts';
import { CrashLoopBreaker } from './crash-loop-breaker.ts';
import { leaveCrashMark } from './crash-mark.ts';
import { type MachineParts, type MakeStore, type RunningGateway, startGateway } from './gateway-process.ts';
import { hostInformation } from './host-information.ts';
import type { Machine } from './http/machine.ts';
import { RuntimeMachine } from './http-machine.ts';
import { findInstallation, type Installation } from './installation.ts';
import { type Output, openOutput, writeAll } from './output.ts';
import { readyLine, readyScreen, readyStatus } from './ready.ts';
import { ServiceManager } from './service-manager.ts';
import { StartError, startErrorText } from './start-error.ts';

/** What is under way for operators; `close` ends it. */
export interface OperatorService {
  close(): Promise<void>;
}

export interface OperatorSocket {
  readonly path: string;
  /** Whose members may use it beside the gateway's own account. */
  readonly group?: string;
}

export interface OperatorServiceOptions {
  readonly machine: Machine;
  readonly socket: OperatorSocket;
  /** For those who may only look. */
  readonly readSocket: OperatorSocket | undefined;
  /** Undefined: the unix socket only. */
  readonly tcp: { readonly host: string; readonly port: number } | undefined;
  readonly report: (fault: unknown) => void;
}

/** What the program is made of besides the host itself. */
export interface ProgramParts {
  readonly model: ObjectModel;
  /** `mbedTLS 3.6.6`. */
  readonly engineName: string | null;
  /** Called as the store begins to open: it may load what it needs meanwhile. */
  createMachine(parts: MachineParts): Gateway | Promise<Gateway>;
  /** Undefined: LevelDB and a journal in the state directory. */
  readonly makeStore?: MakeStore;
  serveOperators(options: OperatorServiceOptions): Promise<OperatorService>;
}

const exitUnexpected = 1;
const exitInterrupted = 130;

/** Runs the gateway until a signal ends it; ends the process. */
export async function runGateway(parts: ProgramParts, words: readonly string[]): Promise<void> {
  const installation = findInstallation();
  try {
    const given = parseArguments(words);
    if (given.help || given.version) {
      process.stdout.write(given.help ? usage : `holdfast ${installation.version}\n`);
      return;
    }
    const loaded = loadConfiguration(given, installation);
    const output = openOutput(given.log, process.stdout.isTTY === true, loaded);
    await serve(parts, loaded, installation, output);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    writeAll(2, `${startErrorText(error, installation.inClone)}\n`);
    process.exit(error.exit);
  }
}

async function serve(
  parts: ProgramParts,
  loaded: LoadedConfiguration,
  installation: Installation,
  output: Output,
): Promise<void> {
  const { log } = output;
  const serviceManager = new ServiceManager({ log });
  const breaker = new CrashLoopBreaker({ stateDirectory: loaded.configuration.stateDirectory });
  const fatal = fatalHandler(loaded, output, breaker);
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);
  const createMachine = (made: MachineParts) => parts.createMachine(made);
  const { makeStore } = parts;
  const wish = new StopWish();
  const common = { loaded, log, fatal, breaker, createMachine, serves: () => wish.listen() };
  const options = { ...common, ...(makeStore === undefined ? {} : { makeStore }) };
  const gateway = await started(startGateway(options), breaker);
  const information = hostInformation(gateway, loaded, installation, parts.engineName);
  const operators = await parts.serveOperators({
    machine: new RuntimeMachine(gateway.runtime, parts.model, information),
    ...operatorSockets(loaded),
    tcp: tcpOf(loaded.configuration.httpAddress),
    report: (fault) => log.error({ err: fault }, 'a request of an operator met a fault'),
  });
  const stop = stopping(gateway, operators, breaker, output, () => serviceManager.stopping());
  wish.carryOut((signal) => void stop(signal));
  serviceManager.ready(readyStatus(gateway), () => gateway.runtime.whatIsStuck());
  if (output.kind === 'text') output.print(readyScreen(gateway, loaded, installation));
  else output.print(readyLine(gateway, loaded, installation));
}

function operatorSockets({
  socketPath: path,
  sharedSockets: shared,
}: LoadedConfiguration): Pick<OperatorServiceOptions, 'socket' | 'readSocket'> {
  if (shared === undefined) return { socket: { path }, readSocket: undefined };
  return { socket: { path, group: shared.group }, readSocket: { path: shared.readPath, group: shared.readGroup } };
}

/**
 * The signals that stop the gateway. From the first device served on a stop has to be a clean one, so a signal that comes while the
 * start still reads waits for its end; before that the process may simply go.
 */
class StopWish {
  private wanted: NodeJS.Signals | undefined;
  private stop = (signal: NodeJS.Signals): void => {
    if (this.wanted !== undefined) process.exit(exitInterrupted);
    this.wanted = signal;
  };

  listen(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.stop(signal));
  }

  /** From now on; also what was wished before. */
  carryOut(stop: (signal: NodeJS.Signals) => void): void {
    this.stop = stop;
    if (this.wanted !== undefined) stop(this.wanted);
  }
}

/** A start that is refused, with a sentence, is no death. */
async function started(starting: Promise<RunningGateway>, breaker: CrashLoopBreaker): Promise<RunningGateway> {
  try {
    return await starting;
  } catch (error) {
    if (error instanceof StartError) breaker.close();
    throw error;
  }
}

/** The configuration has checked that it is a loopback address with a port. */
function tcpOf(httpAddress: string | undefined): OperatorServiceOptions['tcp'] {
  return httpAddress === undefined ? undefined : hostAndPort(httpAddress as Address);
}

/** Logs the stack, leaves a mark for the next start, ends the process. */
function fatalHandler(
  { configuration }: LoadedConfiguration,
  { log }: Output,
  breaker: CrashLoopBreaker,
): (error: unknown) => never {
  return (error) => {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    try {
      log.fatal({ err: error }, 'the gateway ends: what cannot be, is');
    } finally {
      breaker.leave();
      leaveCrashMark(configuration.stateDirectory, stack);
      process.exit(exitUnexpected);
    }
  };
}

function stopping(
  gateway: RunningGateway,
  operators: OperatorService,
  breaker: CrashLoopBreaker,
  { kind, log, print }: Output,
  announce: () => void,
): (signal: NodeJS.Signals) => Promise<void> {
  let isStopping = false;
  return async (signal) => {
    if (isStopping) process.exit(exitInterrupted);
    isStopping = true;
    log.info({ reason: signal }, 'stopping');
    announce();
    const clean = await gateway.runtime.stop();
    breaker.close();
    await turn(); // Answers that the stop released reach their operators first.
    await operators.close();
    log.info({ clean }, 'stopped');
    if (kind === 'text')
      print(clean ? 'Stopped; everything is stored.\n' : 'Stopped; the last changes are not stored.\n');
    process.exit(clean ? 0 : exitUnexpected);
  };
}
