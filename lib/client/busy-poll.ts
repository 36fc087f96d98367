/** Looks for an answer for a moment before the thread goes to sleep: to wake it up is most of a round trip. */
import { Backoff } from '../wire/backoff.ts';

/** How long is looked: a point query is answered within 40 µs, a small write to a file within 200. */
const patienceMs = 0.25;

/** As it is at first: who replaces timers in his tests means his own. Undefined where a page is imitated, as by jsdom. */
const afterThisTurn: typeof setImmediate | undefined = globalThis.setImmediate;

/**
 * While an answer is due the event loop turns without a pause, with all its timers, ports and sockets: nothing waits for this
 * but sleep. One select after the other takes 43 µs so in place of 93, a transaction of ten 490 in place of 1,000. Where
 * answers take longer, this is left out ever more often.
 */
export class BusyPoll {
  readonly #backoff = new Backoff();
  #isWaiting = false;
  #isTurning = false;
  #until = 0;

  /** Something was asked. */
  asked(): void {
    if (this.#isWaiting || afterThisTurn === undefined || !this.#backoff.isDue()) return;
    this.#isWaiting = true;
    this.#until = performance.now() + patienceMs;
    if (!this.#isTurning) this.#turn();
  }

  /** Something came. */
  heard(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#backoff.succeeded();
  }

  #turn(): void {
    this.#isTurning = true;
    afterThisTurn!(() => {
      if (this.#isWaiting && performance.now() > this.#until) {
        this.#isWaiting = false;
        this.#backoff.failed();
      }
      if (this.#isWaiting) this.#turn();
      else this.#isTurning = false;
    });
  }
}
