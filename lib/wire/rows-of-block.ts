/** The rows of a block, as arrays or as objects. */
import type { Row, SqlValue } from '../model/values.ts';
import { valuesOf } from './columns.ts';
import type { RowBlock } from './row-block.ts';
import { makerOf } from './row-maker.ts';

/** The rows of a block as arrays. */
export function arraysOf(block: RowBlock): SqlValue[][] {
  const rows: SqlValue[][] = [];
  addArrays(block, rows);
  return rows;
}

/** Adds the rows of a block as arrays. */
export function addArrays(block: RowBlock, rows: SqlValue[][]): void {
  if ('columns' in block) {
    const columns = block.columns.map((column) => valuesOf(column, block.count));
    for (let row = 0; row < block.count; row++) rows.push(columns.map((values) => values[row]!));
  } else if (block.width > 0) {
    const { width, values } = block;
    for (let at = 0; at < values.length; at += width) rows.push(values.slice(at, at + width));
  }
}

/** The rows of a block as plain objects; of two columns with one name, the later one is kept. */
export function objectsOf(block: RowBlock, columns: readonly string[]): Row[] {
  const rows: Row[] = [];
  addObjects(block, columns, rows);
  return rows;
}

/** Adds the rows of a block as plain objects. */
export function addObjects(block: RowBlock, columns: readonly string[], rows: Row[]): void {
  if (columns.length === 0) return;
  const maker = makerOf(columns);
  if ('columns' in block) {
    const values = block.columns.map((column) => valuesOf(column, block.count));
    maker.fromColumns(values, block.count, rows);
  } else maker.fromValues(block.values, rows);
}
