/** Adds up how often things were done, and how long they took. */

export interface Timing {
  readonly what: string;
  readonly times: number;
  readonly totalMs: number;
  readonly longestMs: number;
}

export class Timings {
  readonly #all = new Map<string, Timing>();

  get all(): readonly Timing[] {
    return [...this.#all.values()].sort((a, b) => b.times - a.times);
  }

  add(what: string, ms = 0): void {
    const { times, totalMs, longestMs } = this.#all.get(what) ?? { times: 0, totalMs: 0, longestMs: 0 };
    this.#all.set(what, { what, times: times + 1, totalMs: totalMs + ms, longestMs: Math.max(longestMs, ms) });
  }
}
