/**
 * The real gateway as a child process under the recorder, one life after another over one state directory and into one
 * recording. It serves one plain listener, so that the message IDs of what it sends can be read.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../host/gateway-child.ts';
import { recordedEnvironment } from './recorder-library.ts';
import { markRecord } from './recording-log.ts';

/** What the recorder does to the process: nothing; a full disk; syncs that fail; a kill at its next operation. */
type Fault = '-' | 'f' | 'i' | 'k';

const startPatienceMs = 30_000;

export interface RecordedGatewayOptions {
  /** For the state, the recording, the log. */
  readonly directory: string;
  readonly library: string;
  /** The folder of the build that is run. */
  readonly build: string;
  /** The configuration; `PORT` in it becomes the gateway's port. */
  readonly configuration: string;
}

export class RecordedGateway {
  readonly recording: string;
  readonly socketPath: string;
  readonly port: number;
  private readonly options: RecordedGatewayOptions;
  private readonly state: string;
  private readonly control: string;
  private readonly logFile: string;
  private lives = 0;
  private child: ChildProcess | undefined;

  static async prepare(options: RecordedGatewayOptions): Promise<RecordedGateway> {
    return new RecordedGateway(options, await freePort());
  }

  private constructor(options: RecordedGatewayOptions, port: number) {
    const { directory, configuration } = options;
    this.options = options;
    this.port = port;
    this.recording = join(directory, 'recording');
    this.socketPath = join(directory, 'admin.sock');
    this.state = join(directory, 'state');
    this.control = join(directory, 'control');
    this.logFile = join(directory, 'gateway.log');
    mkdirSync(this.state, { mode: 0o700 });
    writeFileSync(join(directory, 'holdfast.toml'), configuration.replace('PORT', String(port)));
    this.set('-');
  }

  /** Starts the next life. Resolves when it serves. */
  async start(): Promise<void> {
    const { directory, library, build } = this.options;
    const number = this.lives++;
    const log = openSync(this.logFile, 'a', 0o600);
    const words = ['--state', this.state, '--socket', this.socketPath, '--config', join(directory, 'holdfast.toml')];
    const program = join(build, 'src', 'host', 'main.js');
    const { control, recording, state: root } = this;
    const recorded = recordedEnvironment({ library, root, log: recording, process: number, control });
    const child = spawn(process.execPath, [program, ...words, '--log', 'json'], {
      stdio: ['ignore', 'pipe', log],
      env: { ...process.env, ...recorded },
    });
    child.stdout?.on('data', (text: Buffer) => writeSync(log, text));
    const kill = (): boolean => child.kill('SIGKILL'); // It does not outlive an interrupted run.
    process.prependOnceListener('exit', kill);
    child.once('exit', () => {
      process.off('exit', kill);
      closeSync(log);
    });
    this.child = child;
    const generation = await ready(child, this.logFile);
    this.mark({ life: number, generation });
  }

  /** Notes something between two records. */
  mark(note: object): void {
    appendFileSync(this.recording, markRecord(JSON.stringify(note)));
  }

  set(fault: Fault): void {
    writeFileSync(this.control, fault);
  }

  /** It dies between two operations: what it did and what was recorded is the same. */
  async kill(): Promise<void> {
    const gone = this.gone();
    this.set('k');
    await gone;
    this.set('-');
  }

  /** Whether its log has this text by now. */
  hasLogged(text: string): boolean {
    return readFileSync(this.logFile, 'utf8').includes(text);
  }

  async stop(): Promise<void> {
    const gone = this.gone();
    this.child?.kill('SIGTERM');
    await gone;
  }

  /** Ends what still runs, however things went. */
  async close(): Promise<void> {
    const gone = this.gone();
    this.child?.kill('SIGKILL');
    await gone;
  }

  private async gone(): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await once(child, 'exit');
  }
}

/** The generation that it got. */
function ready(child: ChildProcess, logFile: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    const failed = (why: string): void =>
      reject(new Error(`the gateway ${why}: ${readFileSync(logFile, 'utf8').slice(-1_000)}`));
    const timer = setTimeout(() => failed('did not start in time'), startPatienceMs);
    child.once('exit', () => {
      clearTimeout(timer);
      failed('ended before it served');
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const line = text.split('\n').find((each) => each.startsWith('{"ready":true') && each.endsWith('}'));
      if (line === undefined) return;
      clearTimeout(timer);
      resolve((JSON.parse(line) as { generation: number }).generation);
    });
  });
}
