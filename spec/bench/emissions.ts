/** Waits for what live queries emit, and keeps none of it. */
import { type Observable, Subscription } from 'rxjs';

export class Emissions {
  count = 0;
  #heard: (at: number) => void = () => {};
  #failed: (error: unknown) => void = (error) => {
    throw error;
  };

  constructor(source: Observable<unknown>, subscription: Subscription) {
    subscription.add(
      source.subscribe({
        next: () => {
          this.count++;
          this.#heard(performance.now());
        },
        error: (error: unknown) => this.#failed(error),
      }),
    );
  }

  /** The time at which the next one comes. */
  next(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#heard = resolve;
      this.#failed = reject;
    });
  }
}

/** Subscribes to live queries, and runs `body` once each has emitted, until it is done. */
export async function whileFollowing<T>(
  sources: readonly Observable<unknown>[],
  body: (emissions: readonly Emissions[]) => Promise<T>,
): Promise<T> {
  const subscription = new Subscription();
  try {
    const all = sources.map((source) => new Emissions(source, subscription));
    for (const emissions of all) if (emissions.count === 0) await emissions.next();
    return await body(all);
  } finally {
    subscription.unsubscribe();
  }
}
