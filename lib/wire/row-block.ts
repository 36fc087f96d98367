/** Rows as they are handed on and cross a port: their values one after the other, or, where they are many, as columns. */
import type { SqlValue } from '../model/values.ts';
import type { Column } from './columns.ts';

export type RowBlock = ValueBlock | ColumnBlock;

/** `values` holds row after row, `width` values each. */
export interface ValueBlock {
  readonly width: number;
  readonly values: readonly SqlValue[];
}

export interface ColumnBlock {
  readonly count: number;
  readonly columns: readonly Column[];
}

/** Rows of one message, so that a thread takes well below 1 ms for it. */
export const blockRows = 1000;

/** Characters and bytes of one message, give or take those of one row; a text that is kept keeps no more than these alive. */
export const blockSize = 65_536;

/** Rows of equal width as one block. */
export function blockOf(rows: readonly (readonly SqlValue[])[], width: number): ValueBlock {
  const values: SqlValue[] = [];
  for (const row of rows) for (let i = 0; i < width; i++) values.push(row[i]!);
  return { width, values };
}

/** How many rows there are. */
export function rowCount(block: RowBlock): number {
  if ('columns' in block) return block.count;
  return block.width === 0 ? 0 : block.values.length / block.width;
}

/** What a value adds to the size of its block. */
export function sizeOf(value: SqlValue): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 0;
}
