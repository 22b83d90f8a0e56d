/** What a state directory keeps, read by the store's own code, as a start would. */
import { utf8Decode } from '../../src/base/bytes.ts';
import type { StoredRecord } from '../../src/commit/commit.ts';
import { LevelStore } from '../../src/host/store/level-store.ts';
import { eventRecord } from '../../src/records/event-record.ts';
import { decodeKind, namesIn, type RecordKind } from '../../src/records/record-kind.ts';
import { registrationRecord } from '../../src/records/registration-record.ts';
import type { Aead } from '../../src/records/sealed-record.ts';
import type { Kept, KeptReport } from './ledger.ts';

/** The records that are looked at are not sealed. */
const noAead: Aead = {
  seal: () => {
    throw new Error('nothing is sealed here');
  },
  open: () => undefined,
};

/** Opens the store (the generation rises, as at every open), reads all of it and closes it as after an unclean stop. */
export async function keptRecords(stateDirectory: string): Promise<Kept> {
  const store = new LevelStore({ directory: stateDirectory });
  await store.open();
  const reports: KeptReport[] = [];
  const registrations = new Map<string, string>();
  try {
    await store.restore((chunk) => {
      for (const record of chunk) take(record, reports, registrations);
    });
  } finally {
    await store.close();
  }
  return { reports, registrations };
}

function take(record: StoredRecord, reports: KeptReport[], registrations: Map<string, string>): void {
  if (record.key.startsWith(eventRecord.prefix)) {
    const { kind, endpoint, payload } = decoded(eventRecord, record);
    if (kind === 'response') return;
    reports.push({ endpoint, kind, payload: utf8Decode(payload) ?? 'no text' });
  } else if (record.key.startsWith(registrationRecord.prefix)) {
    const [endpoint = ''] = namesIn(registrationRecord, record.key) ?? [];
    const { registrationId, ended } = decoded(registrationRecord, record);
    if (ended === undefined) registrations.set(endpoint, registrationId);
  }
}

function decoded<T>(kind: RecordKind<T>, { key, value }: StoredRecord): T {
  const read = decodeKind(kind, noAead, key, value);
  if ('why' in read) throw new Error(`${key} cannot be read: ${read.why}`);
  return read.value;
}
