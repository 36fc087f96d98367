/** Holds back all values until a closing step has succeeded. */

import { concat, defer, ignoreElements, type MonoTypeOperatorFunction, type ObservableInput, tap } from 'rxjs';

/**
 * Holds the values of the source until it completes and `finish()` has completed after it; then emits them all at once.
 *
 *     in       -a-b-|
 *     finish        ---|
 *     out      --------(ab|)
 *
 * Shapes  as the source; what `finish()` emits is ignored.
 * Units   none; it holds every value in memory, so an endless source is held for ever.
 * Errors  a source error passes at once, and `finish` is not called. An error of `finish`, thrown or emitted, is that
 *         of the output, and the held values are never emitted. Unsubscribing ends whichever of the two is active.
 * Source  RxJS `concat` of source, finish and held values: the source is torn down before `finish` is called.
 */
export function releaseAfter<T>(finish: () => ObservableInput<unknown>): MonoTypeOperatorFunction<T> {
  return (source) =>
    defer(() => {
      const held: T[] = [];
      const hold = source.pipe(
        tap((value) => held.push(value)),
        ignoreElements(),
      );
      return concat(hold, defer(finish).pipe(ignoreElements()), held);
    });
}
