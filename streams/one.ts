/** The row of a result that has exactly one. */

import { map, type OperatorFunction } from 'rxjs';

/** A result had another number of rows than its reader asked for. The stack names the place that asked. */
export class RowCountError extends Error {
  override readonly name = 'RowCountError';
  readonly found: number;

  constructor(expected: string, found: number, madeAt: Error) {
    super(`${expected} expected, and ${found} found`);
    this.found = found;
    // Where the rows arrived says nothing: by then the operator's maker is long gone from the stack.
    this.stack = `${this.name}: ${this.message}\n${(madeAt.stack ?? '').replace(/^Error\n/, '')}`;
  }
}

/**
 * Takes the one row out of each result, and errors with a {@link RowCountError} where there is none, or a second.
 *
 *     in    -x--y---z--|    x = [a], y = [b], z = []
 *     out   -a--b---#       and the source is unsubscribed
 *
 * Shapes  one row per result; a source that completes without a result completes the output without a row.
 * Units   none.
 * Errors  a source error passes at once. A RowCountError ends the output as any error does: with a live query, `retry()`
 *         after it subscribes anew, and so errors again at once for as long as the count is still another;
 *         `retry({ delay })` waits.
 * Source  RxJS `single`, which counts the emissions of a source as this counts the rows of an emission.
 */
export function one<R>(): OperatorFunction<readonly R[], R> {
  const madeAt = new Error();
  return map((rows) => {
    if (rows.length !== 1) throw new RowCountError('one row is', rows.length, madeAt);
    return rows[0]!;
  });
}
