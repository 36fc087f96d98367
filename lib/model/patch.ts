/** The difference between two results, and its application. */
import { keyOfValue, type SqlValue, sameValue } from './values.ts';

/**
 * How a result follows from the one before it.
 *
 * Shapes  `spans` holds pairs `from, count`: `count` rows copied from index `from` of the old result, or, where `from` is
 *         -1, the next `count` rows of `rows`.
 */
export interface Patch<R> {
  readonly spans: readonly number[];
  readonly rows: readonly R[];
}

type Values = readonly SqlValue[];

/**
 * Finds what of `after` was already in `before`. Rows are told apart by content, so a row that moved is copied too.
 *
 *     before  a b c d        spans  0,1  -1,1  3,1  1,1
 *     after   a X d b        rows   X
 *
 * Gives `undefined` where the two are equal.
 */
export function difference(before: readonly Values[], after: readonly Values[]): Patch<Values> | undefined {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && sameRow(before[head]!, after[head]!)) head++;
  if (head === before.length && head === after.length) return undefined;
  let tail = 0;
  while (tail < shorter - head && sameRow(before[before.length - 1 - tail]!, after[after.length - 1 - tail]!)) tail++;

  const patch = new PatchBuilder();
  patch.copy(0, head);
  const find = finder(before, head, before.length - tail);
  for (let i = head; i < after.length - tail; i++) {
    const from = find(after[i]!);
    if (from === undefined) patch.add(after[i]!);
    else patch.copy(from, 1);
  }
  patch.copy(before.length - tail, tail);
  return patch;
}

/** The rows after a patch: those copied are the same objects as before. */
export function applyPatch<R>(before: readonly R[], patch: Patch<R>): R[] {
  const after: R[] = [];
  let next = 0;
  for (let i = 0; i < patch.spans.length; i += 2) {
    const from = patch.spans[i]!;
    const count = patch.spans[i + 1]!;
    if (from < 0) for (const end = next + count; next < end; next++) after.push(patch.rows[next]!);
    else for (let row = from; row < from + count; row++) after.push(before[row]!);
  }
  return after;
}

class PatchBuilder implements Patch<Values> {
  readonly spans: number[] = [];
  readonly rows: Values[] = [];

  copy(index: number, count: number): void {
    if (count === 0) return;
    const last = this.spans.length - 2;
    const from = this.spans[last];
    if (from !== undefined && from >= 0 && from + this.spans[last + 1]! === index) this.spans[last + 1]! += count;
    else this.spans.push(index, count);
  }

  add(row: Values): void {
    const last = this.spans.length - 2;
    if (this.spans[last] === -1) this.spans[last + 1]!++;
    else this.spans.push(-1, 1);
    this.rows.push(row);
  }
}

/** Looks rows up by content among `before[start..end)`, and gives each index at most once, in order. */
function finder(before: readonly Values[], start: number, end: number): (row: Values) => number | undefined {
  if (start === end) return () => undefined;
  const indexes = new Map<string, number[]>();
  for (let i = end - 1; i >= start; i--) {
    const key = contentOf(before[i]!);
    const same = indexes.get(key);
    if (same) same.push(i);
    else indexes.set(key, [i]);
  }
  return (row) => indexes.get(contentOf(row))?.pop();
}

function contentOf(row: Values): string {
  let content = '';
  for (const value of row) content += keyOfValue(value);
  return content;
}

function sameRow(a: Values, b: Values): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameValue(a[i]!, b[i]!)) return false;
  return true;
}
