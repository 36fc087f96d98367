/** Writes the values that arrive during one batch as the next batch. */

import type { Observable, OperatorFunction } from 'rxjs';
import { type GatherOptions, gatherMap } from './gather-map.ts';

/** Whatever collects writes in one step, and performs them as one. */
export interface Batches<B, R> {
  batch(build: (b: B) => void): Observable<R>;
}

/**
 * Performs the values as batches, in order and one at a time, each with all that was gathered during the one before.
 *
 *     in    -abc------d----|    each batch takes 4 frames: ----(x|)
 *     out   -----x---y-----z|   x is the outcome of [a], y that of [b, c], z that of [d]
 *
 * Shapes  `build` puts one gathered array, new and never empty, into the batch; emits what `db.batch` emits.
 * Units   `maxSize` in values per batch; `maxWaitMs` in milliseconds: see {@link gatherMap}.
 * Errors  those of {@link gatherMap}: a source error comes after the batches of the values before it; a failed batch
 *         errors the output at once, and what is gathered is dropped.
 * Source  {@link gatherMap} onto `db.batch`.
 */
export function batch<B, V, R>(
  db: Batches<B, R>,
  build: (b: B, values: V[]) => void,
  options?: GatherOptions,
): OperatorFunction<V, R> {
  return gatherMap((values) => db.batch((b) => build(b, values)), options);
}
