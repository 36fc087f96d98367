/** Executes one query per value, in order and one at a time. */

import { concatMap, type Observable, type OperatorFunction } from 'rxjs';

/** Whatever executes a query and emits its outcome. */
export interface Executes<Q, R> {
  execute(query: Q): Observable<R>;
}

/**
 * Executes `query(value)` for each value; the next one is built and sent after the one before has completed.
 *
 *     in    -a-b-------|        each execution takes 3 frames: ---(x|)
 *     out   ----x--y---|        x and y are the outcomes of query(a) and query(b)
 *
 * Shapes  a query is the one argument of `db.execute`.
 * Units   none; values that arrive during an execution wait in memory, without limit.
 * Errors  a source error passes at once: the execution in flight is unsubscribed, the waiting values are dropped;
 *         a failed execution, or a `query` that throws, errors the output and unsubscribes the source.
 * Source  RxJS `concatMap`, which recurses: with several hundred values waiting, executions that complete
 *         synchronously one after the other exhaust the stack (RxJS 7.8). Those that answer through a port do not.
 */
export function execute<V, Q, R>(db: Executes<NoInfer<Q>, R>, query: (value: V) => Q): OperatorFunction<V, R> {
  return concatMap((value) => db.execute(query(value)));
}
