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

/** Rows of one table, put together from what several statements changed. */
export class GatheredRows {
  readonly #parts: ChangedRows[] = [];
  #count = 0;
  #isKnown = true;

  get rows(): RowsOfTable {
    return this.#isKnown ? this.#parts : 'unknown';
  }

  /** Once unknown, they stay so. */
  add(rows: RowsOfTable): void {
    if (!this.#isKnown) return;
    if (rows !== 'unknown') {
      for (const part of rows) {
        this.#parts.push(part);
        this.#count += part.rows.length;
      }
      if (this.#count <= mostRows) return;
    }
    this.#isKnown = false;
    this.#parts.length = 0;
  }
}
