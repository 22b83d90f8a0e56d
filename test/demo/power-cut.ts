/**
 * Cut power instead of a kill alone: the gateway's file operations are recorded, and before its next life the state directory is
 * replaced by one that a disk may hold after a cut. Every other time that is the worst: nothing survives that was not synced.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DiskModel, type Tree } from '../powerloss/disk-model.ts';
import { rebuild } from '../powerloss/rebuilding.ts';
import { compileRecorder, recordedEnvironment } from '../powerloss/recorder-library.ts';
import { readRecording } from '../powerloss/recording-log.ts';
import { survivors, variantCount } from '../powerloss/survivors.ts';
import { Random } from '../simulation/random.ts';

const nothingUnsynced = 0;

export class PowerCut {
  private readonly library: string;
  private readonly state: string;
  private readonly log: string;
  private readonly random: Random;
  private tree: Tree = new Map();
  private cuts = 0;

  /** `directory` gets the state directory `state`. Throws NoRecorder when this machine cannot record. */
  constructor(directory: string, seed: number) {
    this.library = compileRecorder(directory);
    this.state = join(directory, 'state');
    this.log = join(directory, 'recording');
    this.random = new Random(seed);
    mkdirSync(this.state, { mode: 0o700 });
  }

  /** Of the gateway's process. */
  get environment(): NodeJS.ProcessEnv {
    return recordedEnvironment({ library: this.library, root: this.state, log: this.log, process: 0 });
  }

  /** The process is gone; what was still on its way to the disk stays there or not. */
  cut(): void {
    const model = new DiskModel('ext4', this.tree);
    for (const operation of readRecording(readFileSync(this.log))) model.apply(operation);
    const isWorst = this.cuts++ % 2 === 0;
    const variant = isWorst ? nothingUnsynced : this.random.between(0, variantCount - 1);
    this.tree = survivors(model, variant, this.random);
    rebuild(this.state, this.tree);
    rmSync(this.log);
  }
}
