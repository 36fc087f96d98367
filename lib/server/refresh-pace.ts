/** When live queries that are due run again: at once where nothing else waits, and a frame apart where writes come in a flood. */

import { now } from '../wire/clock.ts';

/** They have a twentieth of the time, as long as that is no sooner than this, and no later. */
const atLeastMs = 16;
const atMostMs = 40;
const timesAsLong = 19;

/** More commits since they became due are a flood: others follow, though none may wait at the moment. */
const mostAtOnce = 100;

/**
 * 1,000 inserts in flight leave the queue empty every few milliseconds. A live count beside them that ran each time, every
 * 6 ms, took a tenth of their rate, and a frame apart it takes a thirtieth.
 */
export class RefreshPace {
  #since = 0;
  #afterMs = atLeastMs;
  #commits = 0;

  /** How long those that are due may still wait for operations. */
  get leftMs(): number {
    return Math.max(this.#since + this.#afterMs - now(), 0);
  }

  get isFlooded(): boolean {
    return this.#commits > mostAtOnce;
  }

  /** Something was committed; `areDue` where live queries were due before. */
  committed(areDue: boolean): void {
    if (!areDue) {
      this.#since = now();
      this.#commits = 0;
    }
    this.#commits++;
  }

  /** Runs them. Those that there was no time for wait until others have had as much of it. */
  refresh(run: () => void, areDue: () => boolean): void {
    const start = now();
    run();
    this.#since = now();
    this.#commits = 0;
    const tookMs = this.#since - start;
    this.#afterMs = areDue() ? tookMs : Math.min(Math.max(tookMs * timesAsLong, atLeastMs), atMostMs);
  }
}
