/** Rows in order, some of which change: the others stay where they are. */
import type { Patch } from '../../model/patch.ts';
import { PatchBuilder } from '../../model/patch.ts';
import { type SqlValue, sameValue } from '../../model/values.ts';
import type { CompareRows } from './row-order.ts';

/** A row of a result, its hidden columns behind those that are shown. Held by identity: one that shows the same is the same. */
export type HeldRow = SqlValue[];

export interface RowExchange {
  readonly rows: readonly HeldRow[];
  /** Rows that are to go, by name. */
  readonly gone: ReadonlyMap<string, HeldRow>;
  /** Rows that are to come, by name. One with the name of a row that goes is that row, changed. */
  readonly fresh: ReadonlyMap<string, HeldRow>;
  readonly width: number;
  readonly compare: CompareRows;
  /** A row that sorts behind this one has no place. */
  readonly last?: HeldRow | undefined;
}

export interface ExchangedRows {
  readonly rows: HeldRow[];
  /** The rows that left their place, whether or not they came back to another. */
  readonly taken: ReadonlySet<HeldRow>;
}

/** Exchanges rows. A row that changes without a change of its order keeps its place. */
export function exchangeRows({ rows, gone, fresh, width, compare, last }: RowExchange): ExchangedRows {
  const inPlace = new Map<HeldRow, HeldRow>();
  const taken = new Set<HeldRow>();
  const comers: HeldRow[] = [];
  for (const [name, row] of fresh) {
    const before = gone.get(name);
    const isSameOrder = before !== undefined && compare(before, row) === 0;
    if (!isSameOrder && last && compare(row, last) >= 0) continue;
    const after = before && sameShown(before, row, width) ? takeHidden(before, row, width) : row;
    if (isSameOrder) inPlace.set(before, after);
    else comers.push(after);
  }
  const kept: HeldRow[] = [];
  const leaving = new Set(gone.values());
  let copied = 0;
  rows.forEach((row, index) => {
    if (!leaving.has(row)) return;
    for (; copied < index; copied++) kept.push(rows[copied]!);
    copied = index + 1;
    const after = inPlace.get(row);
    if (after) kept.push(after);
    if (after !== row) taken.add(row);
  });
  for (; copied < rows.length; copied++) kept.push(rows[copied]!);
  return { rows: withComers(kept, comers.sort(compare), compare), taken };
}

/** How the shown rows follow from those before; undefined where they are the same. `taken` may hold more than need be. */
export function patchOf(
  before: readonly HeldRow[],
  after: readonly HeldRow[],
  taken: ReadonlySet<HeldRow>,
): Patch<HeldRow> | undefined {
  const patch = new PatchBuilder<HeldRow>();
  let places: Map<HeldRow, number> | undefined;
  const placeOf = (row: HeldRow): number | undefined => {
    if (!taken.has(row)) return undefined;
    places ??= new Map(before.flatMap((other, index) => (taken.has(other) ? [[other, index] as const] : [])));
    return places.get(row);
  };
  let next = 0;
  for (const row of after) {
    while (next < before.length && before[next] !== row && taken.has(before[next]!)) next++;
    if (before[next] === row) patch.copy(next++, 1);
    else {
      const place = placeOf(row);
      if (place === undefined) patch.add(row);
      else patch.copy(place, 1);
    }
  }
  const isSame = patch.rows.length === 0 && patch.spans.length <= 2 && after.length === before.length;
  return isSame && (patch.spans[0] ?? 0) === 0 ? undefined : patch;
}

/** Merges rows in order into others in order. */
function withComers(rows: HeldRow[], comers: readonly HeldRow[], compare: CompareRows): HeldRow[] {
  if (comers.length === 0) return rows;
  const all: HeldRow[] = [];
  let copied = 0;
  for (const comer of comers) {
    const place = placeFor(comer, rows, compare, copied);
    for (; copied < place; copied++) all.push(rows[copied]!);
    all.push(comer);
  }
  for (; copied < rows.length; copied++) all.push(rows[copied]!);
  return all;
}

function placeFor(row: HeldRow, rows: readonly HeldRow[], compare: CompareRows, from: number): number {
  let [low, high] = [from, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(rows[middle]!, row) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sameShown(a: HeldRow, b: HeldRow, width: number): boolean {
  for (let i = 0; i < width; i++) if (!sameValue(a[i]!, b[i]!)) return false;
  return true;
}

function takeHidden(before: HeldRow, after: HeldRow, width: number): HeldRow {
  for (let i = width; i < after.length; i++) before[i] = after[i]!;
  return before;
}
