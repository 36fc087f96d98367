/** The row of a result that has at most one. */

import { map, type OperatorFunction } from 'rxjs';
import { RowCountError } from './one.ts';

/**
 * Takes the one row out of each result, or `undefined` where there is none; errors where there is a second.
 *
 *     in    -x--y---z--|    x = [a], y = [], z = [b, c]
 *     out   -a--u---#       u = undefined; and the source is unsubscribed
 *
 * Shapes  one row, or `undefined`, per result; a source that completes without a result completes the output likewise.
 * Units   none.
 * Errors  a source error passes at once; a second row is a {@link RowCountError}, which ends the output as any error does.
 * Source  `one`, and SQL's scalar subquery, which gives NULL where it finds no row.
 */
export function oneOrNone<R>(): OperatorFunction<readonly R[], R | undefined> {
  const madeAt = new Error();
  return map((rows) => {
    if (rows.length > 1) throw new RowCountError('at most one row is', rows.length, madeAt);
    return rows[0];
  });
}
