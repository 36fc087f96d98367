/** Leaves out ever more often what was in vain, as long as it stays so. */

/** At most so many times in a row. */
const mostLeftOut = 64;

export class Backoff {
  #leftOut = 0;
  #toLeaveOut = 0;

  /** Whether to try now. */
  isDue(): boolean {
    if (this.#toLeaveOut === 0) return true;
    this.#toLeaveOut--;
    return false;
  }

  succeeded(): void {
    this.#leftOut >>= 1;
  }

  failed(): void {
    this.#leftOut = Math.min(this.#leftOut * 2 + 1, mostLeftOut);
    this.#toLeaveOut = this.#leftOut;
  }
}
