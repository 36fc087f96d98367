/** Runs one transaction per value, in order and one at a time. */

import { concatMap, type Observable, type ObservableInput, type OperatorFunction } from 'rxjs';

/** What a transaction's body may give back: something to emit, or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: `undefined` would refuse functions declared as `void`.
export type WorkResult<T> = ObservableInput<T> | void;

/** Whatever runs `work` between a begin and a commit. */
export interface Transacts<Tx> {
  transaction<T>(work: (tx: Tx) => WorkResult<T>): Observable<T>;
}

/**
 * Runs `work` in a transaction of its own for each value; the next one begins after the one before has completed.
 *
 *     in    -a-b-------|        each transaction takes 3 frames: ---(x|)
 *     out   ----x--y---|        x = work(tx, a), y = work(tx, b)
 *
 * Shapes  emits what `db.transaction` emits; what `work` returns, nothing included, reaches `db.transaction` unchanged.
 * Units   none; values that arrive during a transaction wait in memory, without limit.
 * Errors  a source error passes at once: the transaction in flight is unsubscribed, the waiting values are dropped;
 *         a failed transaction, or a `db.transaction` that throws, errors the output and unsubscribes the source.
 * Source  RxJS `concatMap`, which recurses: with several hundred values waiting, transactions that complete
 *         synchronously one after the other exhaust the stack (RxJS 7.8). Those that answer through a port do not.
 */
export function transaction<Tx, V, T>(
  db: Transacts<Tx>,
  work: (tx: Tx, value: V) => WorkResult<T>,
): OperatorFunction<V, T> {
  return concatMap((value) => db.transaction((tx) => work(tx, value)));
}
