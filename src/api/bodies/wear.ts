/** The account of what is written, as `status` and `flash` tell it: of the last 24 hours, or since the start if that is later. */
import type { WearState } from '../state-words.ts';

export interface WearBody {
  /** By the gateway, as the kernel counts it. */
  readonly writtenBytes24h: number | null;
  /** Keys and values of records. */
  readonly logicalBytes24h: number | null;
  readonly commits24h: number | null;
  readonly journalBytes24h: number | null;
  /** Keys and values handed to LevelDB. */
  readonly databaseBytes24h: number | null;
  /** To the block device of the state directory, by whomever; null where it cannot be read. */
  readonly deviceBytes24h: number | null;
  /** Null: no budget. */
  readonly budgetBytesPerDay: number | null;
  readonly spacingMs: number;
  readonly wear: WearState;
}
