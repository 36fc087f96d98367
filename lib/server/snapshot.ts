/** Reads that wait together share one read transaction: to begin and end one is most of what a small read costs. */
import type { Storage } from './storage.ts';

/**
 * Of 100 point queries each takes 1.2 µs in one transaction, and 3.3 µs in one of its own, which locks the file and looks
 * whether it changed. https://sqlite.org/isolation.html
 */
export class Snapshot {
  readonly #storage: () => Storage;
  #isOpen = false;

  constructor(storage: () => Storage) {
    this.#storage = storage;
  }

  /** What is read from now on is of one moment. */
  open(): void {
    if (this.#isOpen) return;
    this.#storage().control('beginReadOnly');
    this.#isOpen = true;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    // Out of memory, a file that cannot be read: https://sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
    if (this.#storage().inTransaction) this.#storage().control('commit');
  }
}
