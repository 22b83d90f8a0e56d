/** What the disk damages while the gateway is down for the next time: chosen before, and done once. */
import type { SimulatedDevice } from './simulated-device.ts';
import type { SimulatedDisk } from './simulated-disk.ts';

export class Damage {
  private readonly observations = new Set<SimulatedDevice>();
  private readonly connections = new Set<SimulatedDevice>();

  /** What is kept of the device's observation. */
  ofObservation(device: SimulatedDevice): void {
    this.observations.add(device);
  }

  /** What is kept of its connections: it is not to blame for what follows. */
  ofConnections(device: SimulatedDevice): void {
    this.connections.add(device);
  }

  /** Nothing further is damaged. */
  end(): void {
    this.observations.clear();
    this.connections.clear();
  }

  /** While nothing is open. Returns how many records of either kind were damaged. */
  apply(disk: SimulatedDisk): { readonly observations: number; readonly connections: number } {
    const done = { observations: 0, connections: 0 };
    for (const { options } of this.observations) if (disk.damage(`rl/${options.name}`)) done.observations++;
    for (const device of this.connections) {
      const keys = connectionKeys(disk, device);
      for (const key of keys) if (disk.damage(key)) done.connections++;
      if (keys.length > 0) device.cutOff();
    }
    this.end();
    return done;
  }
}

/** In the simulation nothing is encrypted: a record of a connection shows whose it is. */
function connectionKeys(disk: SimulatedDisk, { options: { name } }: SimulatedDevice): string[] {
  const its = disk.kept('as/').filter(({ value }) => new TextDecoder('latin1').decode(value).includes(name));
  return its.map(({ key }) => key);
}
