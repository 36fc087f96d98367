/** Shares one subscription, and greets a late subscriber with the latest value. */

import { type MonoTypeOperatorFunction, ReplaySubject, share } from 'rxjs';

/**
 * Multicasts the source; who subscribes late gets the latest value at once, in the call to `subscribe` itself.
 *
 *     in       -a--b----c-
 *     first    ^-------!        out  -a--b---
 *     late     --^-------!      out  --a-b----c
 *
 * Shapes  as the source.
 * Units   none; it holds one value, from the first subscriber until the last one leaves or the source ends.
 * Errors  an error or completion reaches every present subscriber; the next one subscribes to the source anew, as it
 *         does after the last one has left, and gets nothing from before.
 * Source  RxJS `share` over a `ReplaySubject(1)`, with all of its resets (they are its defaults, written out here).
 */
export function shareLatest<T>(): MonoTypeOperatorFunction<T> {
  return share({
    connector: () => new ReplaySubject<T>(1),
    resetOnRefCountZero: true,
    resetOnComplete: true,
    resetOnError: true,
  });
}
