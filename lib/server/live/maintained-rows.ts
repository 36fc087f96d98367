/** A result whose rows come each from rows of base tables: those behind which one changed are read again. */
import type { SqlValue } from '../../model/values.ts';
import type { RowsPlan } from '../analysis/rows-plan.ts';
import type { TableUse, WatchPlan } from '../analysis/watch-plan.ts';
import type { ChangedRow, ChangedRows } from '../capture/changed-rows.ts';
import type { Storage } from '../storage.ts';
import type { Following, Maintained, PendingChanges, RowJudge } from './maintained.ts';
import { OrderedResult } from './ordered-result.ts';
import type { HeldRow } from './ordered-rows.ts';
import { maskOf } from './relevant-columns.ts';
import { RowIndex } from './row-index.ts';
import { addKey, type Keys, nameOf, placesOf, readByKeys } from './row-keys.ts';

/** From so many rows on, the rows of a key are found by an index. */
const largeResult = 2000;

/**
 * Where a result is not ordered, finding a row among 100,000 takes 0.04 ms, and looking at the keys of all of them 0.6 to
 * 2.4 ms.
 */
const fewRows = 12;

/** Where it is ordered, a row is found in 3 µs. */
const fewOfOrdered = 1 / 200;

export class MaintainedRows implements Maintained {
  readonly #plan: RowsPlan;
  readonly #tables: WatchPlan['tables'];
  readonly #params: readonly SqlValue[];
  readonly #result: OrderedResult;
  /** Where the keys of all sources stand. */
  readonly #names: readonly number[];
  /** Of a large result, for each source that was asked for. */
  #indexes: (RowIndex | undefined)[] = [];

  static of(plan: RowsPlan, tables: WatchPlan['tables'], params: readonly SqlValue[]): MaintainedRows | undefined {
    const names = plan.sources.flatMap(({ at }) => at);
    const terms = names.map((at) => ({ at, isDescending: false, nullsFirst: true, collation: 'BINARY' }));
    const result = OrderedResult.of(plan, params, terms, (row) => nameOf(names, row));
    return result && new MaintainedRows(plan, tables, params, result);
  }

  private constructor(plan: RowsPlan, tables: WatchPlan['tables'], params: readonly SqlValue[], result: OrderedResult) {
    this.#plan = plan;
    this.#tables = tables;
    this.#params = params;
    this.#result = result;
    this.#names = plan.sources.flatMap(({ at }) => at);
  }

  get shown(): readonly HeldRow[] {
    return this.#result.shown;
  }

  read(storage: Storage): void {
    this.#indexes = [];
    this.#result.read(storage);
  }

  effort(changes: PendingChanges): number {
    let keys = 0;
    for (const { table } of this.#plan.sources)
      for (const { rows } of changes.get(table.table) ?? []) keys += rows.length;
    return keys;
  }

  follow(storage: Storage, changes: PendingChanges, _judge: RowJudge, isFree: boolean): Following {
    const { sources, window } = this.#plan;
    const { rows } = this.#result;
    const asked: Keys[] = sources.map(() => new Map());
    const shown: Keys = new Map();
    const gone = new Map<string, number>();
    const leave = (places: readonly number[]): void => {
      for (const place of places) gone.set(nameOf(this.#names, rows[place]!), place);
    };
    sources.forEach(({ table, isNullable, decisive }, source) => {
      const { keys, isDecisive } = keysOf(this.#tables.get(table.table)!, decisive, changes.get(table.table) ?? []);
      if (keys.size === 0) return;
      if (source === 0 || (!isNullable && (isDecisive || window))) {
        for (const [name, key] of keys) asked[source]!.set(name, key);
        return;
      }
      const places = this.#places(source, keys);
      // Where the same rows are in the result as before, they are read by the first table, which finds them at once.
      const first = isNullable ? asked[0]! : shown;
      if (!isNullable) leave(places);
      for (const place of places) addKey(first, sources[0]!.at, rows[place]!);
      // One more or one less on the right side of a LEFT JOIN decides whether the left one stands alone.
      if (isNullable && isDecisive)
        for (const row of this.#read(storage, source, keys)) addKey(first, sources[0]!.at, row);
    });
    for (const source of sources.keys()) leave(this.#places(source, asked[source]!));
    const again = this.#read(storage, 0, shown).filter((row) => gone.has(nameOf(this.#names, row)));
    const fresh = asked.flatMap((keys, source) => this.#read(storage, source, keys));
    for (const place of gone.values()) for (const index of this.#indexes) index?.remove(rows[place]!);
    return this.#result.exchange(gone, [...again, ...fresh], isFree, (row) => {
      for (const index of this.#indexes) index?.add(row);
    });
  }

  /** Where the rows stand that hold one of a source's keys. */
  #places(source: number, keys: Keys): number[] {
    const { rows } = this.#result;
    const { at } = this.#plan.sources[source]!;
    if (keys.size === 0 || rows.length < largeResult || this.#plan.window) return placesOf(rows, at, keys);
    this.#indexes[source] ??= new RowIndex(at, rows);
    const found = this.#indexes[source].find(keys.keys());
    const few = this.#plan.order.length > 0 ? rows.length * fewOfOrdered : fewRows;
    return found.length <= few ? found.map((row) => this.#result.placeOf(row)) : placesOf(rows, at, keys);
  }

  #read(storage: Storage, source: number, keys: Keys): HeldRow[] {
    return readByKeys([...keys.values()], (count, values) =>
      storage.read({ sql: this.#plan.forKeys(source, count), params: [...this.#params, ...values] }),
    );
  }
}

/** What a changed row was, and is. */
function imagesOf({ before, after }: ChangedRow): (readonly SqlValue[])[] {
  return [before, after].filter((image) => image !== undefined);
}

function keysOf(
  use: TableUse,
  decisive: ReadonlySet<number>,
  changes: readonly ChangedRows[],
): { keys: Keys; isDecisive: boolean } {
  const keys: Keys = new Map();
  let isDecisive = false;
  for (const { layout, rows } of changes) {
    const relevant = maskOf(use, layout);
    const deciding = maskOf({ ...use, read: decisive }, layout);
    const places = use.columns!.key.map((column) => layout.kept.indexOf(column));
    for (const row of rows) {
      if ((row.mask & relevant) === 0) continue;
      isDecisive ||= (row.mask & deciding) !== 0;
      for (const image of imagesOf(row)) addKey(keys, places, image);
    }
  }
  return { keys, isDecisive };
}
