/**
 * What a reopened store holds, against what a recording says up to the cut:
 *
 *   lost      something acknowledged is not there, or a generation that was in use may be used again
 *   torn      half of what was written in one batch is there, a record cannot be read, or the journal is said to be damaged
 *   invented  something is there that the gateway had not received, or twice
 */
import { toHex } from '../../src/base/bytes.ts';
import type { CommitClass, StoredRecord } from '../../src/commit/commit.ts';
import { unwrap } from '../../src/records/envelope.ts';
import { eventRecord } from '../../src/records/event-record.ts';
import { decodeKind, keyOf, type RecordKind } from '../../src/records/record-kind.ts';
import { type RegistrationRecord, registrationRecord } from '../../src/records/registration-record.ts';
import { relationRecord } from '../../src/records/relation-record.ts';
import type { Aead } from '../../src/records/sealed-record.ts';
import { seenRecord } from '../../src/records/seen-record.ts';
import { type History, numberIn, type RegistrationStep } from './history.ts';

export interface Violation {
  readonly kind: 'lost' | 'torn' | 'invented' | 'unopenable';
  readonly what: string;
}

export interface Reopened {
  readonly generation: number;
  /** What the opening says to be damaged. */
  readonly notes: readonly string[];
  readonly records: readonly StoredRecord[];
}

/** A batch of the harness's own, committed to a store that was opened after a cut. */
export interface OwnBatch {
  readonly name: string;
  readonly commitClass: CommitClass;
  readonly writes: readonly StoredRecord[];
}

export interface Expectation {
  readonly history: History;
  /** Where in the recording the power went. */
  readonly place: number;
  /** Higher than any generation up to here. */
  readonly generationAbove: number;
  /** All of it or nothing; `durable`: all of it. */
  readonly ownBatches: readonly { readonly batch: OwnBatch; readonly durable: boolean }[];
}

/** Keys of the harness's own batches begin so; the gateway has none like it. */
export const ownPrefix = 'powerloss/';

/** Records of these kinds are not sealed; no plain device has one that is. */
const noAead: Aead = {
  seal: () => {
    throw new Error('nothing is sealed here');
  },
  open: () => undefined,
};

/** Most records are those of the state before, byte for byte: what was read of them is kept. */
const known = new Map<string, KnownRecord>();

interface KnownRecord {
  readonly bytes: Uint8Array;
  readonly whole: boolean;
  readonly name: string;
  readonly event?: { readonly value: string; readonly id: number } | undefined;
  readonly registration?: RegistrationRecord | undefined;
  readonly token?: string | undefined;
}

export function judge(expected: Expectation, found: Reopened): readonly Violation[] {
  const { history, place, generationAbove } = expected;
  const records = new Map(found.records.map(({ key, value }) => [key, readRecord(key, value)]));
  const used = history.generations.filter(({ usedAt }) => usedAt < place).map(({ generation }) => generation);
  const highest = Math.max(generationAbove, ...used);
  const violations: Violation[] = [];
  if (found.generation <= highest) {
    violations.push(lost(`generation ${found.generation} was given out, and ${highest} had been in use`));
  }
  // A torn slot of the generation's file, or a first start begun anew, is repaired and told; a journal is never torn by a cut.
  for (const what of found.notes.filter((note) => /journal|repaired|vanished/.test(note)))
    violations.push({ kind: 'torn', what });
  violations.push(...unreadable(records));
  violations.push(...valueViolations(history, place, records));
  violations.push(...registrationViolations(history, place, records));
  violations.push(...relationViolations(history, place, records));
  for (const { key, toldAt } of history.kept) {
    if (toldAt < place && !records.has(key)) violations.push(lost(`${key}, which an operator was told is kept`));
  }
  violations.push(...ownViolations(expected, records));
  return violations;
}

type Records = ReadonlyMap<string, KnownRecord>;

function readRecord(key: string, bytes: Uint8Array): KnownRecord {
  const before = known.get(key);
  if (before !== undefined && Buffer.compare(before.bytes, bytes) === 0) return before;
  const read = decodedRecord(key, bytes);
  known.set(key, read);
  return read;
}

function decodedRecord(key: string, bytes: Uint8Array): KnownRecord {
  const event = decoded(eventRecord, key, bytes);
  const registration = decoded(registrationRecord, key, bytes);
  const relation = decoded(relationRecord, key, bytes);
  const name = key.slice(key.indexOf('/') + 1);
  return {
    bytes,
    whole: key.startsWith(ownPrefix) || !('error' in unwrap(key, bytes)),
    name: decodeURIComponent(name),
    event: event && { value: `${event.endpoint} ${numberIn(event.payload)}`, id: Number(name) },
    registration,
    token: relation && toHex(relation.token),
  };
}

function decoded<T>(kind: RecordKind<T>, key: string, bytes: Uint8Array): T | undefined {
  if (!key.startsWith(kind.prefix)) return undefined;
  const read = decodeKind(kind, noAead, key, bytes);
  return 'value' in read ? read.value : undefined;
}

function lost(what: string): Violation {
  return { kind: 'lost', what };
}

function unreadable(records: Records): readonly Violation[] {
  return [...records].flatMap(([key, { whole }]) => (whole ? [] : [{ kind: 'torn', what: `${key} cannot be read` }]));
}

function valueViolations(history: History, place: number, records: Records): readonly Violation[] {
  const violations: Violation[] = [];
  const found = new Set<string>();
  let ids = 0;
  let highest = 0;
  for (const { event } of records.values()) {
    if (event === undefined) continue;
    ids++;
    highest = Math.max(highest, event.id);
    if (found.has(event.value)) violations.push({ kind: 'invented', what: `value ${event.value} is there twice` });
    found.add(event.value);
  }
  const received = new Set<string>();
  for (const { name, receivedAt, acknowledgedAt } of history.values) {
    if (receivedAt < place) received.add(name);
    if (acknowledgedAt < place && !found.has(name)) violations.push(lost(`value ${name}`));
  }
  for (const name of found) {
    if (!received.has(name)) violations.push({ kind: 'invented', what: `value ${name} was never received` });
  }
  // What is appended is durable in its order, so that no id is missing between others.
  if (highest !== ids) violations.push({ kind: 'torn', what: `of ${highest} events ${ids} are there` });
  return violations;
}

function registrationViolations(history: History, place: number, records: Records): readonly Violation[] {
  const violations: Violation[] = [];
  for (const { registration, name } of records.values()) {
    if (registration !== undefined && !history.registrations.has(name)) {
      violations.push({ kind: 'invented', what: `a registration of ${name}` });
    }
  }
  for (const [endpoint, steps] of history.registrations) {
    const found = records.get(keyOf(registrationRecord, endpoint))?.registration;
    if (records.has(keyOf(seenRecord, endpoint)) !== (found !== undefined)) {
      violations.push({ kind: 'torn', what: `of ${endpoint}'s registration and when it was heard only one is there` });
    }
    const lifetimeSeconds = Number(found?.request['lifetimeSeconds']);
    const isFound = (step: RegistrationStep): boolean =>
      step.lifetimeSeconds === lifetimeSeconds && step.ended === (found?.ended !== undefined);
    const at = found === undefined ? -1 : steps.findLastIndex((step) => step.receivedAt < place && isFound(step));
    const acknowledged = steps.findLastIndex((step) => step.acknowledgedAt < place);
    const now = found === undefined ? 'nothing' : `lifetime ${lifetimeSeconds}${found.ended ? ', ended' : ''}`;
    if (found !== undefined && at < 0) violations.push({ kind: 'invented', what: `${endpoint}: ${now}` });
    else if (at < acknowledged) violations.push(lost(`registration step ${acknowledged} of ${endpoint}: ${now}`));
    const id = at === acknowledged ? steps[at]?.registrationId : undefined;
    if (id !== undefined && found?.registrationId !== id) {
      violations.push(lost(`${endpoint} was told that its registration is ${id}; it is ${found?.registrationId}`));
    }
  }
  return violations;
}

/** The newest token that a device was asked to observe with, as long as it has done nothing since that ends it. */
function relationViolations(history: History, place: number, records: Records): readonly Violation[] {
  const tokens = new Set(Array.from(records.values(), ({ token }) => token));
  const newest = new Map(
    history.asked.filter(({ askedAt }) => askedAt < place).map((asked) => [asked.endpoint, asked] as const),
  );
  return [...newest.values()].flatMap(({ endpoint, token, askedAt }) => {
    const steps = history.registrations.get(endpoint) ?? [];
    // One that was under way as it was asked may end it with the commit that it waits for.
    const since = steps.some((step) => step.acknowledgedAt > askedAt && step.receivedAt < place);
    return since || tokens.has(token) ? [] : [lost(`token ${token}, with which ${endpoint} was asked to observe`)];
  });
}

function ownViolations({ ownBatches }: Expectation, records: Records): readonly Violation[] {
  const written = new Set(ownBatches.flatMap(({ batch }) => batch.writes.map(({ key }) => key)));
  const invented = [...records.keys()].filter((key) => key.startsWith(ownPrefix) && !written.has(key));
  const violations: Violation[] = invented.map((key) => ({ kind: 'invented', what: `${key} was not written yet` }));
  for (const { batch, durable } of ownBatches) {
    const there = batch.writes.filter(({ key, value }) => equal(records.get(key)?.bytes, value)).length;
    const what = `of the ${batch.writes.length} writes of ${batch.name} ${there} are there`;
    if (durable && there < batch.writes.length) violations.push(lost(what));
    else if (there > 0 && there < batch.writes.length) violations.push({ kind: 'torn', what });
  }
  return violations;
}

function equal(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one !== undefined && Buffer.compare(one, other) === 0;
}
