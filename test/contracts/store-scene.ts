/** What the parts of the store contract share: the rig, the stores over it, and records to write. */
import { utf8Decode, utf8Encode } from '../../src/base/bytes.ts';
import type { StoredRecord, Write } from '../../src/commit/commit.ts';
import {
  type Opened,
  type Store,
  StoreError,
  type StoreErrorKind,
  StoreOpenError,
} from '../../src/host/store/store.ts';

/** Of the journal of a rig's stores, if they have one: small, so that it is filled and written over within a test. */
export const rigJournalSlots = 16;

export interface StoreRig {
  /** A new store object over the disk, not open yet. The one before is closed or has crashed. */
  store(): Store;
  /** The process dies; only what is durable stays. */
  crash(): Promise<void>;
  /** Spoils one place of the generation, while nothing is open. */
  spoil(place: 'record' | 'file', how: 'absent' | 'unreadable'): Promise<void>;
  /** Overwrites a record on the disk, while nothing is open. */
  overwrite(record: StoredRecord): Promise<void>;
  /** Refuses writes from now on (undefined: no longer). `kept`: what is refused is there all the same. */
  refuse(kind: StoreErrorKind | undefined, kept?: boolean, what?: 'journal' | 'database' | 'both'): void;
  quarantined(): Promise<readonly { readonly key: string; readonly why: string; readonly value: Uint8Array }[]>;
  /** Closes and removes what is left. */
  end(): Promise<void>;
}

/** The rig of the test that runs, and what every test does with it. */
export class StoreScene {
  readonly makeRig: () => Promise<StoreRig>;
  private current: StoreRig | undefined;

  constructor(makeRig: () => Promise<StoreRig>) {
    this.makeRig = makeRig;
  }

  get rig(): StoreRig {
    if (this.current === undefined) throw new Error('a rig is made before each test');
    return this.current;
  }

  async begin(): Promise<void> {
    this.current = await this.makeRig();
  }

  async opened(): Promise<{ store: Store } & Opened> {
    const store = this.rig.store();
    return { store, ...(await store.open()) };
  }

  async recordsAfterCrash(): Promise<Record<string, Uint8Array>> {
    await this.rig.crash();
    return contents((await this.opened()).store);
  }
}

export async function contents(store: Store): Promise<Record<string, Uint8Array>> {
  const records: Record<string, Uint8Array> = {};
  await store.restore((chunk) => {
    for (const { key, value } of chunk) records[key] = new Uint8Array(value);
  });
  return records;
}

export function put(key: string, value: Uint8Array): Write & { readonly value: Uint8Array } {
  return { key, value };
}

export function remove(key: string): Write {
  return { key, value: undefined };
}

export function isStoreError(kind?: StoreErrorKind): (error: unknown) => boolean {
  return (error) => error instanceof StoreError && (kind === undefined || error.kind === kind);
}

export function isOpenError(code: StoreOpenError['code']): (error: unknown) => boolean {
  return (error) => error instanceof StoreOpenError && error.code === code;
}

export function text(value: Uint8Array): string {
  return utf8Decode(value) ?? '';
}

export const bytes = utf8Encode;
