/** Turns rows into columns. */
import type { SqlValue } from '../model/values.ts';
import { type BlobColumn, type Column, noInteger, noValue, type TextColumn } from './columns.ts';

/** Blobs that are larger than this on average travel by themselves: they are moved, not copied out of a larger one. */
const largeBlob = 4096;

/** Packs rows of `width` values, which follow one another in `values`. The columns share no memory with the values. */
export function columnsOf(values: readonly SqlValue[], width: number): Column[] {
  return Array.from({ length: width }, (_, column) => columnAt(values, column, width));
}

/** What of columns can be moved to another thread in place of being copied. */
export function buffersOf(columns: readonly Column[]): ArrayBuffer[] {
  return columns.flatMap(buffersOfColumn);
}

function columnAt(values: readonly SqlValue[], start: number, width: number): Column {
  let at = start;
  while (at < values.length && values[at] === null) at += width;
  const first = values[at];
  const packed = at >= values.length ? integers(values, start, width) : packedLike(first!, values, start, width);
  return packed ?? mixed(values, start, width);
}

/** Packs a column whose first value is `first`; `undefined` where its values are of several kinds. */
function packedLike(first: SqlValue, values: readonly SqlValue[], start: number, width: number): Column | undefined {
  switch (typeof first) {
    case 'number':
      return integers(values, start, width) ?? numbers(values, start, width);
    case 'string':
      return texts(values, start, width);
    case 'bigint':
      return bigints(values, start, width);
    default:
      return blobs(values, start, width);
  }
}

function integers(values: readonly SqlValue[], start: number, width: number): Int32Array | undefined {
  const column = new Int32Array(values.length / width);
  for (let row = 0, at = start; row < column.length; row++, at += width) {
    const value = values[at];
    if (value === null) column[row] = noInteger;
    else if (typeof value === 'number' && (value | 0) === value && value !== noInteger && !Object.is(value, -0))
      column[row] = value;
    else return undefined;
  }
  return column;
}

function numbers(values: readonly SqlValue[], start: number, width: number): Float64Array | undefined {
  const column = new Float64Array(values.length / width);
  for (let row = 0, at = start; row < column.length; row++, at += width) {
    const value = values[at];
    if (typeof value === 'number') column[row] = value;
    else if (value === null) column[row] = Number.NaN;
    else return undefined;
  }
  return column;
}

function bigints(values: readonly SqlValue[], start: number, width: number): BigInt64Array | undefined {
  const column = new BigInt64Array(values.length / width);
  for (let row = 0, at = start; row < column.length; row++, at += width) {
    const value = values[at];
    if (typeof value !== 'bigint') return undefined;
    column[row] = value;
  }
  return column;
}

function texts(values: readonly SqlValue[], start: number, width: number): TextColumn | undefined {
  const lengths = new Uint32Array(values.length / width);
  const parts: string[] = new Array(lengths.length);
  for (let row = 0, at = start; row < lengths.length; row++, at += width) {
    const value = values[at];
    if (typeof value !== 'string' && value !== null) return undefined;
    parts[row] = value ?? '';
    lengths[row] = value === null ? noValue : value!.length;
  }
  return { text: parts.join(''), lengths };
}

function blobs(values: readonly SqlValue[], start: number, width: number): BlobColumn | undefined {
  const lengths = new Uint32Array(values.length / width);
  let size = 0;
  for (let row = 0, at = start; row < lengths.length; row++, at += width) {
    const value = values[at];
    if (value === null) lengths[row] = noValue;
    else if (value instanceof Uint8Array) {
      lengths[row] = value.length;
      size += value.length;
    } else return undefined;
  }
  if (size > largeBlob * lengths.length) return undefined;
  const bytes = new Uint8Array(size);
  for (let at = start, end = 0; at < values.length; at += width) {
    const value = values[at] as Uint8Array | null;
    if (value === null) continue;
    bytes.set(value, end);
    end += value.length;
  }
  return { bytes, lengths };
}

function mixed(values: readonly SqlValue[], start: number, width: number): readonly SqlValue[] {
  const column: SqlValue[] = [];
  for (let at = start; at < values.length; at += width) {
    const value = values[at]!;
    // Copied, since the column's buffers are moved and the values stay with whoever has them.
    column.push(value instanceof Uint8Array ? new Uint8Array(value) : value);
  }
  return column;
}

function buffersOfColumn(column: Column): ArrayBuffer[] {
  if (Array.isArray(column)) {
    return column.flatMap((value) => (value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : []));
  }
  if (ArrayBuffer.isView(column)) return [column.buffer as ArrayBuffer];
  const { lengths } = column as TextColumn | BlobColumn;
  return 'bytes' in column
    ? [column.bytes.buffer as ArrayBuffer, lengths.buffer as ArrayBuffer]
    : [lengths.buffer as ArrayBuffer];
}
