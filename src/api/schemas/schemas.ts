/** The schemas of everything that `--json` prints, as `holdfast help json` shows them. */
import { verbs } from '../bodies/operation.ts';
import { errorCodes } from '../error-codes.ts';
import { eventTypes } from '../event-names.ts';
import { deviceStates, lastStopWords, operationStates, wearStates } from '../state-words.ts';
import {
  arrayOf,
  boolean,
  count,
  instant,
  integer,
  number,
  object,
  oneOf,
  orNull,
  type Schema,
  scalar,
  string,
} from './schema.ts';

const errorDetails = object({
  exit: count,
  code: oneOf(Object.keys(errorCodes)),
  message: string,
  lines: arrayOf(string),
  next: orNull(string),
  operation: orNull(count),
});

const attributes: Schema = { type: 'object', additionalProperties: scalar };
const value = object({ path: string, name: orNull(string), type: string, value: scalar });

const wearFields: Readonly<Record<string, Schema>> = {
  writtenBytes24h: orNull(count),
  logicalBytes24h: orNull(count),
  commits24h: orNull(count),
  journalBytes24h: orNull(count),
  databaseBytes24h: orNull(count),
  deviceBytes24h: orNull(count),
  budgetBytesPerDay: orNull(count),
  spacingMs: number,
  wear: oneOf(wearStates),
};

const flash = object({
  ...wearFields,
  servingSeconds: number,
  enduranceBytes: orNull(count),
  yearsAtThisRate: orNull(number),
  deviceBudgetBytesPerDay: orNull(count),
  devices: arrayOf(
    object({ endpoint: orNull(string), peer: string, chargedBytes: count, usedBytes: count, waitSeconds: count }),
  ),
});

const recovery = object({
  running: boolean,
  lastStop: oneOf(Object.keys(lastStopWords)),
  servingSeconds: number,
  lastedSeconds: orNull(number),
  devicesPerSecond: number,
  devices: object({
    total: count,
    heard: count,
    heardByThemselves: count,
    toDo: count,
    underWay: count,
    asleep: count,
    unreachable: count,
  }),
  rungs: arrayOf(
    object({
      rung: oneOf(['restored', 'abbreviated', 'full']),
      toDo: count,
      underWay: count,
      succeeded: count,
      failed: count,
    }),
  ),
});

const status = object({
  version: string,
  at: orNull(instant),
  generation: count,
  servingSeconds: number,
  lastStop: oneOf(Object.keys(lastStopWords)),
  startToServingMs: orNull(number),
  host: string,
  devices: object(Object.fromEntries(deviceStates.map((state) => [state, count]))),
  sinceStart: object({ heardFrom: count, handshakes: count, registrations: count }),
  events: object({ perMinute: number, held: count, oldestSecondsAgo: orNull(number), lastId: count }),
  operations: object({ queued: count, sent: count, inDoubt: count }),
  store: object({ state: oneOf(['ok', 'full', 'readonly', 'failed', 'superseded']), ...wearFields }),
  clock: object({ trusted: boolean, source: orNull(string) }),
  drops: arrayOf(object({ reason: string, lastHour: count, total: count })),
  listeners: arrayOf(object({ name: string, url: string })),
  attention: arrayOf(object({ code: string, text: string, next: orNull(string) })),
});

const deviceFields: Readonly<Record<string, Schema>> = {
  endpoint: string,
  state: oneOf(deviceStates),
  heardAt: orNull(instant),
  heardSecondsAgo: orNull(number),
  expiresInSeconds: orNull(number),
  lifetimeSeconds: orNull(count),
  queueMode: boolean,
  binding: orNull(string),
  lwm2mVersion: orNull(string),
  registrationId: orNull(string),
  registeredAt: orNull(instant),
  address: orNull(string),
  listener: orNull(string),
  security: orNull(oneOf(['psk', 'x509', 'rpk', 'none'])),
  connectionId: boolean,
  connection: oneOf(['live', 'restored', 'none']),
  observations: count,
  queued: count,
};

const operation = object({
  operation: orNull(count),
  verb: oneOf(verbs),
  endpoint: string,
  path: string,
  state: oneOf(operationStates),
  code: orNull(string),
  values: arrayOf({ ...value, required: ['path', 'name', 'type', 'value', 'unit'] }),
  links: orNull(arrayOf(object({ path: string, name: orNull(string), attributes }))),
  account: orNull(string),
  acceptedAt: orNull(instant),
  acceptedSecondsAgo: orNull(number),
  expiresAt: orNull(instant),
  expiresInSeconds: orNull(number),
  roundTripMs: orNull(number),
  sends: count,
  device: orNull(
    object({
      state: oneOf(deviceStates),
      heardSecondsAgo: orNull(number),
      nextUpdateInSeconds: orNull(number),
      connected: boolean,
    }),
  ),
  observation: orNull(object({ already: boolean })),
  format: orNull(string),
  payload: orNull(string),
  error: orNull(errorDetails),
});

const observationFields: Readonly<Record<string, Schema>> = {
  path: string,
  pminSeconds: orNull(number),
  pmaxSeconds: orNull(number),
  state: oneOf(['running', 'wished', 'ended']),
  value: orNull(scalar),
  type: orNull(string),
  receivedSecondsAgo: orNull(number),
  received: count,
};

const deviceDetail = object({
  ...deviceFields,
  muted: orNull(
    object({
      reason: string,
      account: string,
      since: orNull(instant),
      secondsAgo: number,
      unmutedInSeconds: orNull(number),
    }),
  ),
  registeredSecondsAgo: orNull(number),
  updatedSecondsAgo: orNull(number),
  ended: orNull(object({ reason: string, secondsAgo: orNull(number) })),
  location: orNull(string),
  listenerUrl: orNull(string),
  objectLinks: arrayOf(object({ path: string, attributes })),
  psk: orNull(object({ identity: string, addedAt: orNull(instant), addedBy: string })),
  x509: orNull(
    object({
      addedAt: orNull(instant),
      addedBy: string,
      certificateSha256: orNull(string),
      validUntil: orNull(instant),
    }),
  ),
  dtls: orNull(
    object({
      version: string,
      suite: string,
      cid: boolean,
      establishedAt: orNull(instant),
      establishedSecondsAgo: orNull(number),
      restores: count,
      handshakesSinceRestore: count,
    }),
  ),
  learned: orNull(
    object({
      acceptsHandshake: orNull(boolean),
      triedSecondsAgo: orNull(number),
      failures: count,
      resumes: orNull(boolean),
      connectionId: orNull(boolean),
      keepsConnection: orNull(boolean),
    }),
  ),
  observationList: arrayOf(object(observationFields)),
  queue: arrayOf(operation),
});

const event = object({
  id: orNull(integer),
  at: orNull(instant),
  type: oneOf(eventTypes),
  endpoint: orNull(string),
  path: orNull(string),
  values: arrayOf(value),
  operation: orNull(count),
  account: orNull(string),
  unverified: boolean,
  detail: { type: 'object' },
});

const configurationKey = object({
  key: string,
  value: scalar,
  default: orNull(scalar),
  unit: orNull(string),
  origin: string,
  description: string,
});

/** By what prints it. An array stands for one element a line; an operation and an event are one line each. */
export const schemas = {
  status,
  devices: arrayOf(object(deviceFields)),
  'device show': deviceDetail,
  'device add, device remove': object({ endpoint: string, result: oneOf(['added', 'replaced', 'removed']) }),
  'device mute, device unmute': object({ endpoint: string, result: oneOf(['muted', 'unmuted', 'not-muted']) }),
  'device reset': object({
    endpoint: string,
    result: oneOf(['reset']),
    dropped: boolean,
    handshake: orNull(oneOf(['abbreviated', 'full'])),
  }),
  'read, write, execute, discover, observe, unobserve': operation,
  operations: arrayOf(operation),
  'operations show, wait, cancel, retry': operation,
  observations: arrayOf(
    object({
      endpoint: string,
      ...observationFields,
      formers: arrayOf(object({ askedSecondsAgo: number, ended: boolean })),
    }),
  ),
  events: event,
  flash,
  recovery,
  'config check': object({
    file: orNull(string),
    problems: arrayOf(object({ line: orNull(count), text: string })),
    listeners: count,
    keysByDefault: count,
  }),
  'config show': object({ file: orNull(string), keys: arrayOf(configurationKey) }),
  version: object({
    cli: string,
    gateway: orNull(string),
    engine: orNull(string),
    node: string,
    jsonSchema: count,
  }),
  error: object({ error: errorDetails }),
} as const satisfies Readonly<Record<string, Schema>>;
