/** A result whose rows are made when they are touched. */
import type { Row } from '../model/values.ts';
import { type RowBlock, rowCount } from '../wire/row-block.ts';
import { objectsOf } from '../wire/rows-of-block.ts';

/**
 * The rows of a select with `rows: 'lazy'`: objects only once they are touched, with up to a thousand around them that came
 * together. A row stays the same object from then on.
 *
 *     const rows = await firstValueFrom(db.select('SELECT * FROM reading', [], { rows: 'lazy' }));
 *     rows.length; rows.at(-1); rows.slice(first, first + 20);
 *
 * For many rows of which few are shown: as objects, a million are 150 MB, which the garbage collector moves with pauses that no
 * slices can avoid. Who touches all has all in memory. It is no array: to hand it on, to clone it or to compare it, make one,
 * `[...rows]`.
 */
export class LazyRows<R = Row> implements Iterable<R> {
  readonly columns: readonly string[];
  readonly length: number;
  /** What arrived together, and in its place the rows of it, once one was touched. */
  readonly #parts: (RowBlock | readonly R[])[];
  /** The places at which they begin. */
  readonly #starts: readonly number[];

  constructor(columns: readonly string[], blocks: readonly RowBlock[]) {
    const starts: number[] = [];
    let length = 0;
    for (const block of blocks) {
      starts.push(length);
      length += rowCount(block);
    }
    this.columns = columns;
    this.length = length;
    this.#parts = [...blocks];
    this.#starts = starts;
  }

  /**
   * The row at a place, which counts from the end where it is negative; `undefined` where there is none. A property of each
   * object, since a clone of one without its rows would be taken for empty: as no function can be cloned, there is none.
   */
  readonly at = (index: number): R | undefined => {
    const whole = Math.trunc(index) || 0;
    const at = whole < 0 ? this.length + whole : whole;
    if (at < 0 || at >= this.length) return undefined;
    const part = this.#partAt(at);
    return this.#rowsOf(part)[at - this.#starts[part]!];
  };

  /** The rows from a place to before another, as of an array. */
  slice(start = 0, end = this.length): R[] {
    const [first, last] = [this.#placeOf(start), this.#placeOf(end)];
    const rows: R[] = [];
    if (first >= last) return rows;
    for (let part = this.#partAt(first); part < this.#parts.length && this.#starts[part]! < last; part++) {
      const begin = this.#starts[part]!;
      for (const row of this.#rowsOf(part).slice(Math.max(first - begin, 0), last - begin)) rows.push(row);
    }
    return rows;
  }

  *[Symbol.iterator](): Generator<R, undefined> {
    for (let part = 0; part < this.#parts.length; part++) yield* this.#rowsOf(part);
    return undefined;
  }

  /** All rows, for `JSON.stringify`. */
  toJSON(): R[] {
    return [...this];
  }

  /** What an index means where it may be beyond the ends. */
  #placeOf(index: number): number {
    const whole = Math.trunc(index) || 0;
    return whole < 0 ? Math.max(this.length + whole, 0) : Math.min(whole, this.length);
  }

  /** The last part that begins at a place or before it. */
  #partAt(place: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #rowsOf(part: number): readonly R[] {
    const rows = this.#parts[part]!;
    if (Array.isArray(rows)) return rows;
    const made = objectsOf(rows as RowBlock, this.columns) as R[];
    this.#parts[part] = made;
    return made;
  }
}
