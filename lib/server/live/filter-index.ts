/** Finds the live queries of one shape whose conditions over one table a changed row meets. */
import type { SqlValue } from '../../model/values.ts';
import { type ComparisonKey, keyOfCompared, keyOfStored } from '../analysis/comparison-key.ts';
import { operandValue } from '../analysis/result-order.ts';
import type { RowFilter } from '../analysis/row-filter.ts';
import type { ChangedRows, RowImage } from '../capture/changed-rows.ts';
import { AskedConditions } from './asked-conditions.ts';
import type { IndexedQuery } from './indexed-query.ts';
import { numberOf, type RowProbe } from './row-probe.ts';

export interface RelevantRow {
  readonly row: ChangedRows['rows'][number];
  readonly index: number;
}

export class FilterIndex<Q extends IndexedQuery> {
  readonly #filter: RowFilter;
  readonly #probe: RowProbe | undefined;
  readonly #all: ReadonlyMap<number, Q>;
  readonly #byKey = new Map<ComparisonKey, Q | Set<Q>>();
  /** What is asked of those that a key found. */
  readonly #rest: AskedConditions | undefined;
  /** Those whose keys cannot be told in advance are asked about everything. */
  readonly #unkeyed = new Set<Q>();
  #every: AskedConditions | undefined;

  constructor(filter: RowFilter, probe: RowProbe | undefined, all: ReadonlyMap<number, Q>) {
    this.#filter = filter;
    this.#probe = probe;
    this.#all = all;
    if (filter.rest.length > 0) this.#rest = new AskedConditions(probe, filter.rest);
  }

  add(query: Q): void {
    const keys = this.#keysOf(query);
    if (keys === undefined) {
      this.#unkeyed.add(query);
      this.#every ??= new AskedConditions(this.#probe, this.#filter.every);
      this.#every.add(query);
      return;
    }
    for (const key of keys) this.#index(key, query);
    this.#rest?.add(query);
  }

  remove(query: Q): void {
    if (this.#unkeyed.delete(query)) this.#every?.remove(query);
    for (const key of this.#keysOf(query) ?? []) {
      const known = this.#byKey.get(key);
      if (known instanceof Set) known.delete(query);
      if (known === query || (known instanceof Set && known.size === 0)) this.#byKey.delete(key);
    }
    this.#rest?.remove(query);
  }

  /** Calls `found` for each query that a row concerns, before or after its change; for some of them several times. */
  concerned(changed: ChangedRows, rows: readonly RelevantRow[], found: (query: Q) => void): void {
    if (this.#filter.equalities.length === 0) {
      if (rows.length === changed.rows.length) this.#matching(changed, undefined, found);
      else for (const { index } of rows) this.#matching(changed, index, found);
      return;
    }
    const places = this.#placesIn(changed);
    for (const { row, index } of rows) {
      for (const image of ['before', 'after'] as const) {
        const values = row[image];
        if (values === undefined) continue;
        const number = numberOf(index, image);
        for (const query of this.#keyed(places, values))
          if (this.#rest === undefined || this.#rest.matches(changed, number, query) !== false) found(query);
        for (const query of this.#unkeyed) if (this.#every?.matches(changed, number, query) !== false) found(query);
      }
    }
  }

  /** Whether an image of a row meets the conditions of a query; undefined if unknown. */
  meets(changed: ChangedRows, index: number, image: RowImage, query: Q): boolean | undefined {
    const number = numberOf(index, image);
    if (this.#unkeyed.has(query)) return this.#every?.matches(changed, number, query);
    if (this.#filter.equalities.length > 0) {
      const key = this.#keyOf(this.#placesIn(changed), changed.rows[index]![image]!);
      if (!this.#keysOf(query)?.includes(key)) return false;
    }
    return this.#rest === undefined ? true : this.#rest.matches(changed, number, query);
  }

  close(): void {
    this.#rest?.close();
    this.#every?.close();
  }

  *#keyed(places: readonly number[], values: readonly SqlValue[]): Generator<Q> {
    const known = this.#byKey.get(this.#keyOf(places, values));
    if (known instanceof Set) yield* known;
    else if (known) yield known;
  }

  #placesIn({ layout }: ChangedRows): number[] {
    return this.#filter.equalities.map(({ column }) => layout.kept.indexOf(column));
  }

  #keyOf(places: readonly number[], values: readonly SqlValue[]): ComparisonKey {
    return compound(this.#filter.equalities.map(({ of }, index) => keyOfStored(values[places[index]!]!, of)));
  }

  #matching(changed: ChangedRows, index: number | undefined, found: (query: Q) => void): void {
    const numbers = this.#rest?.matching(changed, index) ?? 'all';
    if (numbers === 'all') for (const query of this.#all.values()) found(query);
    else {
      for (const number of numbers) {
        const query = this.#all.get(number);
        if (query) found(query);
      }
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
