// The screen of a set-up. On a terminal the running step shows its percentage in place; in a pipe each step prints one
// line when it is done. All of it is talk and goes to stderr: stdout belongs to what is started afterwards.
//
//   1/4 packages                     done                    14s

const NAME_COLUMN = 29;
const STATE_COLUMN = 22;
const TIME_COLUMN = 5;
const REDRAW_MS = 500;

/** @typedef {{write(text: string): unknown, isTTY?: boolean}} Screen */

/**
 * One line of the report.
 * @param {{number: number, of: number, name: string}} step
 * @param {string} state "done", "41 %"
 * @param {string} time "14s", or empty
 */
export function stepLine(step, state, time) {
  const line = `  ${step.number}/${step.of} ${step.name.padEnd(NAME_COLUMN)}${state.padEnd(STATE_COLUMN)}`;
  return (line + time.padStart(TIME_COLUMN)).trimEnd();
}

/** A duration as the screens write it: `0s`, `48s`, `2m05s`. */
export function durationText(/** @type {number} */ durationMs) {
  const seconds = Math.round(durationMs / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`;
}

/** Prints the lines of one step. */
export class StepReport {
  #screen;
  #step;
  #startedAt = performance.now();
  /** @type {number | null} between 0 and 1; null as long as nobody knows */
  #fraction = null;
  /** @type {NodeJS.Timeout | null} */
  #redraw = null;

  /**
   * @param {Screen} screen
   * @param {{number: number, of: number, name: string}} step
   */
  constructor(screen, step) {
    this.#screen = screen;
    this.#step = step;
  }

  /** The step runs from now on. */
  start() {
    this.#startedAt = performance.now();
    if (this.#screen.isTTY) {
      this.#draw();
      this.#redraw = setInterval(() => this.#draw(), REDRAW_MS);
    }
  }

  /** How far the step is, from 0 to 1. */
  progress(/** @type {number} */ fraction) {
    this.#fraction = Math.min(1, Math.max(this.#fraction ?? 0, fraction));
  }

  /** The step is done; `state` says how. */
  done(/** @type {string} */ state) {
    this.#end(`${stepLine(this.#step, state, durationText(performance.now() - this.#startedAt))}\n`);
  }

  /** The step had nothing to do. */
  skipped() {
    this.#end(`${stepLine(this.#step, 'there already', '')}\n`);
  }

  /** The step failed; the reason is printed by whoever catches it. */
  failed() {
    this.#end(`${stepLine(this.#step, 'failed', '')}\n`);
  }

  #draw() {
    const state = this.#fraction === null ? '...' : `${Math.floor(this.#fraction * 100)} %`;
    this.#screen.write(`\r\x1b[K${stepLine(this.#step, state, durationText(performance.now() - this.#startedAt))}`);
  }

  /** @param {string} line */
  #end(line) {
    if (this.#redraw !== null) {
      clearInterval(this.#redraw);
      this.#redraw = null;
    }
    this.#screen.write(this.#screen.isTTY ? `\r\x1b[K${line}` : line);
  }
}
