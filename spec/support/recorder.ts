/** Records what an Observable emits, and waits for it. */
import type { Observable, Subscription } from 'rxjs';

/** All that was heard of one subscription. */
export class Recorder<T> {
  readonly values: T[] = [];
  error: unknown;
  isComplete = false;
  readonly #subscription: Subscription;
  readonly #waiting = new Set<() => void>();

  constructor(source: Observable<T>) {
    this.#subscription = source.subscribe({
      next: (value) => this.#heard(() => this.values.push(value)),
      error: (error: unknown) => this.#heard(() => (this.error = error)),
      complete: () => this.#heard(() => (this.isComplete = true)),
    });
  }

  get last(): T | undefined {
    return this.values.at(-1);
  }

  get isOver(): boolean {
    return this.isComplete || this.error !== undefined;
  }

  unsubscribe(): void {
    this.#subscription.unsubscribe();
  }

  /** Waits until `met` holds; fails after `withinMs`, with what was heard by then. */
  until(met: (recorder: this) => boolean, withinMs = 40_000): Promise<this> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        const heard = {
          values: this.values.slice(-5),
          count: this.values.length,
          error: this.error,
          complete: this.isComplete,
        };
        reject(
          new Error(`Waited in vain; heard ${JSON.stringify(heard, (_, v) => (typeof v === 'bigint' ? `${v}n` : v))}`),
        );
      }, withinMs);
      const check = (): void => {
        if (!met(this)) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(this);
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** Waits for the n-th value. */
  count(n: number): Promise<this> {
    return this.until(({ values }) => values.length >= n);
  }

  over(): Promise<this> {
    return this.until(({ isOver }) => isOver);
  }

  #heard(note: () => void): void {
    note();
    for (const check of [...this.#waiting]) check();
  }
}

export function record<T>(source: Observable<T>): Recorder<T> {
  return new Recorder(source);
}
