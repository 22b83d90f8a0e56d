/** A gateway made of values, for tests of what is said about it: devices, operations and events are put in as views. */
import type { WearState } from '../../src/api/state-words.ts';
import type { LoggedEvent, LoggedReport } from '../../src/gateway/events.ts';
import { listedOperations } from '../../src/gateway/listed-operations.ts';
import type { RecoveryView } from '../../src/gateway/recovery-view.ts';
import { type Entry, parsePath, type ResourcePath, type ResourceValue } from '../../src/gateway/texts.ts';
import type {
  Answer,
  CredentialView,
  DeviceDetail,
  DeviceView,
  ListedObservationView,
  OperationView,
  Query,
  ReaderView,
  StatusView,
} from '../../src/gateway/views.ts';
import { builtInModel } from '../../src/lwm2m/objects/registry.ts';
import type { Information, StoreHealthInformation, WearInformation } from '../../src/management/information.ts';
import { plan } from '../../src/management/management.ts';
import type { Knowledge, ManagementRequest, ManagementResponse, Plan } from '../../src/management/plan.ts';

/** 2026-11-22T18:31:07Z. */
export const wall = 1_795_372_267_000;

const writers = [
  { peer: 'field|meter-17', endpoint: 'meter-17', chargedBytes: 61_200_000, usedBytes: 50_000_400, waitMs: 700 },
  { peer: 'field|stranger', endpoint: undefined, chargedBytes: 900, usedBytes: 400, waitMs: 0 },
];

export class FakeKnowledge implements Knowledge {
  readonly model = builtInModel;
  readonly devices = new Map<string, DeviceDetail>();
  readonly operations = new Map<number, OperationView>();
  readonly log: LoggedEvent[] = [];
  readonly readers: ReaderView[] = [];
  readonly observations: ListedObservationView[] = [];
  readonly queries: Query[] = [];
  store: StatusView['store'] = 'ok';
  trusted = true;
  wearState: WearState = 'within';
  servingSeconds = 192;

  add(detail: DeviceDetail): this {
    this.devices.set(detail.endpoint, detail);
    return this;
  }

  /** What the store told when it was opened. */
  notes: readonly string[] = [];
  storeHealth: StoreHealthInformation = { database: 'ok', journal: 'ok', journalFill: 0 };
  statusOver: Partial<StatusView> = {};
  recovery: RecoveryView = {
    running: true,
    total: 212,
    heard: 180,
    heardByThemselves: 95,
    toDo: 12,
    underWay: 5,
    asleep: 14,
    unreachable: 1,
    rungs: [{ rung: 'restored', toDo: 12, underWay: 5, succeeded: 85, failed: 1 }],
    devicesPerSecond: 50,
    servingSeconds: 192,
    lastedSeconds: undefined,
  };

  inspect(query: Query): Answer {
    this.queries.push(query);
    switch (query.kind) {
      case 'status':
        return { kind: 'status', status: this.status() };
      case 'device':
        return { kind: 'device', device: this.devices.get(query.endpoint) };
      case 'devices': {
        const { chunk, more } = this.chunk(query, [...this.devices.values()]);
        return { kind: 'devices', devices: chunk, more };
      }
      case 'credentials': {
        const { chunk, more } = this.chunk(
          query,
          [...this.devices.values()].filter((one) => one.credential !== undefined),
        );
        return { kind: 'credentials', credentials: chunk.map((one) => one.credential as CredentialView), more };
      }
      case 'events':
        return this.events(query.after, query.limit);
      case 'readers':
        return { kind: 'readers', readers: this.readers };
      case 'operation':
        return { kind: 'operation', operation: this.operations.get(query.id) };
      case 'operations':
        return { kind: 'operations', ...listedOperations([...this.operations.values()], query) };
      case 'observations':
        return { kind: 'observations', observations: this.observations, after: undefined };
      case 'recovery':
        return { kind: 'recovery', recovery: this.recovery };
      case 'writers':
        return { kind: 'writers', writers: { servingSeconds: this.servingSeconds, bytesPerDay: 50e6, writers } };
    }
  }

  information(): Information {
    return {
      version: '0.1.0',
      engine: 'mbedTLS 3.6.6',
      node: '20.19.0',
      host: 'gw-17',
      startToServingMs: 900,
      listeners: [{ name: 'field', url: 'coaps://0.0.0.0:5684' }],
      lastStopReason: 'unclean',
      configuration: { file: null, keys: [] },
      clock: { trusted: this.trusted, source: 'NTP' },
      store: { wear: wearInformation(this.wearState), health: this.storeHealth, notes: this.notes },
    };
  }

  wallNow(): number | undefined {
    return this.trusted ? wall : undefined;
  }

  private chunk<One extends DeviceView>(
    query: { readonly after?: string; readonly limit: number },
    all: readonly One[],
  ) {
    const sorted = [...all].sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
    const rest = query.after === undefined ? sorted : sorted.filter((one) => one.endpoint > (query.after as string));
    return { chunk: rest.slice(0, query.limit), more: rest.length > query.limit };
  }

  private events(after: number, limit: number): Answer {
    const oldestId = this.log[0]?.id;
    const events = this.log.filter((event) => event.id > after).slice(0, limit);
    const lost = oldestId === undefined ? 0 : Math.max(0, oldestId - 1 - after);
    return { kind: 'events', events, lost, oldestId, lastId: this.log.at(-1)?.id ?? 0 };
  }

  private status(): StatusView {
    return {
      generation: 7,
      servingSeconds: this.servingSeconds,
      lastStop: 'unclean',
      devices: { online: 1, awake: 0, asleep: 0, restored: 0, silent: 0, gone: 0, unseen: 0, muted: 0 },
      mutedByBreaker: { count: 0, endpoints: [] },
      sinceStart: { heardFrom: 1, handshakes: 0, registrations: 0 },
      events: {
        perMinute: 3,
        held: this.log.length,
        oldestSecondsAgo: 60,
        lastId: this.log.at(-1)?.id ?? 0,
        youngHeld: 0,
        heldMax: 50_000,
      },
      operations: { queued: 0, sent: 0, inDoubt: 0 },
      store: this.store,
      budgetSpent: { count: 0, endpoints: [] },
      drops: [{ reason: 'replayed-record', lastHour: 5, total: 9 }],
      setAside: { count: 0, what: [], endpoints: [] },
      ...this.statusOver,
    };
  }
}

/** A day's wear, and its state. */
function wearInformation(state: WearState): WearInformation {
  return {
    last24Hours: {
      writtenBytes: 38_200_000,
      logicalBytes: 12_100_000,
      commits: 1_204,
      journalBytes: 5_000_000,
      databaseBytes: 30_000_000,
      deviceBytes: 52_000_000,
    },
    totals: {
      writtenBytes: 138_200_000,
      logicalBytes: 112_100_000,
      commits: 11_204,
      journalBytes: 15_000_000,
      databaseBytes: 130_000_000,
      deviceBytes: null,
    },
    budgetBytesPerDay: 1_095_890_410,
    enduranceBytes: 4e12,
    spacingMs: 500,
    state: state,
  };
}

/** A key that was added three minutes ago. */
export function keyOf(endpoint: string): CredentialView {
  const added = { addedAtWall: wall - 180_000, addedBy: 'ops' };
  return { endpoint, identity: endpoint, ...added, keyBytes: 16, certificate: undefined };
}

/** A device that is online, or as `over` has it. */
export function device(endpoint: string, over: Partial<DeviceDetail> = {}): DeviceDetail {
  return {
    endpoint,
    state: 'online',
    heardAtWall: wall - 4_000,
    heardSecondsAgo: 4,
    expiresInSeconds: 56,
    lifetimeSeconds: 60,
    queueMode: false,
    binding: 'U',
    lwm2mVersion: '1.1',
    registrationId: '4kX2',
    registeredAtWall: wall - 16_140_000,
    address: '192.0.2.17:52114',
    listener: 'field',
    security: 'psk',
    connectionId: false,
    connection: 'live',
    muted: undefined,
    observations: 0,
    queued: 0,
    registeredSecondsAgo: 16_140,
    updatedSecondsAgo: 34,
    ended: undefined,
    rootPath: '/',
    objectLinks: [
      { uri: '/1/0', attributes: {} },
      { uri: '/3303', attributes: { ver: '1.1' } },
      { uri: '/3303/0', attributes: { pmin: '10' } },
      { uri: '/3303/1', attributes: {} },
    ],
    additionalAttributes: {},
    credential: keyOf(endpoint),
    dtls: {
      version: '1.2',
      suite: 'PSK-AES128-CCM8',
      connectionId: false,
      establishedSecondsAgo: 16_140,
      restores: 3,
      handshakesSinceRestore: 0,
    },
    learned: undefined,
    observationList: [],
    queue: [],
    ...over,
  };
}

/** Queue mode, outside its window. */
export function sleeper(endpoint: string): DeviceDetail {
  return device(endpoint, { state: 'asleep', queueMode: true, binding: 'UQ', heardSecondsAgo: 8_040 });
}

/** Credentials, and nothing else. */
export function unseen(endpoint: string): DeviceDetail {
  return device(endpoint, {
    state: 'unseen',
    registrationId: undefined,
    address: undefined,
    heardAtWall: undefined,
    heardSecondsAgo: undefined,
    dtls: undefined,
    objectLinks: [],
  });
}

export function at(text: string): ResourcePath {
  const path = parsePath(text);
  if (path === undefined) throw new Error(`${text} is no path`);
  return path;
}

export function entry(path: string, value: ResourceValue): Entry {
  return { path: at(path), value };
}

/** A Read that was answered, or as `over` has it. */
export function operation(id: number, over: Partial<OperationView> = {}): OperationView {
  return {
    id,
    verb: 'read',
    endpoint: 'meter-17',
    path: at('/3303/0/5700'),
    state: 'done',
    code: '2.05',
    entries: [],
    links: [],
    format: undefined,
    payload: undefined,
    failure: undefined,
    account: 'ops',
    acceptedAtWall: wall - 4_000,
    acceptedSecondsAgo: 4,
    sends: 1,
    roundTripMs: 38,
    expiresAtWall: undefined,
    expiresInMs: undefined,
    ...over,
  };
}

/** A logged notification of one float. */
export function logged(id: number, endpoint = 'meter-17', value = 21.5): LoggedReport {
  const entries = [entry('/3303/0/5700', { type: 'float', value })];
  return { kind: 'notification', id, endpoint, path: at('/3303/0/5700'), entries, atWall: wall, unverified: false };
}

export function ask(method: string, target: string, over: Partial<ManagementRequest> = {}): ManagementRequest {
  return { method, target, body: '', wantsJson: false, ...over };
}

/** The plan of a request, with the steps of a search taken. */
export function planned(knowledge: Knowledge, request: ManagementRequest): Plan {
  let found = plan(request, knowledge);
  for (let steps = 0; found.kind === 'steps' && steps < 10_000; steps++) found = found.step() ?? found;
  return found;
}

/** The response of a request that is answered at once. */
export function answered(
  knowledge: Knowledge,
  request: ManagementRequest,
): ManagementResponse & { readonly json: () => unknown } {
  const found = planned(knowledge, request);
  if (found.kind !== 'respond') throw new Error(`not answered at once but by ${found.kind}`);
  return { ...found.response, json: () => JSON.parse(found.response.body) };
}
