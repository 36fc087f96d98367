/** A result that follows from the changed rows: what they touch is read again, and put in its place. */
import type { Patch } from '../../model/patch.ts';
import { keyOfValue, type SqlValue } from '../../model/values.ts';
import { keyOfStored } from '../analysis/comparison-key.ts';
import type { GroupsPlan, GroupValue } from '../analysis/groups-plan.ts';
import { keyCounts, type RowsPlan } from '../analysis/rows-plan.ts';
import type { RunningTotals } from '../analysis/running-totals.ts';
import type { TableUse, WatchPlan } from '../analysis/watch-plan.ts';
import { bitOf, existenceBit } from '../capture/capture-triggers.ts';
import type { ChangedRow, ChangedRows, RowImage } from '../capture/changed-rows.ts';
import type { Storage } from '../storage.ts';
import { OrderedResult, readWhole } from './ordered-result.ts';
import type { HeldRow } from './ordered-rows.ts';
import { numberOf } from './row-probe.ts';
import { emptyGroup, type GroupChange, totalled } from './totals.ts';

/** The changed rows of each table since the result was made. */
export type PendingChanges = ReadonlyMap<string, readonly ChangedRows[]>;

/** Whether an image of a changed row meets all conditions of a query that speak of its table alone; undefined if unknown. */
export type RowJudge = (table: string, changed: ChangedRows, index: number, image: RowImage) => boolean | undefined;

export interface Maintained {
  readonly shown: readonly HeldRow[];
  /** Reads the result whole, and gives the names of its columns. */
  read(storage: Storage): readonly string[];
  /** How many keys or groups would be looked up; undefined where only the whole tells. */
  effort(changes: PendingChanges): number | undefined;
  /** Brings the result up to date. `judge` tells which rows meet the query's conditions. */
  follow(storage: Storage, changes: PendingChanges, judge: RowJudge): Patch<HeldRow> | undefined | typeof readWhole;
}

/** The way of a query, with its parameters in order; undefined where its result is run whole. */
export function maintainedBy(plan: WatchPlan, params: readonly SqlValue[]): Maintained | undefined {
  const { result, tables } = plan;
  if (result.kind === 'rows') return MaintainedRows.of(result, tables, params);
  return result.kind === 'groups' ? MaintainedGroups.of(result, tables, params) : undefined;
}

type Tables = WatchPlan['tables'];
type Key = readonly SqlValue[];
/** A name is equal for equal keys alone. */
type KeyName = SqlValue;
type Keys = Map<KeyName, Key>;

class MaintainedRows implements Maintained {
  readonly #plan: RowsPlan;
  readonly #tables: Tables;
  readonly #params: readonly SqlValue[];
  readonly #result: OrderedResult;
  /** Where the keys of all sources stand. */
  readonly #names: readonly number[];

  static of(plan: RowsPlan, tables: Tables, params: readonly SqlValue[]): MaintainedRows | undefined {
    const names = plan.sources.flatMap(({ at }) => at);
    const terms = names.map((at) => ({ at, isDescending: false, nullsFirst: true, collation: 'BINARY' }));
    const result = OrderedResult.of(plan, params, terms, (row) => nameOf(names, row));
    return result && new MaintainedRows(plan, tables, params, result);
  }

  private constructor(plan: RowsPlan, tables: Tables, params: readonly SqlValue[], result: OrderedResult) {
    this.#plan = plan;
    this.#tables = tables;
    this.#params = params;
    this.#result = result;
    this.#names = plan.sources.flatMap(({ at }) => at);
  }

  get shown(): readonly HeldRow[] {
    return this.#result.shown;
  }

  read(storage: Storage): readonly string[] {
    return this.#result.read(storage);
  }

  effort(changes: PendingChanges): number {
    let keys = 0;
    for (const { table } of this.#plan.sources)
      for (const { rows } of changes.get(table.table) ?? []) keys += rows.length;
    return keys;
  }

  follow(storage: Storage, changes: PendingChanges): Patch<HeldRow> | undefined | typeof readWhole {
    const { sources, window } = this.#plan;
    const { rows } = this.#result;
    const asked: Keys[] = sources.map(() => new Map());
    const shown: Keys = new Map();
    const gone = new Map<string, number>();
    const leave = (places: readonly number[]): void => {
      for (const place of places) gone.set(nameOf(this.#names, rows[place]!), place);
    };
    sources.forEach(({ table, at, isNullable, decisive }, source) => {
      const { keys, isDecisive } = keysOf(this.#tables.get(table.table)!, decisive, changes.get(table.table) ?? []);
      if (keys.size === 0) return;
      if (source === 0 || (!isNullable && (isDecisive || window))) {
        for (const [name, key] of keys) asked[source]!.set(name, key);
        return;
      }
      const places = placesOf(rows, at, keys);
      // Where the same rows are in the result as before, they are read by the first table, which finds them at once.
      const first = isNullable ? asked[0]! : shown;
      if (!isNullable) leave(places);
      for (const place of places) addKey(first, sources[0]!.at, rows[place]!);
      // One more or one less on the right side of a LEFT JOIN decides whether the left one stands alone.
      if (isNullable && isDecisive)
        for (const row of this.#read(storage, source, keys)) addKey(first, sources[0]!.at, row);
    });
    for (const [source, { at }] of sources.entries()) leave(placesOf(rows, at, asked[source]!));
    const again = this.#read(storage, 0, shown).filter((row) => gone.has(nameOf(this.#names, row)));
    const fresh = asked.flatMap((keys, source) => this.#read(storage, source, keys));
    return this.#result.exchange(gone, [...again, ...fresh]);
  }

  #read(storage: Storage, source: number, keys: Keys): HeldRow[] {
    return readChunks([...keys.values()], (count, values) =>
      storage.read({ sql: this.#plan.forKeys(source, count), params: [...this.#params, ...values] }),
    );
  }
}

class MaintainedGroups implements Maintained {
  readonly #plan: GroupsPlan;
  readonly #tables: Tables;
  readonly #params: readonly SqlValue[];
  readonly #result: OrderedResult;
  readonly #byName = new Map<string, HeldRow>();

  static of(plan: GroupsPlan, tables: Tables, params: readonly SqlValue[]): MaintainedGroups | undefined {
    const names = plan.terms.map(({ at, collation }) => ({ at, collation, isDescending: false, nullsFirst: true }));
    const nameOfGroup = (row: HeldRow): string =>
      groupName(
        plan,
        plan.terms.map(({ at }) => row[at]!),
      );
    const result = OrderedResult.of(plan, params, names, nameOfGroup);
    return result && new MaintainedGroups(plan, tables, params, result);
  }

  private constructor(plan: GroupsPlan, tables: Tables, params: readonly SqlValue[], result: OrderedResult) {
    this.#plan = plan;
    this.#tables = tables;
    this.#params = params;
    this.#result = result;
  }

  get shown(): readonly HeldRow[] {
    return this.#result.shown;
  }

  read(storage: Storage): readonly string[] {
    const columns = this.#result.read(storage);
    this.#byName.clear();
    for (const row of this.#result.rows) this.#byName.set(this.#nameOf(row), row);
    return columns;
  }

  effort(changes: PendingChanges): number | undefined {
    let rows = 0;
    for (const { table, values } of this.#plan.sources) {
      const changed = changes.get(table) ?? [];
      if (values === undefined && changed.length > 0) return undefined;
      for (const part of changed) rows += part.rows.length;
    }
    return rows;
  }

  follow(storage: Storage, changes: PendingChanges, judge: RowJudge): Patch<HeldRow> | undefined | typeof readWhole {
    const { terms, totals } = this.#plan;
    const groups = this.#groups(storage, changes, judge);
    if (groups === undefined) return readWhole;
    const gone = new Map<string, HeldRow>();
    const fresh: HeldRow[] = [];
    const unknown: Key[] = [];
    for (const [name, { key, changes: own }] of groups) {
      if (own?.length === 0) continue;
      const before = this.#byName.get(name);
      if (before) gone.set(name, before);
      const after = own && totals && totalled(totals, before ?? this.#emptyGroup(totals, key), own);
      if (after === undefined) unknown.push(key);
      else if (terms.length === 0 || after[totals!.rowsAt] !== 0) fresh.push(after);
    }
    if (unknown.length > 0 && terms.length === 0) return readWhole;
    const read = readChunks(unknown, (count, values) =>
      storage.read({ sql: this.#plan.forGroups(count), params: [...this.#params, ...values] }),
    );
    for (const row of read) fresh.push(row);
    return this.#exchange(gone, fresh);
  }

  #exchange(gone: ReadonlyMap<string, HeldRow>, fresh: readonly HeldRow[]): ReturnType<Maintained['follow']> {
    for (const name of gone.keys()) this.#byName.delete(name);
    const leaving = new Set(gone.values());
    const places = new Map<string, number>();
    for (const [place, row] of this.#result.rows.entries()) if (leaving.has(row)) places.set(this.#nameOf(row), place);
    const patch = this.#result.exchange(places, fresh);
    // A group that shows the same kept its row.
    const kept = new Set(this.#result.rows);
    for (const row of [...fresh, ...gone.values()]) if (kept.has(row)) this.#byName.set(this.#nameOf(row), row);
    return patch;
  }

  #emptyGroup(totals: RunningTotals, key: Key): HeldRow {
    const { width, hidden, terms } = this.#plan;
    return emptyGroup(totals, width + hidden, terms, key);
  }

  #nameOf(row: HeldRow): string {
    return groupName(
      this.#plan,
      this.#plan.terms.map(({ at }) => row[at]!),
    );
  }

  /** The groups that the changed rows were in, or are; undefined where these do not tell. */
  #groups(storage: Storage, changes: PendingChanges, judge: RowJudge): Map<string, TouchedGroup> | undefined {
    const { sources, totals } = this.#plan;
    const groups = new Map<string, TouchedGroup>();
    for (const { table, values: terms } of sources) {
      const use = this.#tables.get(table)!;
      for (const changed of changes.get(table) ?? []) {
        const { layout, rows } = changed;
        const relevant = maskOf(use, layout);
        const totalled = totals?.columns.map(({ column }) => layout.kept.indexOf(column));
        for (const [index, row] of rows.entries()) {
          if ((row.mask & relevant) === 0) continue;
          if (terms === undefined) return undefined;
          for (const image of rowImages) {
            const values = row[image];
            if (values === undefined) continue;
            const key = terms.map((term) => termOf(term, storage, changed, index, image));
            const name = groupName(this.#plan, key);
            const group = groups.get(name) ?? { key, changes: totalled && !totalled.includes(-1) ? [] : undefined };
            groups.set(name, group);
            const isMet = group.changes && judge(table, changed, index, image);
            if (isMet === undefined) group.changes = undefined;
            else if (isMet)
              group.changes!.push({ isNew: image === 'after', values: totalled!.map((place) => values[place]!) });
          }
        }
      }
    }
    return groups;
  }
}

/** The value of a term of GROUP BY in an image of a row. */
function termOf(term: GroupValue, { probe }: Storage, changed: ChangedRows, index: number, image: RowImage): SqlValue {
  if ('column' in term) {
    const value = changed.rows[index]![image]![changed.layout.kept.indexOf(term.column)];
    if (value === undefined) throw new RangeError('The value of a column was not kept');
    return value;
  }
  if (probe === undefined) throw new RangeError('There is no database to evaluate expressions in');
  return probe.valueOf(changed, numberOf(index, image), term.sql);
}

/** A group that changed rows were in. */
interface TouchedGroup {
  readonly key: Key;
  /** Which; undefined where the group is to be read again. */
  changes: GroupChange[] | undefined;
}

/** The bits of the columns that a query reads. */
export function maskOf({ read }: TableUse, layout: ChangedRows['layout']): number {
  if (read === 'all') return ~0;
  let mask = existenceBit;
  for (const column of read) mask |= bitOf(layout, column) || (layout.compared.includes(column) ? 0 : ~0);
  return mask;
}

const rowImages: readonly RowImage[] = ['before', 'after'];

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

function addKey(keys: Keys, places: readonly number[], values: readonly SqlValue[]): void {
  keys.set(
    keyName(places, values),
    places.map((place) => values[place]!),
  );
}

/** Where the rows are that hold one of some keys. Looking at each of 100,000 takes 0.2 ms for one key, 1 ms for many. */
function placesOf(rows: readonly HeldRow[], at: readonly number[], keys: Keys): number[] {
  const places: number[] = [];
  if (keys.size === 0) return places;
  const [only] = keys.keys();
  const [column] = at;
  if (keys.size === 1 && at.length === 1 && typeof only !== 'string') {
    for (let i = 0; i < rows.length; i++) if (rows[i]![column!] === only) places.push(i);
  } else for (let i = 0; i < rows.length; i++) if (keys.has(keyName(at, rows[i]!))) places.push(i);
  return places;
}

function keyName(places: readonly number[], values: readonly SqlValue[]): KeyName {
  const first = values[places[0]!]!;
  return places.length === 1 && !(first instanceof Uint8Array) ? first : nameOf(places, values);
}

function nameOf(places: readonly number[], values: readonly SqlValue[]): string {
  let name = '';
  for (const place of places) name += keyOfValue(values[place]!);
  return name;
}

function groupName({ terms }: GroupsPlan, values: readonly SqlValue[]): string {
  return values
    .map((value, index) => {
      const key = keyOfStored(value, { name: '', affinity: 'BLOB', collation: terms[index]!.collation });
      return `${typeof key} ${typeof key === 'string' ? `${key.length} ` : ''}${Object.is(key, -0) ? 0 : key}`;
    })
    .join(' ');
}

/** Reads in statements of a few sizes, so that each is prepared once; the last key stands in for those that lack. */
function readChunks(
  keys: readonly Key[],
  read: (count: number, values: readonly SqlValue[]) => { readonly rows: readonly HeldRow[] },
): HeldRow[] {
  const rows: HeldRow[] = [];
  const sizes = keyCounts(keys[0]?.length ?? 1);
  for (let at = 0; at < keys.length; ) {
    const left = keys.slice(at, at + sizes.at(-1)!);
    const count = sizes.find((size) => size >= left.length)!;
    const filled = [...left, ...Array.from({ length: count - left.length }, () => left.at(-1)!)];
    for (const row of read(count, filled.flat()).rows) rows.push(row);
    at += left.length;
  }
  return rows;
}
