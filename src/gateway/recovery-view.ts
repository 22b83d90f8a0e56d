/** How far the gateway has got with its devices since its start. */

/** The ways to a device, the cheapest first; `wait`: the device has to come by itself. */
export type Rung = 'restored' | 'abbreviated' | 'full' | 'wait';

export interface RungView {
  readonly rung: Exclude<Rung, 'wait'>;
  readonly toDo: number;
  readonly underWay: number;
  readonly succeeded: number;
  readonly failed: number;
}

export interface RecoveryView {
  /** Somebody is still to be asked, or to answer. */
  readonly running: boolean;
  /** Devices that were registered when the gateway started. Each is one of: heard, to do, under way, asleep, unreachable. */
  readonly total: number;
  readonly heard: number;
  /** Of those heard: they spoke before they were asked. */
  readonly heardByThemselves: number;
  readonly toDo: number;
  readonly underWay: number;
  /** In queue mode: never contacted, they come by themselves. */
  readonly asleep: number;
  /** Nothing that the gateway may do reaches them: it waits for them. */
  readonly unreachable: number;
  readonly rungs: readonly RungView[];
  readonly devicesPerSecond: number;
  readonly servingSeconds: number;
  /** From the start until nobody was left to be asked. */
  readonly lastedSeconds: number | undefined;
}
