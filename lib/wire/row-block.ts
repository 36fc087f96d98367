/** Rows as they cross a port: one flat array, which clones in half the time of an array of arrays. */
import type { Row, SqlValue } from '../model/values.ts';

/** `values` holds row after row, `width` values each. */
export interface RowBlock {
  readonly width: number;
  readonly values: readonly SqlValue[];
}

/** Packs rows of equal width. */
export function blockOf(rows: readonly (readonly SqlValue[])[], width: number): RowBlock {
  const values: SqlValue[] = [];
  for (const row of rows) for (let i = 0; i < width; i++) values.push(row[i]!);
  return { width, values };
}

/** The rows of a block as arrays. */
export function arraysOf({ width, values }: RowBlock): SqlValue[][] {
  const rows: SqlValue[][] = [];
  if (width > 0) for (let at = 0; at < values.length; at += width) rows.push(values.slice(at, at + width));
  return rows;
}

/** The rows of a block as plain objects; of two columns with one name, the later one is kept. */
export function objectsOf({ width, values }: RowBlock, columns: readonly string[]): Row[] {
  const rows: Row[] = [];
  if (width === 0) return rows;
  // Assigning to `__proto__` would set the prototype and lose the value.
  const set = columns.includes('__proto__') ? defineProperty : undefined;
  for (let at = 0; at < values.length; at += width) {
    const row: Row = {};
    for (let i = 0; i < width; i++) {
      if (set) set(row, columns[i]!, values[at + i]!);
      else row[columns[i]!] = values[at + i]!;
    }
    rows.push(row);
  }
  return rows;
}

function defineProperty(row: Row, name: string, value: SqlValue): void {
  Object.defineProperty(row, name, { value, writable: true, enumerable: true, configurable: true });
}
