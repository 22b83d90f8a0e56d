/** What the store kept, handed to the part that it belongs to. A record that no part can read is damaged: it stops nothing else. */
import type { StoredRecord } from '../commit/commit.ts';
import { prefixOf } from '../records/record-kind.ts';
import type { DamagedRecord } from './contract.ts';
import type { HandNote } from './crash-loop.ts';
import type { DamagedRecords } from './damaged-records.ts';
import type { Part } from './part.ts';

export type Keeper = Pick<Part, 'restore'>;

export class KeptRecords {
  private readonly keepers: readonly Keeper[];
  private readonly damaged: DamagedRecords;
  private readonly nowInHand: HandNote | undefined;
  /** By the beginning of their keys: there are hundreds of thousands. */
  private readonly keeperOf = new Map<string, Keeper>();

  constructor(keepers: readonly Keeper[], damaged: DamagedRecords, nowInHand: HandNote | undefined) {
    this.keepers = keepers;
    this.damaged = damaged;
    this.nowInHand = nowInHand;
  }

  /** Returns those that are damaged. `identityOf` a connection that a key is of. */
  restore(chunk: readonly StoredRecord[], identityOf: (key: string) => string | undefined): readonly DamagedRecord[] {
    const damaged: DamagedRecord[] = [];
    for (const record of chunk) {
      this.nowInHand?.('record', record.key);
      const why = this.restoreOne(record);
      if (why === undefined) continue;
      damaged.push({ record, why, whose: this.damaged.add(record.key, identityOf(record.key)) });
    }
    return damaged;
  }

  private restoreOne(record: StoredRecord): string | undefined {
    const prefix = prefixOf(record.key);
    const known = this.keeperOf.get(prefix);
    for (const keeper of known === undefined ? this.keepers : [known]) {
      const result = keeper.restore(record);
      if (result === 'foreign') continue;
      if (known === undefined) this.keeperOf.set(prefix, keeper);
      return result === 'ours' ? undefined : result.damaged;
    }
    return 'no part of this program knows records of this kind';
  }
}
