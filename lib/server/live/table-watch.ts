/** Which of the live queries of one shape the changed rows of a table concern. */
import type { TableUse } from '../analysis/watch-plan.ts';
import type { CaptureLayout } from '../capture/capture-triggers.ts';
import type { ChangedRows, RowImage } from '../capture/changed-rows.ts';
import { FilterIndex } from './filter-index.ts';
import type { IndexedQuery } from './indexed-query.ts';
import { maskOf } from './relevant-columns.ts';
import type { RowProbe } from './row-probe.ts';

/** All queries of one shape read the table alike, and differ by their parameters. */
export class TableWatch<Q extends IndexedQuery> {
  readonly #use: TableUse;
  readonly #queries = new Map<number, Q>();
  readonly #filters: readonly FilterIndex<Q>[] | undefined;
  readonly #masks = new WeakMap<CaptureLayout, number>();

  constructor(use: TableUse, probe: RowProbe | undefined) {
    this.#use = use;
    this.#filters = use.filters?.map((filter) => new FilterIndex(filter, probe, this.#queries));
  }

  add(query: Q): void {
    this.#queries.set(query.number, query);
    for (const filter of this.#filters ?? []) filter.add(query);
  }

  remove(query: Q): void {
    this.#queries.delete(query.number);
    for (const filter of this.#filters ?? []) filter.remove(query);
  }

  /** Calls `found` for each query that a row concerns, some of them several times. */
  concerned(changed: ChangedRows, found: (query: Q) => void): void {
    const mask = this.#maskFor(changed.layout);
    const rows = changed.rows.flatMap((row, index) => ((row.mask & mask) === 0 ? [] : [{ row, index }]));
    if (rows.length === 0) return;
    if (this.#filters === undefined) for (const query of this.#queries.values()) found(query);
    else for (const filter of this.#filters) filter.concerned(changed, rows, found);
  }

  /** Whether an image of a row meets the conditions of a query, where it uses the table once; undefined if unknown. */
  meets(changed: ChangedRows, index: number, image: RowImage, query: Q): boolean | undefined {
    if (this.#filters === undefined) return true;
    return this.#filters.length === 1 ? this.#filters[0]!.meets(changed, index, image, query) : undefined;
  }

  close(): void {
    for (const filter of this.#filters ?? []) filter.close();
  }

  #maskFor(layout: CaptureLayout): number {
    const known = this.#masks.get(layout);
    if (known !== undefined) return known;
    const mask = maskOf(this.#use, layout);
    this.#masks.set(layout, mask);
    return mask;
  }
}
