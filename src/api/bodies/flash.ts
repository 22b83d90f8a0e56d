/** `GET /api/holdfast/flash`: what is written to the flash, the budget of it, and which devices cause it. */
import type { WearBody } from './wear.ts';

export interface FlashBody extends WearBody {
  /** The account is of as much of a day as this. */
  readonly servingSeconds: number;
  /** What the flash is said to be good for in all; null when only a budget was said. */
  readonly enduranceBytes: number | null;
  /** How long that lasts at what the gateway writes now; null in the first hour. */
  readonly yearsAtThisRate: number | null;
  /** Null: devices have no budget. */
  readonly deviceBudgetBytesPerDay: number | null;
  /** Those that had most written for them since the start, the most first, at most 20. */
  readonly devices: readonly FlashDeviceBody[];
}

export interface FlashDeviceBody {
  /** Null: it is not registered. */
  readonly endpoint: string | null;
  /** `field|meter-17`: its identity, or without DTLS its address, at a listener. */
  readonly peer: string;
  /** Keys and values committed for it before their acknowledgement, since the start. */
  readonly chargedBytes: number;
  /** Of its budget, and not back yet. */
  readonly usedBytes: number;
  /** Until it may have something written; 0 when it may. */
  readonly waitSeconds: number;
}
