/** Results in one form, and whether two of them are the same. */
import type { ArrayRows, Row, SqlValue } from '../../lib/index.ts';

export type Raw = readonly Row[] | ArrayRows;

/** A result as values. `objects` are the rows as they were given. */
export interface Result {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
  readonly objects: readonly object[];
}

/** A result of objects without rows does not tell its columns. */
export function resultOf(raw: Raw): Result {
  if (isArrays(raw)) return { columns: raw.columns, rows: raw.rows, objects: raw.rows };
  const [first] = raw;
  return { columns: first ? Object.keys(first) : [], rows: raw.map((row) => Object.values(row)), objects: raw };
}

export function isArrays(raw: Raw): raw is ArrayRows {
  return !Array.isArray(raw);
}

/** The same values to the last bit, in the same order. */
export function sameResult(a: Result, b: Result): boolean {
  if (a.rows.length !== b.rows.length || !sameColumns(a, b)) return false;
  return a.rows.every((row, index) => sameRow(row, b.rows[index]!));
}

export function sameColumns(a: Result, b: Result): boolean {
  return a.columns.length === b.columns.length && a.columns.every((name, index) => name === b.columns[index]);
}

export function sameRow(a: readonly SqlValue[], b: readonly SqlValue[]): boolean {
  return a.length === b.length && a.every((value, index) => sameValue(value, b[index]!));
}

function sameValue(a: SqlValue, b: SqlValue): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return Object.is(a, b);
}

/** Text that is equal for equal values alone. */
export function contentOf(row: readonly SqlValue[]): string {
  return row.map(contentOfValue).join();
}

export function contentOfValue(value: SqlValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('hex')}`;
  if (typeof value === 'bigint') return `${value}n`;
  return Object.is(value, -0) ? '-0' : `${value}`;
}
