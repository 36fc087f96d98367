/** Ticks on this thread while work goes on, and finds the longest pause between two ticks. */
import {
  connect,
  endWith,
  forkJoin,
  interval,
  last,
  map,
  type Observable,
  pairwise,
  reduce,
  startWith,
  takeUntil,
} from 'rxjs';

export interface Ticked<T> {
  /** The last value of the work. */
  readonly result: T;
  readonly ms: number;
  readonly ticks: number;
  /** At least 1 ms, which is what a timer waits. */
  readonly longestPauseMs: number;
}

/**
 * Ticks every millisecond until the work is done. Whatever holds this thread up delays a tick.
 *
 *     work   ------------x|
 *     ticks  -||||---|||||     the longest pause is that of 3 frames
 */
export function whileTicking<T>(work: Observable<T>): Observable<Ticked<T>> {
  return work.pipe(
    last(),
    connect((result) => forkJoin({ result, pulse: interval(1).pipe(takeUntil(result), pulseOf) })),
    map(({ result, pulse }) => ({ result, ...pulse })),
  );
}

function pulseOf(ticks: Observable<unknown>): Observable<Omit<Ticked<unknown>, 'result'>> {
  return ticks.pipe(
    startWith('the start'),
    endWith('the end'),
    map(() => performance.now()),
    pairwise(),
    map(([before, now]) => now - before),
    reduce(
      ({ ms, ticks, longestPauseMs }, pause) => ({
        ms: ms + pause,
        ticks: ticks + 1,
        longestPauseMs: Math.max(longestPauseMs, pause),
      }),
      { ms: 0, ticks: 0, longestPauseMs: 0 },
    ),
  );
}
