/** Gathers the values that arrive while one projection is in flight, for the next projection to take as one. */

import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  endWith,
  exhaustMap,
  filter,
  finalize,
  ignoreElements,
  type Observable,
  type ObservableInput,
  type OperatorFunction,
  of,
  repeat,
  share,
  startWith,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';

/** What a timer can wait; a longer one would go off at once. */
const longestTimerMs = 2 ** 31 - 1;

/** How much to gather, and how long to wait for it. */
export interface GatherOptions {
  /** The most values that one call gets, a whole number from 1; no limit by default. */
  readonly maxSize?: number;
  /** How long a first value waits for more while nothing is in flight, in milliseconds; by default not at all. */
  readonly maxWaitMs?: number;
}

/**
 * Projects values in order, one call in flight at a time; values that arrive meanwhile go together to the next call.
 *
 *     in    -abc------d----|    each call takes 4 frames: ----(x|)
 *     out   -----x---y-----z|   x = project([a]), y = project([b, c]), z = project([d])
 *
 * Shapes  each array is new, never empty, and belongs to `project`.
 * Units   `maxSize` in values. `maxWaitMs` in milliseconds, from the first value that arrives with nothing in flight; a
 *         full array does not wait, nor do values gathered during a call, nor anything once the source has ended.
 * Errors  a source error waits for what came before it: the call in flight goes on, and what is gathered is projected
 *         first, as on completion; then the error passes. An inner error, or a `project` that throws, errors the
 *         output at once, unsubscribes the source and drops what is gathered; so does unsubscribing, without the
 *         error. Options outside their range throw a RangeError at the call.
 * Source  RxJS `exhaustMap`, with the values that it would drop gathered instead.
 */
export function gatherMap<V, R>(
  project: (values: V[]) => ObservableInput<R>,
  { maxSize = Number.POSITIVE_INFINITY, maxWaitMs = 0 }: GatherOptions = {},
): OperatorFunction<V, R> {
  if (maxSize !== Number.POSITIVE_INFINITY && !(Number.isInteger(maxSize) && maxSize >= 1))
    throw new RangeError(`maxSize is expected to be a whole number from 1, or Infinity, and was given as ${maxSize}`);
  if (!(maxWaitMs >= 0 && maxWaitMs <= longestTimerMs))
    throw new RangeError(`maxWaitMs is expected to be from 0 to ${longestTimerMs}, and was given as ${maxWaitMs}`);

  return (source) =>
    defer(() => {
      const gathered: V[][] = []; // full arrays, and last the one that still grows
      let isInFlight = false;
      let failure: Observable<never> = EMPTY;

      const gather = (value: V) => {
        const growing = gathered.at(-1);
        if (growing !== undefined && growing.length < maxSize) growing.push(value);
        else gathered.push([value]);
      };

      const values = source.pipe(
        catchError((error) => {
          failure = throwError(() => error);
          return EMPTY;
        }),
        tap(gather),
        share(), // with the wait below, which looks on
      );

      const fullOrEnded = values.pipe(
        startWith('the value that is here already'),
        filter(() => gathered[0]?.length === maxSize),
        endWith('no more will come'),
      );
      const waitForMore = maxWaitMs > 0 ? timer(maxWaitMs).pipe(takeUntil(fullOrEnded), ignoreElements()) : EMPTY;

      const call = (taken: V[]) =>
        defer(() => {
          isInFlight = true;
          return project(taken);
        }).pipe(
          finalize(() => {
            isInFlight = false;
          }),
        );
      // Calls that end synchronously are made by this loop, because `repeat` recurses and they may be many.
      function* nextCalls() {
        while (!isInFlight && gathered.length > 0) yield gathered.shift()!;
      }
      const callUntilNoneGathered = defer(nextCalls).pipe(
        concatMap(call),
        repeat({ delay: () => (gathered.length > 0 ? of('again') : EMPTY) }),
      );

      return concat(
        values.pipe(exhaustMap(() => concat(waitForMore, callUntilNoneGathered))),
        defer(() => failure),
      );
    });
}
