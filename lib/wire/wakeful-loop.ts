/** Keeps the event loop of a thread turning for a moment, in place of going to sleep until the next message. */
import { Backoff } from './backoff.ts';
import { now } from './clock.ts';
import { quietTurn } from './next-turn.ts';
import type { Vigil } from './port.ts';

/** How long it turns: a point query is answered within 40 µs, a small write to a file within 200. */
const patienceMs = 0.25;

/** A loop turns a hundred times in that time. It ends though a clock stands still, as in tests. */
const mostTurns = 1000;

/**
 * To wake a thread up is most of a round trip. The loop turns without a pause, with all its timers, ports and sockets, and a
 * page's with all that it paints: nothing waits for this but sleep. In Node, where the server looks at its ports by itself, one
 * select after the other takes 27 µs in place of 62, and less of the processor in all; in a page, where client and server turn,
 * 60 in place of 150. For what comes later it is left out ever more often.
 */
export class WakefulLoop implements Vigil {
  readonly #backoff = new Backoff();
  #isWaiting = false;
  #isTurning = false;
  #until = 0;
  #turnsLeft = 0;

  /** Something will come. */
  asked(): void {
    if (this.#isWaiting || !this.#backoff.isDue()) return;
    this.#isWaiting = true;
    this.#until = now() + patienceMs;
    this.#turnsLeft = mostTurns;
    if (this.#isTurning) return;
    this.#isTurning = true;
    quietTurn(this.#turn);
  }

  /** Something came. */
  heard(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#backoff.succeeded();
  }

  /** Of what was heard, more will come. */
  wait(): void {
    this.heard();
    this.asked();
  }

  /** One function for all turns, of which there are many. */
  readonly #turn = (): void => {
    if (this.#isWaiting && (now() > this.#until || --this.#turnsLeft < 0)) {
      this.#isWaiting = false;
      this.#backoff.failed();
    }
    this.#isTurning = this.#isWaiting;
    if (this.#isTurning) quietTurn(this.#turn);
  };
}
