/** `GET /api/holdfast/flash`: what is written to the flash, the budget of it, and which devices cause it. */
import type { WearState } from '../state-words.ts';

export interface FlashBody {
  readonly wear: WearState;
  /** Null: no budget. */
  readonly budgetBytesPerDay: number | null;
  readonly spacingMs: number;
  /** In the last 24 hours, or since the start; by the gateway, as the kernel counts it. */
  readonly writtenBytes24h: number | null;
  readonly logicalBytes24h: number | null;
  readonly commits24h: number | null;
  readonly journalBytes24h: number | null;
  readonly databaseBytes24h: number | null;
  /** To the block device of the state directory, by whomever. */
  readonly deviceBytes24h: number | null;
  /** What the flash is said to be good for in all; null when only a budget was said. */
  readonly enduranceBytes: number | null;
  /** How long that lasts at what the gateway writes now; null in the first hour. */
  readonly yearsAtThisRate: number | null;
  /** Null: devices have no budget. */
  readonly deviceBudgetBytesPerDay: number | null;
  /** Those that have most written for them, the most first, at most 20. */
  readonly devices: readonly FlashDeviceBody[];
}

export interface FlashDeviceBody {
  /** Null: it is not registered. */
  readonly endpoint: string | null;
  /** `field|meter-17`: its identity, or without DTLS its address, at a listener. */
  readonly peer: string;
  /** Of its budget, and not back yet. */
  readonly usedBytes: number;
  /** Until it may have something written; 0 when it may. */
  readonly waitSeconds: number;
}
