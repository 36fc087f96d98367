/** A result of groups: those that a changed row was in, or is, are added up or read again. */
import type { SqlValue } from '../../model/values.ts';
import { keyOfStored } from '../analysis/comparison-key.ts';
import type { GroupsPlan, GroupValue } from '../analysis/groups-plan.ts';
import type { RunningTotals } from '../analysis/running-totals.ts';
import type { WatchPlan } from '../analysis/watch-plan.ts';
import type { ChangedRows, RowImage } from '../capture/changed-rows.ts';
import type { Storage } from '../storage.ts';
import { type Following, type Maintained, type PendingChanges, type RowJudge, readWhole } from './maintained.ts';
import { OrderedResult } from './ordered-result.ts';
import type { HeldRow } from './ordered-rows.ts';
import { maskOf } from './relevant-columns.ts';
import { isDamaged, type Key, readByKeys } from './row-keys.ts';
import { numberOf } from './row-probe.ts';
import { emptyGroup, type GroupChange, totalled } from './totals.ts';

const rowImages: readonly RowImage[] = ['before', 'after'];

export class MaintainedGroups implements Maintained {
  readonly #plan: GroupsPlan;
  readonly #tables: WatchPlan['tables'];
  readonly #params: readonly SqlValue[];
  readonly #result: OrderedResult;
  readonly #byName = new Map<string, HeldRow>();

  static of(plan: GroupsPlan, tables: WatchPlan['tables'], params: readonly SqlValue[]): MaintainedGroups | undefined {
    const names = plan.terms.map(({ at, collation }) => ({ at, collation, isDescending: false, nullsFirst: true }));
    const nameOfGroup = (row: HeldRow): string =>
      groupName(
        plan,
        plan.terms.map(({ at }) => row[at]!),
      );
    const result = OrderedResult.of(plan, params, names, nameOfGroup);
    return result && new MaintainedGroups(plan, tables, params, result);
  }

  private constructor(
    plan: GroupsPlan,
    tables: WatchPlan['tables'],
    params: readonly SqlValue[],
    result: OrderedResult,
  ) {
    this.#plan = plan;
    this.#tables = tables;
    this.#params = params;
    this.#result = result;
  }

  get shown(): readonly HeldRow[] {
    return this.#result.shown;
  }

  read(storage: Storage): void {
    this.#result.read(storage);
    this.#byName.clear();
    for (const row of this.#result.rows) this.#byName.set(this.#nameOf(row), row);
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

  follow(storage: Storage, changes: PendingChanges, judge: RowJudge, isFree: boolean): Following {
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
    const read = readByKeys(unknown, (count, values) =>
      storage.read({ sql: this.#plan.forGroups(count), params: [...this.#params, ...values] }),
    );
    for (const row of read) fresh.push(row);
    return this.#exchange(gone, fresh, isFree);
  }

  #exchange(gone: ReadonlyMap<string, HeldRow>, fresh: readonly HeldRow[], isFree: boolean): Following {
    for (const name of gone.keys()) this.#byName.delete(name);
    const leaving = new Set(gone.values());
    const places = new Map<string, number>();
    for (const [place, row] of this.#result.rows.entries()) if (leaving.has(row)) places.set(this.#nameOf(row), place);
    const patch = this.#result.exchange(places, fresh, isFree);
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
            if (isDamaged(key)) return undefined;
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

function groupName({ terms }: GroupsPlan, values: readonly SqlValue[]): string {
  return values
    .map((value, index) => {
      if (value instanceof Uint8Array) return `blob ${value.join()}`;
      const key = keyOfStored(value, { name: '', affinity: 'BLOB', collation: terms[index]!.collation });
      return `${typeof key} ${typeof key === 'string' ? `${key.length} ` : ''}${Object.is(key, -0) ? 0 : key}`;
    })
    .join(' ');
}
