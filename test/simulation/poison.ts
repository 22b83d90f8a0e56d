/** A device of whose input the gateway dies, until the crash-loop breaker mutes it; then it takes no further part. */
import { Fault } from './gateway-process.ts';
import type { SimulatedDevice } from './simulated-device.ts';
import type { World } from './world.ts';

const lookEveryMs = 500;

/** For so long at most. The device speaks meanwhile: what it does not say nobody dies of. */
export function poison(world: World, device: SimulatedDevice, forMs: number): void {
  const endpoint = device.options.name;
  const untilMs = world.timeline.nowMs + forMs;
  world.poison = (kind, name) => {
    if (kind === 'peer' && name === `secure|${endpoint}`) throw new Fault();
  };
  const look = () => {
    const answer = world.gateway.ready ? world.gateway.inspect({ kind: 'device', endpoint }) : undefined;
    const isMuted = answer?.kind === 'device' && answer.device?.state === 'muted';
    if (!isMuted && world.timeline.nowMs < untilMs) {
      device.sendReport();
      world.timeline.plan(lookEveryMs, look);
      return;
    }
    world.poison = () => {};
    if (isMuted) device.retire();
  };
  look();
}
