/** Tells what became of each row from one result to the next. */

import { type OperatorFunction, scan } from 'rxjs';
import { fewestMoves } from './fewest-moves.ts';
import { identityOf, type KeyReader, keyReader, type RowKey } from './row-key.ts';

export type { RowKey } from './row-key.ts';

/** A row that has another content than the row of the same key before. */
export interface RowUpdate<R> {
  readonly old: R;
  readonly new: R;
}

/** A row that stands elsewhere among those that stay. `from` counts in the rows before, `to` in the rows now. */
export interface RowMove<R> {
  readonly row: R;
  readonly from: number;
  readonly to: number;
}

/**
 * A result, and how it came from the one before it.
 *
 * `removed` is in the order of the rows before; all else is in the order of `rows`. To get from there to here: put
 * `new` into the place of `old`, take out what is removed and, at its `from`, what moves; then put what moved and what is
 * inserted into their places in `rows`, the lowest place first. A row that moves and is updated is in both lists.
 */
export interface RowChanges<R> {
  readonly rows: readonly R[];
  readonly inserted: readonly R[];
  readonly updated: readonly RowUpdate<R>[];
  readonly removed: readonly R[];
  readonly moved: readonly RowMove<R>[];
}

/** Two rows of one result have one key, at the places `first` and `second`. The key itself stays out of the message. */
export class DuplicateKeyError extends Error {
  override readonly name = 'DuplicateKeyError';
  readonly key: unknown;
  readonly first: number;
  readonly second: number;

  constructor(key: unknown, first: number, second: number) {
    super(`each row is expected to have a key of its own, and the rows at ${first} and ${second} have the same`);
    this.key = key;
    this.first = first;
    this.second = second;
  }
}

/** How far to look for the place where two results go on alike, before their rows are looked up by key. */
const maxLookahead = 8;

/**
 * Compares each result with the one before it, row by row of the same key.
 *
 *     in    -x---y---y---|    x = [a, b, c], y = [c, a, B]    where B has the key of b
 *     out   -i---j---k---|    i: inserted a, b, c             j: updated b to B, moved c from 2 to 0
 *                             k: no change
 *
 * Shapes  `rows` is the source's own array. A row that is the same object is unchanged; another object of the same key
 *         is updated, unless all of its own properties are equal (blobs by content, objects in it by identity). Keys are
 *         equal by type and content: 1, 1n and '1' are three keys, two blobs of the same bytes are one. What moved is
 *         the fewest rows that can account for the new order; where several choices are as few, any of them.
 * Units   places count from 0. It holds one result and no keys: a row that is the same object costs one comparison; keys
 *         are read of the other rows alone, and where one is inserted, of each row before, to see that it is not twice.
 * Errors  a source error passes at once. Two rows of one key are a {@link DuplicateKeyError}. A key, or a part of it, that
 *         is undefined or an object is a TypeError, at the result which has it; a `key` that is no key, at the call.
 * Source  the smallest set of moves is what lies outside of a longest increasing subsequence of the old places:
 *         https://en.wikipedia.org/wiki/Longest_increasing_subsequence
 */
export function rowChanges<R>({ key }: { readonly key: RowKey<R> }): OperatorFunction<readonly R[], RowChanges<R>> {
  const keyOf = keyReader(key);
  const nothing: RowChanges<R> = { rows: [], inserted: [], updated: [], removed: [], moved: [] };
  return scan((last, rows) => changesBetween(last.rows, rows, keyOf), nothing);
}

function changesBetween<R>(before: readonly R[], rows: readonly R[], keyOf: KeyReader<R>): RowChanges<R> {
  const shorter = Math.min(before.length, rows.length);
  let head = 0;
  while (head < shorter && before[head] === rows[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before[before.length - 1 - tail] === rows[rows.length - 1 - tail]) tail++;

  const olds = before.slice(head, before.length - tail);
  const news = rows.slice(head, rows.length - tail);
  const { origins, removed, inserted, insertedKeys } = pair(olds, news, keyOf);
  // A second row of one key always shows as inserted, because the first one took the old row, if there was one.
  const isTwice = (row: R): boolean => insertedKeys.has(identityOf(keyOf(row)));
  if (insertedKeys.size < inserted.length || (inserted.length > 0 && before.some(isTwice)))
    throw duplicateIn(rows, keyOf);

  const updated: RowUpdate<R>[] = [];
  origins.forEach((origin, place) => {
    if (origin >= 0 && !isSameRow(olds[origin]!, news[place]!)) updated.push({ old: olds[origin]!, new: news[place]! });
  });
  const move = (place: number): RowMove<R> => ({ row: news[place]!, from: head + origins[place]!, to: head + place });
  return { rows, inserted, updated, removed, moved: fewestMoves(origins).map(move) };
}

interface Pairs<R> {
  /** For each new row, the place of the old row that has its key; -1 for one that is inserted. */
  readonly origins: Int32Array;
  readonly removed: R[];
  readonly inserted: R[];
  readonly insertedKeys: ReadonlySet<unknown>;
}

/** Finds the old row of each new one: the same object where the two go on alike, by key where they do not. */
function pair<R>(olds: readonly R[], news: readonly R[], keyOf: KeyReader<R>): Pairs<R> {
  const origins = new Int32Array(news.length).fill(-1);
  const unpaired = new Map<unknown, number>();
  const leave = (from: number, to: number): void => {
    for (let old = from; old < to; old++) unpaired.set(identityOf(keyOf(olds[old]!)), old);
  };
  let old = 0;
  let place = 0;
  while (old < olds.length && place < news.length) {
    if (olds[old] === news[place]) origins[place++] = old++;
    else {
      const [skippedOlds, skippedNews] = distanceToSame(olds, old, news, place);
      leave(old, old + skippedOlds);
      old += skippedOlds;
      place += skippedNews;
    }
  }
  leave(old, olds.length);

  const inserted: R[] = [];
  const insertedKeys = new Set<unknown>();
  for (let place = 0; place < news.length; place++) {
    if (origins[place]! >= 0) continue;
    const identity = identityOf(keyOf(news[place]!));
    const origin = unpaired.get(identity);
    if (origin === undefined) {
      inserted.push(news[place]!);
      insertedKeys.add(identity);
    } else {
      origins[place] = origin;
      unpaired.delete(identity);
    }
  }
  return { origins, removed: Array.from(unpaired.values(), (old) => olds[old]!), inserted, insertedKeys };
}

/** How many old rows, or new rows, to skip until the same object stands on both sides; one of each if that is far. */
function distanceToSame<R>(olds: readonly R[], old: number, news: readonly R[], place: number): [number, number] {
  for (let distance = 1; distance <= maxLookahead; distance++) {
    if (olds[old + distance] === news[place]) return [distance, 0];
    if (olds[old] === news[place + distance]) return [0, distance];
  }
  return [1, 1];
}

function isSameRow<R>(a: R, b: R): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  const columns = Object.keys(a) as (keyof R)[];
  if (columns.length !== Object.keys(b).length) return false;
  return columns.every((column) => Object.hasOwn(b, column) && isSameValue(a[column], b[column]));
}

function isSameValue(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array && b instanceof Uint8Array)) return Object.is(a, b);
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The first row whose key another row had already, with that row. */
function duplicateIn<R>(rows: readonly R[], keyOf: KeyReader<R>): DuplicateKeyError {
  const places = new Map<unknown, number>();
  for (const [place, row] of rows.entries()) {
    const key = keyOf(row);
    const first = places.get(identityOf(key));
    if (first !== undefined) return new DuplicateKeyError(key, first, place);
    places.set(identityOf(key), place);
  }
  throw new Error('no key is there twice');
}
