/** Ends statements that run for too long. https://sqlite.org/c3ref/progress_handler.html */
import type { Database } from '@sqlite.org/sqlite-wasm';
import type { Driver } from './driver.ts';

/** So many steps of a program take some tenths of a millisecond; looking at the clock costs nothing beside them. */
const stepsBetweenLooks = 10_000;

export class Interruption {
  #isHeldOff = false;

  /** From now on, a statement ends once `isDue` holds. */
  install(driver: Driver, db: Database, isDue: () => boolean): void {
    const look = (): number => (!this.#isHeldOff && isDue() ? 1 : 0);
    driver.sqlite.capi.sqlite3_progress_handler(db, stepsBetweenLooks, look, 0);
  }

  /** Runs what must not be ended half way: a statement that ends a transaction. */
  holdOff<T>(work: () => T): T {
    this.#isHeldOff = true;
    try {
      return work();
    } finally {
      this.#isHeldOff = false;
    }
  }
}
