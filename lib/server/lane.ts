/** What one client has waiting in a queue, in the order of asking. */

/** One that waits. */
export interface Waiter {
  isCancelled: boolean;
  /** Where it waits, for as long as it does. */
  keeper: { dropped(): void } | undefined;
}

/** Whoever waits does so no longer, wherever it is. */
export function cancel(waiter: Waiter): void {
  if (waiter.isCancelled) return;
  waiter.isCancelled = true;
  waiter.keeper?.dropped();
  waiter.keeper = undefined;
}

/** With this many, the cancelled are taken out as soon as they are more than the others. */
const manyWaiters = 1000;

/** Both ends cost the same however many wait, also where most of them were cancelled. */
export class Lane<W extends Waiter> {
  /** When its next may run, on the clock of the queue. */
  due = 0;
  /** Without the cancelled. */
  length = 0;
  #waiters: W[] = [];
  #next = 0;
  readonly #emptied: (lane: Lane<W>) => void;

  constructor(emptied: (lane: Lane<W>) => void) {
    this.#emptied = emptied;
  }

  push(waiter: W): void {
    waiter.keeper = this;
    this.length++;
    this.#waiters.push(waiter);
  }

  /** It was taken out, and comes before all others again. */
  pushFirst(waiter: W): void {
    waiter.keeper = this;
    this.length++;
    if (this.#next > 0) this.#waiters[--this.#next] = waiter;
    else this.#waiters.unshift(waiter);
  }

  /** The next one; there must be one. */
  get first(): W {
    while (this.#waiters[this.#next]!.isCancelled) this.#next++;
    return this.#waiters[this.#next]!;
  }

  shift(): W {
    const { first } = this;
    this.#next++;
    first.keeper = undefined;
    this.dropped();
    return first;
  }

  /** One of them was cancelled, or taken out. */
  dropped(): void {
    this.length--;
    if (this.length === 0) {
      this.#waiters = [];
      this.#next = 0;
      this.#emptied(this);
    } else if (this.#waiters.length > manyWaiters && this.length * 2 < this.#waiters.length) {
      this.#waiters = this.waiting;
      this.#next = 0;
    }
  }

  get waiting(): W[] {
    return this.#waiters.slice(this.#next).filter(({ isCancelled }) => !isCancelled);
  }
}
