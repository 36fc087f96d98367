/** Brings values into a form in which those that SQLite finds equal are equal to JavaScript. */

import { asciiLower } from '../../model/ascii-case.ts';
import type { SqlValue } from '../../model/values.ts';
import type { Column } from './table-columns.ts';

/** Equal, by `===` and as the key of a Map, for values that a column of this collation compares as equal. */
export type ComparisonKey = string | number | bigint | null;

/** The key of a value that is stored in the column. */
export function keyOfStored(value: SqlValue, { collation }: Column): ComparisonKey {
  if (value === null) return null;
  if (typeof value === 'string') return folded(value, collation);
  if (typeof value === 'number') {
    // A Map finds -0 and 0 equal; a number beyond 2^53 may equal an integer that comes as bigint.
    return Number.isInteger(value) && !Number.isSafeInteger(value) && Number.isFinite(value) ? BigInt(value) : value;
  }
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  // Text that would equal this one is compared with it in vain, and no blob is missed.
  return `\u0000blob ${value.join()}`;
}

/**
 * The key of a value that is compared with the column, which lends it its affinity: https://sqlite.org/datatype3.html#comparisons
 *
 * Gives `undefined` where the conversion is SQLite's own affair, such as of '1e3' to a number or of 0.1 to text.
 */
export function keyOfCompared(given: SqlValue, column: Column): ComparisonKey | undefined {
  const { affinity } = column;
  // Half of a pair of surrogates is no text: drivers send the character for what has none.
  const value = typeof given === 'string' ? given.toWellFormed() : given;
  if (affinity === 'TEXT') {
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'number')
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : undefined;
  } else if (affinity !== 'BLOB' && typeof value === 'string') {
    if (/^-?\d{1,15}$/.test(value)) return Number(value);
    // What cannot be a number stays text.
    return /^[a-z_]+$/i.test(value) && !/^[-+\s]*(inf|nan)/i.test(value) ? folded(value, column.collation) : undefined;
  }
  return keyOfStored(value, column);
}

/** https://sqlite.org/datatype3.html#collating_sequences */
export function folded(text: string, collation: string): string {
  if (collation === 'NOCASE') return asciiLower(untilZero(text));
  return collation === 'RTRIM' ? text.replace(/ +$/, '') : text;
}

const encoder = new TextEncoder();

/** NOCASE compares up to a zero byte, and then the lengths in bytes. */
function untilZero(text: string): string {
  const end = text.indexOf('\0') + 1;
  return end === 0 ? text : text.slice(0, end).padEnd(end + encoder.encode(text.slice(end)).length, '\0');
}
