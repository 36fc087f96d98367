/** Counting: what comes, and what was written. */
import { type Observable, reduce } from 'rxjs';
import type { Executed } from 'sluice';

/** Subscribes, and counts what comes from then on. */
export function tally(source: Observable<unknown>): () => number {
  let came = 0;
  source.subscribe(() => {
    came += 1;
  });
  return () => came;
}

export interface Written {
  readonly writes: number;
  readonly rows: number;
}

/** Adds up writes, and emits the sum once they are all done. */
export function addUp(writes: Observable<Executed>): Observable<Written> {
  const add = (sum: Written, { changes }: Executed) => ({ writes: sum.writes + 1, rows: sum.rows + changes });
  return writes.pipe(reduce(add, { writes: 0, rows: 0 }));
}
