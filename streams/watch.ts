/** Follows the live query that belongs to the latest value. */

import { type Observable, type OperatorFunction, switchMap } from 'rxjs';

/** Whatever keeps the result of a query current. */
export interface Watches<Q, R> {
  watch(query: Q): Observable<R>;
}

/** The same for lists of rows, whose type each query tells. */
export interface WatchesRows {
  watch<R>(query: RowQuery<R> | string): Observable<readonly R[]>;
}

/** A query that tells the type `R` of its rows, in one of the ways in which templates and query builders do. */
export type RowQuery<R> =
  | { readonly sql: unknown; readonly row?: R }
  | { compile(): unknown; execute?(): Promise<R[]> }
  | { toSQL(): unknown; readonly _?: { readonly result: R[] } };

/** Of a query that does not tell its rows, such as a template without a type, `never` is inferred. */
type ToldRow<R> = [R] extends [never] ? Record<string, unknown> : R;

/**
 * Watches `query(value)`, and leaves it for the next value's query as soon as that value arrives.
 *
 *     in    -a-------b----|     db.watch(query(a))   x--x--x--
 *     out   -x--x--x-y---y-     db.watch(query(b))   y---y----
 *
 * Shapes  a query is the one argument of `db.watch`; a row's type is what the query tells, or what the caller says:
 *         `watch<string, Todo>(db, (value) => 'SELECT …')`.
 * Units   none.
 * Errors  a source error passes at once and ends the live query, as does a failing live query or a `query` that throws;
 *         completion of the source ends nothing: the last live query goes on until it completes or is unsubscribed.
 * Source  RxJS `switchMap`.
 */
export function watch<V, R = Record<string, unknown>>(
  db: WatchesRows,
  query: (value: V) => RowQuery<R> | string,
): OperatorFunction<V, readonly ToldRow<R>[]>;
export function watch<V, Q, R>(db: Watches<Q, R>, query: (value: V) => Q): OperatorFunction<V, R>;
export function watch<V, Q, R>(db: Watches<Q, R>, query: (value: V) => Q): OperatorFunction<V, R> {
  return switchMap((value) => db.watch(query(value)));
}
