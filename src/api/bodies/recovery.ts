/** `GET /api/holdfast/recovery`: how far the gateway has got with its devices since its start. */
import type { LastStop } from '../state-words.ts';

export interface RecoveryBody {
  /** Devices are still to be asked, or to answer. */
  readonly running: boolean;
  readonly lastStop: LastStop;
  readonly servingSeconds: number;
  /** From the start until nobody was left to be asked; null until then. */
  readonly lastedSeconds: number | null;
  readonly devicesPerSecond: number;
  /** Those that were registered at the start. Each of `total` is one of the others, `heardByThemselves` being some of `heard`. */
  readonly devices: RecoveryDevices;
  readonly rungs: readonly RungBody[];
}

export interface RecoveryDevices {
  readonly total: number;
  readonly heard: number;
  readonly heardByThemselves: number;
  readonly toDo: number;
  readonly underWay: number;
  readonly asleep: number;
  readonly unreachable: number;
}

export interface RungBody {
  /** Over the connection that the store kept, or with a handshake that the gateway begins. */
  readonly rung: 'restored' | 'abbreviated' | 'full';
  readonly toDo: number;
  readonly underWay: number;
  readonly succeeded: number;
  readonly failed: number;
}
