/** Many simulated devices in one process: connects them, lets them notify at their pace, kills the gateway at the worst moment. */
import { counterPath } from './device-objects.ts';
import { type DeviceTotals, type FleetProgress, type FromFleet, monotonicMs, type ToFleet } from './fleet-messages.ts';
import { seededRandom } from './random.ts';
import { SimulatedDevice, type Trouble } from './simulated-device.ts';

interface Member {
  readonly endpoint: string;
  readonly device: SimulatedDevice;
  heard: boolean;
  troubles: string[];
  timer: NodeJS.Timeout | undefined;
}

const lifetimeSeconds = 60;
const connectingMax = 50;
const killCheckEveryMs = 2;
/** So long the moment is waited for; then every device that is idle speaks up. */
const killPatienceMs = 5_000;
const troublesMax = 10;

export class Fleet {
  private readonly tell: (message: FromFleet) => void;
  private readonly members: Member[] = [];
  private random: () => number = Math.random;
  private paceMs = 0;
  private notifying = false;
  private roundStartMs = 0;
  private heard = 0;
  private firstHeardAtMs: number | undefined;
  private acknowledged = 0;

  constructor(tell: (message: FromFleet) => void) {
    this.tell = tell;
  }

  async told(message: ToFleet): Promise<void> {
    switch (message.kind) {
      case 'connect':
        return await this.connect(message);
      case 'notify':
        return this.startNotifying();
      case 'kill':
        return this.killAt(message, performance.now() + message.afterMs);
      case 'round':
        return this.startRound();
      case 'quiet':
        this.notifying = false;
        for (const { timer } of this.members) clearTimeout(timer);
        return;
      case 'totals':
        return this.tell({ kind: 'totals', devices: this.members.map(totalsOf) });
    }
  }

  progress(): FleetProgress {
    const { heard, firstHeardAtMs, acknowledged } = this;
    const sum = (of: (device: SimulatedDevice) => number): number =>
      this.members.reduce((total, { device }) => total + of(device), 0);
    return {
      kind: 'progress',
      connected: sum(({ registrations }) => (registrations > 0 ? 1 : 0)),
      inFlight: this.inFlight(),
      acknowledged,
      handshakes: sum(({ handshakes }) => handshakes),
      registrations: sum(({ registrations }) => registrations),
      heard,
      firstHeardAtMs,
      notHeard: this.notHeard(),
    };
  }

  private notHeard(): string | undefined {
    const silent = this.members.filter((member) => !member.heard);
    const one = silent.find(({ troubles }) => troubles.length > 0) ?? silent[0];
    return one && `${one.endpoint} (${one.troubles.at(-1) ?? 'nothing went wrong for it'})`;
  }

  private inFlight(): number {
    return this.members.filter(({ device }) => device.inFlight !== undefined).length;
  }

  private async connect({ devices, paceMs, seed }: Extract<ToFleet, { kind: 'connect' }>): Promise<void> {
    this.paceMs = paceMs;
    this.random = seededRandom(seed);
    const waiting = [...devices];
    const connectNext = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { endpoint, key, address, server } = next;
        await this.connectOne(endpoint, { key: new Uint8Array(Buffer.from(key, 'hex')), address, server });
      }
    };
    await Promise.all(Array.from({ length: connectingMax }, connectNext));
  }

  private connectOne(
    endpoint: string,
    link: { readonly key: Uint8Array; readonly address: string; readonly server: { host: string; port: number } },
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const { random } = this;
      const options = { ...link, endpoint, lifetimeSeconds, reportedPath: counterPath, heedsUnreachable: true, random };
      const device = new SimulatedDevice(options, {
        registered: (code) => {
          if (code === '2.01') resolve();
          else member.troubles.push(`Register answered ${code}`);
        },
        acknowledged: (_number, sentAtMs) => this.wasAcknowledged(member, sentAtMs),
        trouble: (trouble) => {
          if (member.troubles.length < troublesMax) member.troubles.push(troubleText(trouble));
          if (this.notifying) this.plan(member, this.paceMs);
        },
      });
      const member: Member = { endpoint, device, heard: false, troubles: [], timer: undefined };
      this.members.push(member);
      device.start().catch(reject);
    });
  }

  private startNotifying(): void {
    this.notifying = true;
    for (const member of this.members) this.plan(member, this.paceMs * this.random());
  }

  private plan(member: Member, delayMs: number): void {
    clearTimeout(member.timer);
    member.timer = setTimeout(() => {
      // One that is not observed just now asks itself again later.
      if (!member.device.notify()) this.plan(member, this.paceMs);
    }, delayMs);
  }

  private wasAcknowledged(member: Member, sentAtMs: number): void {
    this.acknowledged++;
    if (sentAtMs >= this.roundStartMs && !member.heard) {
      member.heard = true;
      this.heard++;
      this.firstHeardAtMs ??= monotonicMs();
    }
    if (this.notifying) this.plan(member, this.paceMs * (0.5 + this.random()));
  }

  private killAt(kill: Extract<ToFleet, { kind: 'kill' }>, earliestMs: number): void {
    const waitedMs = performance.now() - earliestMs;
    if (waitedMs > killPatienceMs) for (const { device } of this.members) device.notify();
    if (waitedMs < 0 || (this.inFlight() < kill.inFlightMin && waitedMs <= killPatienceMs)) {
      setTimeout(() => this.killAt(kill, earliestMs), waitedMs < 0 ? -waitedMs : killCheckEveryMs);
      return;
    }
    // Counted and killed in one turn of the event loop: no acknowledgement can be read between the two.
    const inFlight = this.inFlight();
    process.kill(kill.pid, 'SIGKILL');
    this.tell({ kind: 'killed', inFlight, atMs: monotonicMs() });
  }

  private startRound(): void {
    this.roundStartMs = performance.now();
    this.heard = 0;
    this.firstHeardAtMs = undefined;
    for (const member of this.members) member.heard = false;
  }
}

function totalsOf({ endpoint, device, troubles }: Member): DeviceTotals {
  const { handshakes, registrations, sequenceReused, longestSilenceMs, acknowledged } = device;
  return { endpoint, handshakes, registrations, sequenceReused, longestSilenceMs, acknowledged, troubles };
}

function troubleText(trouble: Trouble): string {
  switch (trouble.kind) {
    case 'ended':
      return `its connection ended: ${trouble.why.message}`;
    case 'unreachable':
      return 'the port of the gateway was closed (ICMP port unreachable)';
    case 'unanswered':
      return 'a message was not answered';
    case 'reset':
      return 'its notification was answered with RST';
  }
}
