/** Compares rows as ORDER BY does. */
import type { SqlValue } from '../../model/values.ts';
import { folded } from '../analysis/comparison-key.ts';
import type { OrderTerm } from '../analysis/result-order.ts';

export type CompareRows = (a: readonly SqlValue[], b: readonly SqlValue[]) => number;

export function rowOrder(terms: readonly OrderTerm[]): CompareRows {
  return (a, b) => {
    for (const { at, isDescending, nullsFirst, collation } of terms) {
      const [left, right] = [a[at]!, b[at]!];
      if (left === right) continue;
      if (typeof left === 'number' && typeof right === 'number') return left < right !== isDescending ? -1 : 1;
      if (left === null || right === null) return (left === null) === nullsFirst ? -1 : 1;
      const compared = compareValues(left, right, collation);
      if (compared !== 0) return isDescending ? -compared : compared;
    }
    return 0;
  };
}

/** Numbers before text before blobs. https://sqlite.org/datatype3.html#sort_order */
export function compareValues(a: SqlValue, b: SqlValue, collation: string): number {
  const [kindOfA, kindOfB] = [kindOf(a), kindOf(b)];
  if (kindOfA !== kindOfB) return kindOfA - kindOfB;
  if (typeof a === 'string') return compareTexts(folded(a, collation), folded(b as string, collation));
  if (a instanceof Uint8Array) return compareBytes(a, b as Uint8Array);
  // JavaScript compares a bigint with a number exactly.
  const [left, right] = [a as number | bigint, b as number | bigint];
  return left < right ? -1 : left > right ? 1 : 0;
}

function kindOf(value: SqlValue): number {
  if (value === null) return 0;
  if (typeof value === 'string') return 2;
  return value instanceof Uint8Array ? 3 : 1;
}

/** By the bytes of UTF-8, which is by code points: JavaScript compares UTF-16, where pairs of surrogates come too early. */
function compareTexts(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (left !== right) return rankOf(left) - rankOf(right);
  }
  return a.length - b.length;
}

function rankOf(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
