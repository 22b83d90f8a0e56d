/**
 * The demo: one gateway on ports that this process holds, many devices in a second process, five kills.
 *
 *   hold ports ─► gateway ─► devices added, connected, observed ─► 5 x (kill ─► start ─► all notify, all read) ─► sums
 *
 * The event log is read by cursor all the while. What a device saw acknowledged and the log never told is lost.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Figures, figuresOf, firstOffender, inFlightMin, isWhole, notProved, type Round } from './accounting.ts';
import { DemoFailure } from './demo-failure.ts';
import { counterPath, temperaturePath } from './device-objects.ts';
import { EventReader } from './event-reader.ts';
import { FleetClient } from './fleet-client.ts';
import { type DeviceTotals, type FleetDevice, type FleetProgress, monotonicMs } from './fleet-messages.ts';
import { HeldGateway, type Started } from './held-gateway.ts';
import type { PowerCut } from './power-cut.ts';
import { seededRandom } from './random.ts';
import { Rest } from './rest.ts';
import type { Screen } from './screen.ts';
import { devicesLine, ending, gatewayLine, headline, killsLine, row, rowUnderWay, tableHead } from './story.ts';

export interface DemoOptions {
  readonly devices: number;
  readonly seed: number;
  /** An empty directory for state, socket and logs. */
  readonly directory: string;
  readonly screen: Screen;
  /** The disk loses what it may lose, each time the gateway is killed. */
  readonly powerCut?: PowerCut | undefined;
}

export interface Verdict {
  readonly figures: Figures;
  readonly ok: boolean;
}

const kills = 5;
const devicesPerPort = 250;
const roundPatienceMs = 60_000;
const temperature = '21.5';
/** Devices share one disk and one core: many report less often each, so that the event log holds the whole run. */
const paceOf = (devices: number): number => Math.min(3_000, Math.max(400, 3 * devices));

export class Demo {
  private readonly options: DemoOptions;
  private readonly begunAtMs = monotonicMs();
  private readonly random: () => number;
  private gateway: HeldGateway | undefined;
  private fleet: FleetClient | undefined;
  private reader: EventReader | undefined;
  private rest: Rest | undefined;
  private fail: (error: Error) => void = () => {};
  private closed: Promise<void> | undefined;

  constructor(options: DemoOptions) {
    this.options = options;
    this.random = seededRandom(options.seed);
  }

  /** Rejects with a DemoFailure when it cannot go on. `close` is to be called in any case. */
  async run(): Promise<Verdict> {
    const failed = new Promise<never>((_resolve, reject) => {
      this.fail = reject;
    });
    return await Promise.race([this.tell(), failed]);
  }

  get tookMs(): number {
    return monotonicMs() - this.begunAtMs;
  }

  /** Ends every process that was started. May be called twice. */
  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  private async end(): Promise<void> {
    this.reader?.close();
    this.rest?.close();
    await Promise.all([this.fleet?.close(), this.gateway?.close()]);
  }

  private async tell(): Promise<Verdict> {
    const { devices, directory, screen, powerCut } = this.options;
    screen.text(headline(devices));
    screen.now(gatewayLine(undefined));
    const gateway = await HeldGateway.hold(directory, Math.ceil(devices / devicesPerPort), { powerCut });
    this.gateway = gateway;
    gateway.onUnexpectedEnd = (text) => this.fail(new DemoFailure(text));
    const { readyMs } = await gateway.start();
    screen.line(gatewayLine(readyMs));
    const rest = new Rest(gateway.socketPath);
    this.rest = rest;
    const reader = new EventReader(gateway.socketPath);
    this.reader = reader;
    const fleet = new FleetClient();
    this.fleet = fleet;
    fleet.onFault = (text) => this.fail(new DemoFailure(text));

    const members = await this.connect(gateway, rest, fleet);
    const before = await fleet.totals();
    screen.line(killsLine(powerCut !== undefined));
    screen.text(`\n${tableHead}\n`);
    const rounds: Round[] = [];
    const failure = await this.rounds(rounds, { gateway, rest, fleet, members }).catch(demoFailure);
    await this.drain(rest, reader).catch(demoFailure);
    return this.verdict({ devices: await fleet.totals(), before, rounds, reader, failure });
  }

  private async rounds(rounds: Round[], parts: RoundParts): Promise<undefined> {
    const { fleet } = parts;
    for (let kill = 1; kill <= kills; kill++) rounds.push(await this.round(kill, parts));
    fleet.tell({ kind: 'quiet' });
    await fleet.until(({ inFlight }) => inFlight === 0, roundPatienceMs, 'some messages were never acknowledged');
  }

  /** Adds all devices, connects and observes them. */
  private async connect(gateway: HeldGateway, rest: Rest, fleet: FleetClient): Promise<readonly FleetDevice[]> {
    const { devices, screen, seed } = this.options;
    const members = membersOf(devices, gateway);
    screen.now(devicesLine(0, devices));
    await Promise.all(members.map(({ endpoint, key }) => rest.add(endpoint, key)));
    fleet.onProgress = ({ connected }) => screen.now(devicesLine(connected, devices));
    fleet.tell({ kind: 'connect', devices: members, paceMs: paceOf(devices), seed });
    const late = 'not all devices could connect';
    const all = await fleet.until(({ connected }) => connected === devices, 30_000 + 60 * devices, late);
    fleet.onProgress = () => {};
    screen.line(devicesLine(devices, devices, all.handshakes, all.registrations));
    await Promise.all(members.map(({ endpoint }) => rest.observe(endpoint, counterPath)));
    fleet.tell({ kind: 'notify' });
    return members;
  }

  private async round(kill: number, parts: RoundParts): Promise<Round> {
    const { gateway, fleet } = parts;
    const { devices, screen } = this.options;
    screen.now(rowUnderWay(kill, `${devices} devices waiting`));
    const before = await fleet.until(() => true, roundPatienceMs, 'the process of the devices is silent');
    const { pid } = gateway;
    gateway.expectEnd();
    const killed = await fleet.kill({ pid, afterMs: 500 + 1_500 * this.random(), inFlightMin: inFlightMin(devices) });
    await gateway.gone();
    fleet.tell({ kind: 'round' });
    screen.now(rowUnderWay(kill, 'starting'));
    const started = await gateway.start();
    return await this.heard(kill, parts, { killed, started, before });
  }

  /** Waits until every device has notified and answered a Read. */
  private async heard(
    kill: number,
    { rest, fleet, members }: RoundParts,
    { killed, started, before }: RoundBegin,
  ): Promise<Round> {
    const { devices, screen } = this.options;
    const readyMs = started.readyAtMs - killed.atMs;
    let read = 0;
    const line = (progress: FleetProgress, allHeardMs?: number): string =>
      row(kill, {
        inFlight: killed.inFlight,
        readyMs,
        handshakes: progress.handshakes - before.handshakes,
        registrations: progress.registrations - before.registrations,
        heard: Math.min(read, progress.heard),
        devices,
        allHeardMs,
      });
    fleet.onProgress = (progress) => screen.now(line(progress));
    const readOne = async ({ endpoint }: FleetDevice): Promise<void> => {
      const value = await rest.read(endpoint, temperaturePath);
      if (value !== temperature) throw new DemoFailure(`${endpoint} was read as ${value}, and not as ${temperature}`);
      read++;
    };
    const late = `not every device was heard within a minute of kill ${kill}`;
    const allHeard = ({ heard }: FleetProgress): boolean => heard === devices;
    const [last] = await Promise.all([fleet.until(allHeard, roundPatienceMs, late), ...members.map(readOne)]);
    fleet.onProgress = () => {};
    screen.line(line(last, monotonicMs() - killed.atMs));
    return {
      inFlight: killed.inFlight,
      readyMs,
      firstNotificationMs: (last.firstHeardAtMs ?? monotonicMs()) - killed.atMs,
    };
  }

  /** Waits until the reader has read all that the log holds. */
  private async drain(rest: Rest, reader: EventReader): Promise<void> {
    const newest = await rest.newestEvent();
    for (let i = 0; i < 200 && reader.cursor < newest; i++) await wait(50);
  }

  private verdict({ devices, before, rounds, reader, failure }: Counted): Verdict {
    const { screen, directory, seed } = this.options;
    const figures = figuresOf(devices, before, reader.received, rounds);
    const gaps = reader.gaps.map((gap) => `the event log itself says that events are gone: ${gap}`);
    const problems = [firstOffender(devices, before, reader.received), failure?.message, ...gaps];
    const found = problems.filter((problem) => problem !== undefined);
    const why = notProved(figures, rounds);
    const told = {
      figures,
      longestSilenceMs: Math.max(...devices.map(({ longestSilenceMs }) => longestSilenceMs)),
      tookMs: this.tookMs,
      notProved: why,
      powerCut: this.options.powerCut !== undefined,
      wrong: found.length === 0 ? undefined : [...found, `Logs of the gateway: ${directory} (seed ${seed})`].join('\n'),
    };
    screen.text(ending(told, screen.red));
    return { figures, ok: isWhole(figures) && found.length === 0 && why === undefined };
  }
}

/** What is to be judged; `failure` says why the demo did not get to its end. */
interface Counted {
  readonly devices: readonly DeviceTotals[];
  readonly before: readonly DeviceTotals[];
  readonly rounds: readonly Round[];
  readonly reader: EventReader;
  readonly failure: DemoFailure | undefined;
}

/** The sums are told in spite of it. */
function demoFailure(error: unknown): DemoFailure {
  if (error instanceof DemoFailure) return error;
  throw error;
}

interface RoundParts {
  readonly gateway: HeldGateway;
  readonly rest: Rest;
  readonly fleet: FleetClient;
  readonly members: readonly FleetDevice[];
}

interface RoundBegin {
  readonly killed: { readonly inFlight: number; readonly atMs: number };
  readonly started: Started;
  readonly before: FleetProgress;
}

/** Each with an address of its own, spread over the gateway's ports. */
function membersOf(devices: number, { servers }: HeldGateway): readonly FleetDevice[] {
  return Array.from({ length: devices }, (_, index) => {
    const server = servers[index % servers.length] ?? { host: '127.0.0.1', port: 5_684 };
    const address = `127.10.${Math.floor(index / devicesPerPort)}.${(index % devicesPerPort) + 1}`;
    const endpoint = `meter-${String(index + 1).padStart(String(devices).length, '0')}`;
    return { endpoint, key: randomBytes(16).toString('hex'), address, server };
  });
}
