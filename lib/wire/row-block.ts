/** Rows as they are handed on and cross a port: their values one after the other, or, where they are many, as columns. */
import type { Row, SqlValue } from '../model/values.ts';
import { type Column, columnsOf, valuesOf } from './columns.ts';
import { makerOf } from './row-maker.ts';

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

/** Fewer values than this are received faster one by one: 4 µs for ten rows of six columns against 2. */
const fewestPacked = 300;

/** Rows of equal width as one block. */
export function blockOf(rows: readonly (readonly SqlValue[])[], width: number): ValueBlock {
  const values: SqlValue[] = [];
  for (const row of rows) for (let i = 0; i < width; i++) values.push(row[i]!);
  return { width, values };
}

/** The form in which a block is received the fastest. */
export function packed(block: RowBlock): RowBlock {
  if ('columns' in block || isSmall(block)) return block;
  return { count: block.values.length / block.width, columns: columnsOf(block.values, block.width) };
}

/** Whether a block is received faster as values, one by one. */
export function isSmall({ values }: ValueBlock): boolean {
  return values.length < fewestPacked;
}

/** How many rows there are. */
export function rowCount(block: RowBlock): number {
  if ('columns' in block) return block.count;
  return block.width === 0 ? 0 : block.values.length / block.width;
}

/** Parts of a block that can be received one by one, without a long pause. */
export function* partsOf({ width, values }: ValueBlock): Generator<ValueBlock> {
  let start = 0;
  let size = 0;
  for (let at = 0; at < values.length; at += width) {
    for (let i = at; i < at + width; i++) size += sizeOf(values[i]!);
    const end = at + width;
    if (size < blockSize && end - start < blockRows * width && end < values.length) continue;
    yield { width, values: values.slice(start, end) };
    start = end;
    size = 0;
  }
}

/** What a value adds to the size of its block. */
export function sizeOf(value: SqlValue): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 0;
}

/** The values of blocks of one width, row after row, `rows` rows at a time; the last may be fewer. */
export function* valuesTogether(blocks: Iterable<RowBlock>, rows: number): Generator<SqlValue[]> {
  let together: SqlValue[] = [];
  for (const block of blocks) {
    const columns = 'columns' in block ? block.columns.map((column) => valuesOf(column, block.count)) : undefined;
    const width = columns?.length ?? (block as ValueBlock).width;
    for (let row = 0; row < rowCount(block); row++) {
      for (let i = 0; i < width; i++) {
        together.push(columns ? columns[i]![row]! : (block as ValueBlock).values[row * width + i]!);
      }
      if (together.length < rows * width) continue;
      yield together;
      together = [];
    }
  }
  if (together.length > 0) yield together;
}

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
