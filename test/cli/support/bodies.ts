/** The fleet of the command line's description, as the gateway would send it. */
import type { DeviceBody, DeviceDetailBody } from '../../../src/api/bodies/device.ts';
import type { EventBody } from '../../../src/api/bodies/event.ts';
import type { FlashBody } from '../../../src/api/bodies/flash.ts';
import type { OperationBody, Verb } from '../../../src/api/bodies/operation.ts';
import type { RecoveryBody } from '../../../src/api/bodies/recovery.ts';
import type { StatusBody } from '../../../src/api/bodies/status.ts';
import type { ValueBody } from '../../../src/api/bodies/value.ts';
import type { DeviceState } from '../../../src/api/state-words.ts';

const minute = 60;
const hour = 60 * minute;

export const statusBody: StatusBody = {
  version: '0.1.0',
  at: '2026-11-22T18:31:07.000Z',
  generation: 12,
  servingSeconds: 3 * minute + 12,
  lastStop: 'unclean',
  startToServingMs: 912,
  host: 'gw-17',
  devices: { online: 184, awake: 5, asleep: 15, restored: 6, silent: 2, gone: 1, unseen: 3, muted: 0 },
  sinceStart: { heardFrom: 189, handshakes: 0, registrations: 0 },
  events: { perMinute: 1_204, held: 48_213, oldestSecondsAgo: 2 * hour + 40 * minute, lastId: 48_213 },
  operations: { queued: 3, sent: 0, inDoubt: 0 },
  store: {
    state: 'ok',
    writtenBytes24h: 38_200_000,
    logicalBytes24h: 12_100_000,
    commits24h: 1_204,
    journalBytes24h: 5_000_000,
    databaseBytes24h: 30_000_000,
    deviceBytes24h: 52_000_000,
    budgetBytesPerDay: 1_095_890_410,
    spacingMs: 500,
    wear: 'within',
  },
  clock: { trusted: true, source: 'NTP' },
  drops: [
    { reason: 'replayed-record', lastHour: 5, total: 40 },
    { reason: 'unknown-identity', lastHour: 12, total: 12 },
    { reason: 'duplicate', lastHour: 0, total: 3 },
  ],
  listeners: [
    { name: 'ipv4', url: 'coaps://0.0.0.0:5684' },
    { name: 'ipv6', url: 'coaps://[::]:5684' },
  ],
  attention: [
    {
      code: 'devices-silent-or-gone',
      text: '2 devices are silent, 1 is gone',
      next: 'holdfast devices --state silent,gone',
    },
  ],
};

export function deviceBody(endpoint: string, state: DeviceState, said: Partial<DeviceBody> = {}): DeviceBody {
  return {
    endpoint,
    state,
    heardAt: null,
    heardSecondsAgo: null,
    expiresInSeconds: null,
    lifetimeSeconds: 60,
    queueMode: state === 'awake' || state === 'asleep',
    binding: 'U',
    lwm2mVersion: '1.1',
    registrationId: '4kX2',
    registeredAt: null,
    address: '192.0.2.17:52114',
    listener: 'ipv4',
    security: 'psk',
    connectionId: true,
    connection: 'live',
    observations: 0,
    queued: 0,
    ...said,
  };
}

export const unseen: Partial<DeviceBody> = {
  binding: null,
  lwm2mVersion: null,
  registrationId: null,
  lifetimeSeconds: null,
  address: null,
  listener: null,
  security: null,
  connectionId: false,
  connection: 'none',
};

export const fleet: readonly DeviceBody[] = [
  deviceBody('boiler-02', 'online', { heardSecondsAgo: 12, expiresInSeconds: 4 * minute + 48, observations: 3 }),
  deviceBody('meter-17', 'online', { heardSecondsAgo: 4, expiresInSeconds: 56, connectionId: false, observations: 1 }),
  deviceBody('urn:imei:352099001761481', 'asleep', {
    heardSecondsAgo: 2 * hour + 14 * minute + 9,
    expiresInSeconds: 21 * hour + 59 * minute,
    observations: 2,
    queued: 1,
  }),
  deviceBody('urn:uuid:1a2b3c4d-0000-4000-8000-0123dec0ffee', 'awake', {
    heardSecondsAgo: 31,
    expiresInSeconds: 23 * hour,
    observations: 2,
  }),
  deviceBody('valve north/3', 'silent', {
    heardSecondsAgo: 26 * minute,
    expiresInSeconds: 3 * minute,
    connectionId: false,
    observations: 1,
    queued: 2,
  }),
  deviceBody('weather-mast', 'restored', {
    heardSecondsAgo: 38 * minute,
    expiresInSeconds: hour + 22 * minute,
    connection: 'restored',
    observations: 4,
  }),
  deviceBody('yard-light', 'unseen', unseen),
];

export const meter17: DeviceDetailBody = {
  ...deviceBody('meter-17', 'online', {
    heardAt: '2026-11-22T18:31:03.000Z',
    heardSecondsAgo: 4,
    expiresInSeconds: 56,
    registeredAt: '2026-11-22T14:02:00.000Z',
    connectionId: false,
    observations: 1,
  }),
  muted: null,
  learned: null,
  registeredSecondsAgo: 4 * hour + 29 * minute + 7,
  updatedSecondsAgo: 4,
  ended: null,
  location: '/rd/4kX2',
  listenerUrl: 'coaps://0.0.0.0:5684',
  objectLinks: ['/1/0', '/3303/0', '/3303/1', '/3/0'].map((path) => ({ path, attributes: {} })),
  psk: { identity: 'meter-17', addedAt: '2026-11-20T09:00:00.000Z', addedBy: 'ops' },
  x509: null,
  dtls: {
    version: '1.2',
    suite: 'TLS_PSK_WITH_AES_128_CCM_8',
    cid: false,
    establishedAt: '2026-11-22T14:02:00.000Z',
    establishedSecondsAgo: 4 * hour + 29 * minute + 8,
    restores: 3,
    handshakesSinceRestore: 0,
  },
  observationList: [
    {
      path: '/3303/0/5700',
      pminSeconds: 10,
      pmaxSeconds: 60,
      state: 'running',
      value: 21.5,
      type: 'float',
      receivedSecondsAgo: 4,
      received: 1_574,
    },
  ],
  queue: [],
};

export function operationBody(
  verb: Verb,
  endpoint: string,
  path: string,
  said: Partial<OperationBody> = {},
): OperationBody {
  return {
    operation: 1_842,
    verb,
    endpoint,
    path,
    state: 'done',
    code: verb === 'read' || verb === 'discover' || verb === 'observe' ? '2.05' : '2.04',
    values: [],
    links: null,
    account: 'ops',
    acceptedAt: '2026-11-22T18:31:03.000Z',
    acceptedSecondsAgo: 4,
    expiresAt: null,
    expiresInSeconds: null,
    roundTripMs: 38,
    sends: 1,
    device: { state: 'online', heardSecondsAgo: 4, nextUpdateInSeconds: 56, connected: true },
    observation: null,
    format: 'senml-cbor',
    payload: null,
    error: null,
    ...said,
  };
}

/** An operation that waits for a device that was last heard 2h14m ago. */
export function queuedBody(verb: Verb, endpoint: string, path: string, operation: number): OperationBody {
  return operationBody(verb, endpoint, path, {
    operation,
    state: 'queued',
    code: null,
    roundTripMs: null,
    sends: 0,
    expiresAt: '2026-11-23T18:31:07.000Z',
    expiresInSeconds: 24 * hour,
    device: {
      state: 'asleep',
      heardSecondsAgo: 2 * hour + 14 * minute,
      nextUpdateInSeconds: 21 * hour,
      connected: true,
    },
  });
}

export function valueBody(path: string, name: string | null, type: string, value: ValueBody['value']): ValueBody {
  return { path, name, type, value, unit: null };
}

export function eventBody(type: EventBody['type'], said: Partial<EventBody> = {}): EventBody {
  return {
    id: null,
    at: null,
    type,
    endpoint: null,
    path: null,
    values: [],
    operation: null,
    account: null,
    unverified: false,
    detail: {},
    ...said,
  };
}

export const recoveryBody: RecoveryBody = {
  running: true,
  lastStop: 'unclean',
  servingSeconds: 132,
  lastedSeconds: null,
  devicesPerSecond: 50,
  devices: { total: 2_120, heard: 1_380, heardByThemselves: 951, toDo: 645, underWay: 5, asleep: 88, unreachable: 2 },
  rungs: [
    { rung: 'restored', toDo: 640, underWay: 5, succeeded: 429, failed: 7 },
    { rung: 'abbreviated', toDo: 0, underWay: 0, succeeded: 0, failed: 0 },
    { rung: 'full', toDo: 5, underWay: 0, succeeded: 0, failed: 2 },
  ],
};

export const flashBody: FlashBody = {
  servingSeconds: 3 * 24 * hour,
  wear: 'widened',
  budgetBytesPerDay: 1_095_890_410,
  spacingMs: 740,
  writtenBytes24h: 1_100_000_000,
  logicalBytes24h: 412_100_000,
  commits24h: 103_204,
  journalBytes24h: 600_000_000,
  databaseBytes24h: 500_000_000,
  deviceBytes24h: 1_300_000_000,
  enduranceBytes: 4e12,
  yearsAtThisRate: 10,
  deviceBudgetBytesPerDay: 50_000_000,
  devices: [
    { endpoint: 'boiler-02', peer: 'ipv4|boiler-02', chargedBytes: 61_200_000, usedBytes: 50_000_000, waitSeconds: 9 },
    { endpoint: null, peer: 'ipv4|meter-71', chargedBytes: 12_000, usedBytes: 0, waitSeconds: 0 },
  ],
};
