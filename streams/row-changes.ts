/** Tells what became of each row from one result to the next. */

import { defer, map, type OperatorFunction } from 'rxjs';
import { DuplicateKeyError } from './duplicate-key-error.ts';
import { addRun, fewestMoves, type Run } from './fewest-moves.ts';
import { identityOf } from './key-identity.ts';
import { type KeyReader, keyReader, type RowKey } from './row-key.ts';
import { isSameRow } from './same-row.ts';
import { spansBetween } from './spans-between.ts';

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
 * Units   places count from 0. A row that is the same object costs one comparison; where the result tells how it follows
 *         from the one before, as those of a live query do, it costs nothing. Keys are read of the other rows alone, and
 *         once of all, when a row is inserted into a result: from then on it holds them, beside the last result.
 * Errors  a source error passes at once. Two rows of one key are a {@link DuplicateKeyError}. A key, or a part of it, that
 *         is undefined or an object is a TypeError, at the result which has it; a `key` that is no key, at the call.
 * Source  the smallest set of moves is what lies outside of a longest increasing subsequence of the old places:
 *         https://en.wikipedia.org/wiki/Longest_increasing_subsequence
 */
export function rowChanges<R>({ key }: { readonly key: RowKey<R> }): OperatorFunction<readonly R[], RowChanges<R>> {
  const keyOf = keyReader(key);
  return (results$) =>
    defer(() => {
      const latest = new LatestRows(keyOf);
      return results$.pipe(map((rows) => latest.follow(rows)));
    });
}

/** The last result, and its keys once they were needed. */
export class LatestRows<R> {
  readonly #keyOf: KeyReader<R>;
  #rows: readonly R[] = [];
  /** What tells the rows apart: read of all of them once, and then kept by what changes. */
  #identities: Set<unknown> | undefined;

  constructor(keyOf: KeyReader<R>) {
    this.#keyOf = keyOf;
  }

  /** Takes the next result. Gives how it came from the last one. */
  follow(rows: readonly R[]): RowChanges<R> {
    const before = this.#rows;
    const { spans, left } = spansBetween(before, rows);
    const leaving = this.#placesByIdentity(before, left);
    const inserted: R[] = [];
    const arriving = new Set<unknown>();
    const updated: RowUpdate<R>[] = [];
    const runs: Run[] = [];
    let place = 0;
    for (let i = 0; i < spans.length; i += 2) {
      const end = place + spans[i + 1]!;
      if (spans[i]! >= 0) addRun(runs, spans[i]!, place, end - place);
      else
        for (; place < end; place++) {
          const row = rows[place]!;
          const identity = identityOf(this.#keyOf(row));
          const from = leaving.get(identity);
          if (from === undefined) {
            inserted.push(row);
            arriving.add(identity);
          } else {
            leaving.delete(identity);
            addRun(runs, from, place, 1);
            if (!isSameRow(before[from]!, row)) updated.push({ old: before[from]!, new: row });
          }
        }
      place = end;
    }
    // A second row of one key always shows as inserted, because the first one took the old row, if there was one.
    if (arriving.size < inserted.length || this.#hasAny(arriving)) throw duplicateIn(rows, this.#keyOf);
    const removed = Array.from(leaving.values(), (old) => before[old]!);
    const moved: RowMove<R>[] = [];
    for (const { from, place, count } of fewestMoves(runs))
      for (let i = 0; i < count; i++) moved.push({ row: rows[place + i]!, from: from + i, to: place + i });
    this.#rows = rows;
    for (const identity of leaving.keys()) this.#identities?.delete(identity);
    for (const identity of arriving) this.#identities?.add(identity);
    return { rows, inserted, updated, removed, moved };
  }

  #placesByIdentity(rows: readonly R[], ranges: readonly number[]): Map<unknown, number> {
    const places = new Map<unknown, number>();
    for (let i = 0; i < ranges.length; i += 2)
      for (let place = ranges[i]!; place < ranges[i + 1]!; place++)
        places.set(identityOf(this.#keyOf(rows[place]!)), place);
    return places;
  }

  #hasAny(identities: ReadonlySet<unknown>): boolean {
    if (identities.size === 0 || this.#rows.length === 0) return false;
    this.#identities ??= new Set(this.#rows.map((row) => identityOf(this.#keyOf(row))));
    for (const identity of identities) if (this.#identities.has(identity)) return true;
    return false;
  }
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
