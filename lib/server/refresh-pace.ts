/** When live queries that are due run again, though operations wait. */

/** They have a tenth of the time, but run again no sooner than this, and no later. */
const atLeastMs = 10;
const atMostMs = 40;
const timesAsLong = 9;

export class RefreshPace {
  #since = 0;
  #afterMs = atLeastMs;

  /** Those that are due have waited for long enough. */
  get isOverdue(): boolean {
    return performance.now() - this.#since > this.#afterMs;
  }

  /** The first of them has become due. */
  begin(): void {
    this.#since = performance.now();
  }

  /** Runs them. Those that there was no time for wait until others have had as much of it. */
  refresh(run: () => void, areDue: () => boolean): void {
    const start = performance.now();
    run();
    this.#since = performance.now();
    const tookMs = this.#since - start;
    this.#afterMs = areDue() ? tookMs : Math.min(Math.max(tookMs * timesAsLong, atLeastMs), atMostMs);
  }
}
