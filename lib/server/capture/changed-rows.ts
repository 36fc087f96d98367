/** The rows of one table that a statement changed, as far as somebody wants to know. */
import type { SqlValue } from '../../model/values.ts';
import type { CaptureLayout } from './capture-triggers.ts';

/** A row as it was, or as it is. */
export type RowImage = 'before' | 'after';

/** One change of a row: what it was, unless it is new, and what it is, unless it is gone. */
export interface ChangedRow {
  /** A bit for each compared column that differs, see `bitOf`; for a row that came or went, all. */
  readonly mask: number;
  /** The values of the layout's kept columns, and behind them what `untypedPlaces` says. */
  readonly before: readonly SqlValue[] | undefined;
  readonly after: readonly SqlValue[] | undefined;
}

export interface ChangedRows {
  readonly layout: CaptureLayout;
  readonly rows: readonly ChangedRow[];
}

/** What is known of the changed rows of a table: all of them, or that they are too many, or were not seen. */
export type RowsOfTable = readonly ChangedRows[] | 'unknown';

/** More changed rows than this in one transaction count as unknown: from there on, running a query whole is cheaper. */
export const mostRows = 1000;

/** Adds two. */
export function joined(some: RowsOfTable, more: RowsOfTable): RowsOfTable {
  if (some === 'unknown' || more === 'unknown') return 'unknown';
  const both = [...some, ...more];
  return both.reduce((count, { rows }) => count + rows.length, 0) > mostRows ? 'unknown' : both;
}
