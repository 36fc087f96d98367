/** Follows the live query that belongs to the latest value. */

import { type Observable, type OperatorFunction, switchMap } from 'rxjs';

/** Whatever keeps the result of a query current. */
export interface Watches<Q, R> {
  watch(query: Q): Observable<R>;
}

/**
 * Watches `query(value)`, and leaves it for the next value's query as soon as that value arrives.
 *
 *     in    -a-------b----|     db.watch(query(a))   x--x--x--
 *     out   -x--x--x-y---y-     db.watch(query(b))   y---y----
 *
 * Shapes  a query is the first argument of `db.watch`, of its last signature where it has several.
 * Units   none.
 * Errors  a source error passes at once and ends the live query, as does a failing live query or a `query` that throws;
 *         completion of the source ends nothing: the last live query goes on until it completes or is unsubscribed.
 * Source  RxJS `switchMap`.
 */
export function watch<V, Q, R>(db: Watches<Q, R>, query: (value: V) => Q): OperatorFunction<V, R> {
  return switchMap((value) => db.watch(query(value)));
}
