/** Adds changed rows to the totals of a group. */
import type { SqlValue } from '../../model/values.ts';
import { largestAdded, mostAdded, type RunningTotals, type TotalledColumn } from '../analysis/running-totals.ts';
import type { HeldRow } from './ordered-rows.ts';
import { compareValues } from './row-order.ts';

/** A row that came to a group, or went. */
export interface GroupChange {
  readonly isNew: boolean;
  /** The values of the totalled columns. */
  readonly values: readonly SqlValue[];
}

/** The row of a group that has no rows yet. `width` counts the hidden columns. */
export function emptyGroup(
  totals: RunningTotals,
  width: number,
  terms: readonly { readonly at: number }[],
  key: readonly SqlValue[],
): HeldRow {
  const row: HeldRow = new Array(width).fill(null);
  terms.forEach(({ at }, index) => {
    row[at] = key[index]!;
  });
  for (const { at, term } of totals.shownTerms) row[at] = key[term]!;
  for (const at of [totals.rowsAt, ...totals.shownRowsAt]) row[at] = 0;
  for (const { countAt, othersAt, shownCountsAt } of totals.columns) {
    for (const at of [countAt, ...shownCountsAt]) row[at] = 0;
    if (othersAt !== undefined) row[othersAt] = 0;
  }
  return row;
}

/** The group after the changes; undefined where only reading it again tells. */
export function totalled(totals: RunningTotals, group: HeldRow, changes: readonly GroupChange[]): HeldRow | undefined {
  const row = [...group];
  const set = (places: readonly number[], value: SqlValue): void => {
    for (const at of places) row[at] = value;
  };
  const more = changes.reduce((sum, { isNew }) => sum + (isNew ? 1 : -1), 0);
  set([totals.rowsAt, ...totals.shownRowsAt], (row[totals.rowsAt] as number) + more);
  for (const [index, column] of totals.columns.entries()) {
    const came = changes
      .filter(({ isNew, values }) => isNew && values[index] !== null)
      .map(({ values }) => values[index]!);
    const went = changes
      .filter(({ isNew, values }) => !isNew && values[index] !== null)
      .map(({ values }) => values[index]!);
    const count = (row[column.countAt] as number) + came.length - went.length;
    set([column.countAt, ...column.shownCountsAt], count);
    if (!addUp(column, row, came, went, count) || !stretch(column, row, came, went, count)) return undefined;
  }
  return row;
}

/** Sums and averages. Gives whether it could. */
function addUp(
  { holdsIntegers, sumAt, othersAt, averagesAt, shownSumsAt }: TotalledColumn,
  row: HeldRow,
  came: readonly SqlValue[],
  went: readonly SqlValue[],
  count: number,
): boolean {
  if (sumAt === undefined || othersAt === undefined) return true;
  if (came.length + went.length === 0) return true;
  if (!holdsIntegers || row[othersAt] !== 0 || count > mostAdded || ![...came, ...went].every(isAdded)) return false;
  const before = row[sumAt] ?? 0;
  if (!Number.isSafeInteger(before)) return false;
  let exact = BigInt(before as number);
  for (const value of came) exact += BigInt(value as number);
  for (const value of went) exact -= BigInt(value as number);
  const sum = Number(exact);
  if (!Number.isSafeInteger(sum)) return false;
  for (const at of [sumAt, ...shownSumsAt]) row[at] = count === 0 ? null : sum;
  for (const at of averagesAt) row[at] = count === 0 ? null : sum / count;
  return true;
}

function isAdded(value: SqlValue): value is number {
  return Number.isInteger(value) && Math.abs(value as number) <= largestAdded;
}

/** The least and the greatest. Gives whether it could: where the very one went, another is to be found. */
function stretch(
  { leastAt, greatestAt, collation }: TotalledColumn,
  row: HeldRow,
  came: readonly SqlValue[],
  went: readonly SqlValue[],
  count: number,
): boolean {
  for (const [places, direction] of [
    [leastAt, 1],
    [greatestAt, -1],
  ] as const) {
    const [first] = places;
    if (first === undefined) continue;
    let best: SqlValue = row[first]!;
    const compare = (value: SqlValue): number =>
      best === null ? -1 : direction * compareValues(value, best, collation);
    if (count > 0 && went.some((value) => compare(value) <= 0)) return false;
    for (const value of came) {
      const compared = compare(value);
      // Of two that are equal and not the same, SQLite shows which it likes.
      if (compared === 0 && !Object.is(value, best)) return false;
      if (compared < 0) best = value;
    }
    for (const at of places) row[at] = count === 0 ? null : best;
  }
  return true;
}
