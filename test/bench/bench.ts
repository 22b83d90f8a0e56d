/** What a bench is: a name for `--only`, and its figures. */
import type { Figure, Size } from './measure.ts';

export interface Surroundings {
  readonly size: Size;
  /** An empty directory on the disk that is measured; removed afterwards. */
  readonly directory: string;
}

export interface Bench {
  readonly name: string;
  /** What is measured, in a few words. */
  readonly about: string;
  run(surroundings: Surroundings): Promise<readonly Figure[]>;
}
