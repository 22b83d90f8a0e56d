/** Which way to a device there is: the connection that it has, else it has to come by itself. */
import type { ListenerName } from '../base/address.ts';
import type { Now } from '../base/instants.ts';
import type { Connections } from './connections.ts';
import type { ListenerConfiguration } from './gateway-options.ts';
import type { Rungs } from './recovery.ts';
import type { Rung } from './recovery-view.ts';
import type { Registration } from './registration.ts';
import type { Step } from './step.ts';

export class DeviceRungs implements Rungs {
  private readonly connections: Connections;
  private readonly plainListeners: ReadonlySet<ListenerName>;

  constructor(connections: Connections, listeners: readonly ListenerConfiguration[]) {
    this.connections = connections;
    this.plainListeners = new Set(listeners.filter(({ security }) => security === 'none').map(({ name }) => name));
  }

  next({ peer, listener }: Registration, failed: ReadonlySet<Rung>, _now: Now): Rung {
    const isReachable = this.plainListeners.has(listener) || this.connections.current(peer) !== undefined;
    return isReachable && !failed.has('restored') ? 'restored' : 'wait';
  }

  climb({ peer, endpoint }: Registration, _rung: Rung, step: Step): void {
    step.afterCommit(peer, { kind: 'ask-device', endpoint });
  }
}
