/** The line of the pages that would lead: a lock, which the first of them holds. */
import { candidatesOf, leadOf } from './tab-words.ts';

/** How a turn of this page ended: it has led; it left the line; or another page took the lead away. */
export type Turn = 'led' | 'left' | 'taken';

export class Line {
  readonly #lock: string;
  readonly #candidates: string;
  readonly #lead: () => Promise<void>;
  #resign: (() => void) | undefined;
  #standing = new AbortController();

  /** `lead` is called when it is this page's turn, which lasts until that resolves. */
  constructor(name: string, lead: () => Promise<void>) {
    this.#lock = leadOf(name);
    this.#candidates = candidatesOf(name);
    this.#lead = lead;
  }

  /** This page would lead, though it may not stand in line yet. */
  apply(): void {
    if (this.#resign) return;
    const over = new Promise<void>((resolve) => {
      this.#resign = resolve;
    });
    // Where there are no locks to be had, standing in line tells why.
    navigator.locks.request(this.#candidates, { mode: 'shared' }, () => over).catch(() => {});
  }

  /** This page would not lead any more. */
  resign(): void {
    this.#resign?.();
    this.#resign = undefined;
    this.leave();
  }

  /** Stands in line. Resolves when this page's turn is over. Rejects where there are no locks to be had, or `lead` does. */
  stand(): Promise<Turn> {
    const standing = new AbortController();
    return this.#wait(standing, { signal: standing.signal });
  }

  /** Takes the lead from whoever has it. */
  take(): Promise<Turn> {
    this.leave();
    return this.#wait(new AbortController(), { steal: true });
  }

  leave(): void {
    this.#standing.abort();
  }

  /** Whether any page leads, or would. */
  async hasAnybody(): Promise<boolean> {
    const { held = [], pending = [] } = await navigator.locks.query();
    return [...held, ...pending].some(({ name }) => name === this.#candidates);
  }

  /** Whether this page, which holds the lock of that name, is the next. */
  async isNext(own: string): Promise<boolean> {
    const { held = [], pending = [] } = await navigator.locks.query();
    const page = held.find(({ name }) => name === own)?.clientId;
    return page !== undefined && pending.find(({ name }) => name === this.#lock)?.clientId === page;
  }

  async #wait(standing: AbortController, options: LockOptions): Promise<Turn> {
    this.#standing = standing;
    const { signal } = standing;
    try {
      await navigator.locks.request(this.#lock, options, async () => {
        if (!signal.aborted) await this.#lead();
      });
      return signal.aborted ? 'left' : 'led';
    } catch (error) {
      if (signal.aborted) return 'left';
      if ((error as Error).name === 'AbortError') return 'taken';
      throw error;
    }
  }
}
