/** Which of the live queries of one shape the changed rows of a table concern. */
import type { SqlValue } from '../../model/values.ts';
import { type ComparisonKey, keyOfCompared, keyOfStored } from '../analysis/comparison-key.ts';
import { operandValue } from '../analysis/result-order.ts';
import type { RowFilter } from '../analysis/row-filter.ts';
import type { TableUse } from '../analysis/watch-plan.ts';
import type { CaptureLayout } from '../capture/capture-triggers.ts';
import type { ChangedRows, RowImage } from '../capture/changed-rows.ts';
import { maskOf } from './relevant-columns.ts';
import { type FilterProbe, numberOf, type RowProbe } from './row-probe.ts';

/** One live query as an index knows it. */
export interface IndexedQuery {
  readonly number: number;
  /** In the order of the statement. */
  readonly values: readonly SqlValue[];
}

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

  get isEmpty(): boolean {
    return this.#queries.size === 0;
  }

  get queries(): Iterable<Q> {
    return this.#queries.values();
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

interface RelevantRow {
  readonly row: ChangedRows['rows'][number];
  readonly index: number;
}

class FilterIndex<Q extends IndexedQuery> {
  readonly #filter: RowFilter;
  readonly #probe: RowProbe | undefined;
  readonly #all: ReadonlyMap<number, Q>;
  readonly #byKey = new Map<ComparisonKey, Q | Set<Q>>();
  /** Those whose keys cannot be told in advance: they are asked each time. */
  readonly #unkeyed = new Set<Q>();
  #rest: FilterProbe | undefined;

  constructor(filter: RowFilter, probe: RowProbe | undefined, all: ReadonlyMap<number, Q>) {
    this.#filter = filter;
    this.#probe = probe;
    this.#all = all;
    if (filter.rest.length > 0) this.#rest = this.#attempt(() => probe?.filter(filter));
  }

  add(query: Q): void {
    const keys = this.#keysOf(query);
    if (keys === undefined) this.#unkeyed.add(query);
    else for (const key of keys) this.#index(key, query);
    if (this.#rest) this.#attempt(() => this.#rest?.add(query.number, query.values));
  }

  remove(query: Q): void {
    this.#unkeyed.delete(query);
    for (const key of this.#keysOf(query) ?? []) {
      const known = this.#byKey.get(key);
      if (known instanceof Set) known.delete(query);
      if (known === query || (known instanceof Set && known.size === 0)) this.#byKey.delete(key);
    }
    if (this.#rest) this.#attempt(() => this.#rest?.remove(query.number));
  }

  concerned(changed: ChangedRows, rows: readonly RelevantRow[], found: (query: Q) => void): void {
    const { equalities, rest } = this.#filter;
    if (equalities.length === 0) {
      if (rows.length === changed.rows.length) this.#matching(changed, undefined, found);
      else for (const { index } of rows) this.#matching(changed, index, found);
      return;
    }
    const places = equalities.map(({ column }) => changed.layout.kept.indexOf(column));
    for (const { row, index } of rows) {
      for (const image of ['before', 'after'] as const) {
        const values = row[image];
        if (values === undefined) continue;
        for (const query of this.#candidates(places, values)) {
          if (rest.length === 0 || this.#meets(changed, numberOf(index, image), query)) found(query);
        }
      }
    }
  }

  meets(changed: ChangedRows, index: number, image: RowImage, query: Q): boolean | undefined {
    const { equalities, rest } = this.#filter;
    const values = changed.rows[index]![image]!;
    if (equalities.length > 0) {
      const keys = this.#keysOf(query);
      const places = equalities.map(({ column }) => changed.layout.kept.indexOf(column));
      if (keys === undefined) return undefined;
      if (!keys.includes(this.#keyOf(places, values))) return false;
    }
    if (rest.length === 0) return true;
    const { isKnown, value } = this.#asked((probe) => probe.matches(changed, numberOf(index, image), query.number));
    return isKnown ? value : undefined;
  }

  close(): void {
    if (this.#rest) this.#attempt(() => this.#rest?.close());
  }

  *#candidates(places: readonly number[], values: readonly SqlValue[]): Generator<Q> {
    yield* this.#unkeyed;
    const known = this.#byKey.get(this.#keyOf(places, values));
    if (known instanceof Set) yield* known;
    else if (known) yield known;
  }

  #keyOf(places: readonly number[], values: readonly SqlValue[]): ComparisonKey {
    return compound(this.#filter.equalities.map(({ of }, index) => keyOfStored(values[places[index]!]!, of)));
  }

  #meets(changed: ChangedRows, row: number, query: Q): boolean {
    const { isKnown, value } = this.#asked((rest) => rest.matches(changed, row, query.number));
    return !isKnown || value!;
  }

  #matching(changed: ChangedRows, index: number | undefined, found: (query: Q) => void): void {
    const { isKnown, value } = this.#asked((rest) => rest.matching(changed, index));
    if (!isKnown || value === 'all') for (const query of this.#all.values()) found(query);
    else {
      for (const number of value!) {
        const query = this.#all.get(number);
        if (query) found(query);
      }
    }
  }

  /** What cannot be asked, such as a condition that fails over a row, concerns. */
  #asked<T>(ask: (rest: FilterProbe) => T): { isKnown: boolean; value?: T } {
    if (this.#rest === undefined) return { isKnown: false };
    try {
      return { isKnown: true, value: ask(this.#rest) };
    } catch {
      return { isKnown: false };
    }
  }

  /** Without a probe the conditions count as met. */
  #attempt<T>(work: () => T): T | undefined {
    try {
      return this.#probe && work();
    } catch {
      this.#rest = undefined;
      return undefined;
    }
  }

  #index(key: ComparisonKey, query: Q): void {
    const known = this.#byKey.get(key);
    if (known === undefined) this.#byKey.set(key, query);
    else if (known instanceof Set) known.add(query);
    else if (known !== query) this.#byKey.set(key, new Set([known, query]));
  }

  /** The keys under which a query is found; undefined where they are SQLite's affair. */
  #keysOf({ values }: Q): readonly ComparisonKey[] | undefined {
    const { equalities } = this.#filter;
    if (equalities.length === 0) return [];
    const parts: (readonly ComparisonKey[])[] = [];
    for (const { operands, of, isIs } of equalities) {
      const keys: ComparisonKey[] = [];
      for (const operand of operands) {
        const value = operandValue(operand, values);
        if (value === null && !isIs) continue;
        const key = keyOfCompared(value, of);
        if (key === undefined) return undefined;
        keys.push(key);
      }
      parts.push(keys);
    }
    if (parts.length === 1) return parts[0]!.map((key) => compound([key]));
    return parts.some((keys) => keys.length === 0) ? [] : [compound(parts.map(([key]) => key!))];
  }
}

/** One key for several. */
function compound(keys: readonly ComparisonKey[]): ComparisonKey {
  if (keys.length === 1) return keys[0]!;
  return keys.map((key) => `${typeof key}${String(key).length} ${Object.is(key, -0) ? 0 : key}`).join();
}
