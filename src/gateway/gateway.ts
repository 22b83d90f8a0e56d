/**
 * The gateway: wiring only. It hands each input to the part it concerns and turns a step into an outcome. Every concern has a
 * part of its own, with its own records; nothing else lives here.
 */
import { pskSuites } from 'mbedtls-wasm';
import type { PeerId } from '../base/address.ts';
import { assert } from '../base/assert.ts';
import { type Now, trustedWall } from '../base/instants.ts';
import { limits } from '../base/limits.ts';
import type { CommitId, StoredRecord } from '../commit/commit.ts';
import { builtInModel } from '../lwm2m/objects/registry.ts';
import { Admission } from './admission.ts';
import { Commits } from './commits.ts';
import { Connections } from './connections.ts';
import type { DamagedRecord, Gateway, Input, Outcome, StoreState } from './contract.ts';
import { Counters } from './counters.ts';
import type { HandNote, InHand } from './crash-loop.ts';
import { Credentials } from './credentials.ts';
import { DamagedRecords } from './damaged-records.ts';
import { DeviceInterface } from './device-interface.ts';
import { DeviceViews } from './device-views.ts';
import { Downlink } from './downlink.ts';
import { EventLog } from './event-log.ts';
import { EventReaders } from './event-readers.ts';
import { Exchanges } from './exchanges.ts';
import { type GatewayOptions, plainListeners } from './gateway-options.ts';
import { Inspection } from './inspection.ts';
import { KeptRecords } from './kept-records.ts';
import { LateReading } from './late-reading.ts';
import { Learned } from './learned.ts';
import { MutedDevices } from './muted-devices.ts';
import { muteCulprit } from './muting.ts';
import { Notifications } from './notifications.ts';
import { Observations } from './observations.ts';
import { Operators } from './operators.ts';
import { recoveryPace, wishPace } from './pace.ts';
import { firstDeadline, type Part } from './part.ts';
import { Peers } from './peers.ts';
import { Presence } from './presence.ts';
import { ProvenAead } from './proven-aead.ts';
import { Recovery } from './recovery.ts';
import { Refusals } from './refusals.ts';
import { Registrations } from './registrations.ts';
import { Routing } from './routing.ts';
import { DeviceRungs } from './rungs.ts';
import { Step } from './step.ts';
import { Uptime } from './uptime.ts';
import type { Answer, Query } from './views.ts';
import { WishTurns } from './wish-turns.ts';

export function createGateway(options: GatewayOptions): Gateway {
  return new Machine(options);
}

class Machine implements Gateway {
  private readonly uptime = new Uptime();
  private readonly counters = new Counters();
  private readonly refusals = new Refusals();
  private readonly commits = new Commits();
  private readonly damaged = new DamagedRecords();
  private readonly admission: Admission;
  private readonly connections: Connections;
  private readonly registrations: Registrations;
  private readonly observations: Observations;
  private readonly kept: KeptRecords;
  /** Those that put together what they restored, in this order. */
  private readonly joining: readonly Part[];
  private readonly downlink: Downlink;
  private readonly devices: DeviceInterface;
  private readonly operators: Operators;
  private readonly exchanges: Exchanges;
  private readonly inspection: Inspection;
  private readonly reading: LateReading;
  /** Those with deadlines, in the order in which these are met; of the first three also before everything is read. */
  private readonly timed: readonly Pick<Part, 'advance' | 'nextDeadline'>[];
  private now: Now | undefined;
  private generation = 0;
  private lastStop: 'clean' | 'unclean' | 'first' = 'first';
  private store: StoreState = 'ok';
  private stopped = false;
  private readonly nowInHand: HandNote | undefined;

  constructor({ configuration, engine, entropy, aead, nowInHand }: GatewayOptions) {
    const { uptime, counters, refusals } = this;
    const bounds = { ...limits, ...configuration.limits };
    const peers: Peers = new Peers((id) => this.registrations.ofPeer(id) !== undefined, bounds);
    const foundations = { entropy, aead: new ProvenAead(aead), uptime };
    const model = builtInModel;
    const storeTakes = () => this.store === 'ok' && !this.commits.isFull;
    const admission = new Admission(storeTakes, configuration.peerBytesPerDay);
    const credentials = new Credentials(foundations);
    const muted = new MutedDevices(foundations, (identity) => credentials.endpointOf(identity));
    const uncleanStart = () => this.lastStop === 'unclean';
    const registrations = new Registrations(foundations, configuration.soonWindowMs, uncleanStart);
    const reading = new LateReading(foundations);
    const observations = new Observations(foundations, reading, bounds.observationsPerPeerMax);
    const readers = new EventReaders(foundations);
    const eventLog = new EventLog(foundations, readers, bounds.eventLogRecordsMax);
    const presence = new Presence(configuration.awakeMs ?? limits.queueModeAwakeMs);
    const own = configuration.certificates;
    const keys = muted.keysFrom(credentials, own, () => this.now && trustedWall(this.now));
    const commitsTake = () => !this.commits.isFull;
    const dtls = { engine, suites: pskSuites, ...keys, handshakeLimits: bounds, storeTakes: commitsTake };
    const uptimeMs = () => (this.now === undefined ? 0 : uptime.at(this.now));
    const learned = new Learned(foundations, credentials);
    const connections = new Connections(foundations, counters, refusals, dtls, uptimeMs, { learned, credentials });
    const ways = { connections, credentials, registrations, presence, learned, peers, uptime };
    const rungs = new DeviceRungs({ ...ways, plainListeners: plainListeners(configuration) });
    const associationOf = (peer: PeerId) => connections.current(peer)?.serial ?? 0;
    const downlinkParts = { registrations, presence: rungs, eventLog, model, associationOf };
    const downlink = new Downlink(foundations, downlinkParts, bounds.operationsQueuedPerPeerMax);
    const pace = recoveryPace(entropy, configuration);
    const recovery = new Recovery({ registrations, observations, downlink, uptime, rungs, pace });
    const wishTurns = new WishTurns(registrations, wishPace(entropy));
    const devicesKnown = { credentials, muted, registrations, observations, presence, connections, peers, learned };
    const known = { ...devicesKnown, reading, downlink, uptime, counters, recovery, rungs, wishTurns };
    const views = new DeviceViews(known);
    const devices = new DeviceInterface({ ...known, eventLog, refusals, model, admission });
    const notifications = new Notifications({ ...known, eventLog, model, admission, uncleanStart });
    const hasCertificate = own !== undefined;
    const operated = { devices, views, eventLog, readers, storeTakes, hasCertificate };
    const operators = new Operators({ ...known, ...operated });
    const routing = new Routing({ ...known, listeners: configuration.listeners, sourceRate: bounds });
    const outer = { entropy, routing, eventLog, devices, notifications, operators, model, uncleanStart };
    this.exchanges = new Exchanges({ ...known, ...outer });
    this.inspection = new Inspection({ ...known, eventLog, readers, views, damaged: this.damaged, model, admission });
    this.admission = admission;
    this.connections = connections;
    this.nowInHand = nowInHand;
    this.registrations = registrations;
    this.observations = observations;
    this.joining = [connections, muted, eventLog];
    const keepers = [...this.joining, credentials, registrations, observations, readers, learned, downlink, reading];
    this.kept = new KeptRecords(keepers, this.damaged, nowInHand);
    this.downlink = downlink;
    this.devices = devices;
    this.operators = operators;
    this.reading = reading;
    const timed = [connections, this.exchanges, presence, muted, registrations, downlink, eventLog];
    this.timed = [...timed, recovery, rungs, wishTurns];
  }

  restore(chunk: readonly StoredRecord[], now: Now): readonly DamagedRecord[] {
    this.now = now;
    this.reading.saw(chunk);
    return this.kept.restore(chunk, (key) => this.connections.identityOf(key));
  }

  restored(generation: number, lastStop: 'clean' | 'unclean' | 'first', now: Now, culprit?: InHand): Outcome {
    assert(this.generation === 0, 'a gateway is restored once');
    [this.generation, this.lastStop] = [generation, lastStop];
    this.uptime.start(now);
    return this.step(now, (step) => {
      for (const part of this.joining) part.restored(step);
      this.connections.restoredWith(generation, step);
      this.exchanges.restored(generation, step);
      if (culprit === undefined) return;
      this.readThrough(step);
      muteCulprit(culprit, this.operators.parts, step);
    });
  }

  readOn(isAll: boolean, now: Now): Outcome {
    this.reading.readOn(false);
    return this.step(now, (step) => {
      if (isAll) this.readThrough(step);
      this.exchanges.readOn(isAll, step);
    });
  }

  receive(input: Input, now: Now): Outcome {
    assert(this.generation > 0 && !this.stopped, 'a gateway receives after its restore and before its stop');
    return this.step(now, (step) => {
      if (input.kind === 'operator') return this.operators.receive(input.request, step);
      this.exchanges.arrived(input, step);
      this.connections.noteReceived(step);
    });
  }

  advance(now: Now): Outcome {
    return this.step(now, (step) => {
      for (const part of this.dueNow) part.advance(step);
      if (this.reading.isThrough) this.devices.endExpired(step);
    });
  }

  committed(upTo: CommitId, now: Now): Outcome {
    return this.step(now, (step) => {
      for (const action of this.commits.release(upTo)) this.exchanges.carryOut(action, step);
    });
  }

  storeState(state: StoreState, now: Now): Outcome {
    return this.step(now, (step) => {
      if (state === this.store) return;
      this.store = state;
      step.tell({ kind: 'log', level: state === 'ok' ? 'info' : 'error', message: `the store is ${state}` });
    });
  }

  stop(now: Now): Outcome {
    const outcome = this.step(now, (step) => {
      this.registrations.writeAllSeen(step);
      this.observations.writeAllSequences(step);
    });
    this.stopped = true;
    return outcome;
  }

  inspect(query: Query, now: Now): Answer {
    const { generation, lastStop, store } = this;
    return this.inspection.answer(query, { generation, lastStop, store }, now);
  }

  nextDeadline(): ReturnType<typeof firstDeadline> {
    return firstDeadline(this.dueNow);
  }

  get mayServe(): boolean {
    return this.reading.mayServe && !this.connections.restoreNeedsCredentials;
  }

  private readThrough(step: Step): void {
    if (this.reading.isThrough) return;
    this.reading.readOn(true);
    this.registrations.restored(step);
    this.downlink.restoredWith(this.generation, step);
  }

  private get dueNow(): readonly Pick<Part, 'advance' | 'nextDeadline'>[] {
    return this.reading.isThrough ? this.timed : this.timed.slice(0, 3);
  }

  private step(now: Now, work: (step: Step) => void): Outcome {
    this.now = now;
    const step = new Step(now, this.nowInHand);
    work(step);
    const outcome = this.commits.finish(
      step,
      (made, commitClass) => this.connections.addWindow(made, commitClass),
      (made, commitClass) => this.reading.addUptime(commitClass, made),
      (action) => this.exchanges.carryOut(action, step),
    );
    this.admission.charge(step);
    return outcome;
  }
}
