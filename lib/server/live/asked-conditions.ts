/** Conditions that SQLite is asked about, and what follows where it cannot tell. */
import type { FilterCondition } from '../analysis/row-filter.ts';
import type { ChangedRows } from '../capture/changed-rows.ts';
import type { IndexedQuery } from './indexed-query.ts';
import type { FilterProbe, RowNumber, RowProbe } from './row-probe.ts';

/** Without a probe, and over a row that makes a condition fail, nothing is known. */
export class AskedConditions {
  #probe: FilterProbe | undefined;

  constructor(probe: RowProbe | undefined, conditions: readonly FilterCondition[]) {
    this.#attempt(() => {
      this.#probe = probe?.filter(conditions);
    });
  }

  add({ number, values }: IndexedQuery): void {
    this.#attempt(() => this.#probe?.add(number, values));
  }

  remove({ number }: IndexedQuery): void {
    this.#attempt(() => this.#probe?.remove(number));
  }

  /** Whether one image of a row meets the conditions of a query; undefined if unknown. */
  matches(changed: ChangedRows, row: RowNumber, { number }: IndexedQuery): boolean | undefined {
    return this.#ask((probe) => probe.matches(changed, row, number));
  }

  /** The numbers of the queries that a row concerns, or any row; undefined if unknown. */
  matching(changed: ChangedRows, index: number | undefined): readonly number[] | 'all' | undefined {
    return this.#ask((probe) => probe.matching(changed, index));
  }

  close(): void {
    this.#attempt(() => this.#probe?.close());
  }

  #ask<T>(ask: (probe: FilterProbe) => T): T | undefined {
    try {
      return this.#probe && ask(this.#probe);
    } catch {
      return undefined;
    }
  }

  /** What could not be noted leaves everything unknown. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch {
      this.#probe = undefined;
    }
  }
}
