/** Writes readings into a file while they are read. */
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { count, defer, finalize, mergeMap, type Observable, tap } from 'rxjs';
import type { Reading } from './queries.ts';

/** Emits how many there were, once all are in the file. */
export function exportTo(path: string, readings: Observable<Reading>): Observable<number> {
  return defer(() => {
    const file = createWriteStream(path);
    return readings.pipe(
      tap(({ id, name, celsius }) => file.write(`${id},${name},${celsius}\n`)),
      count(),
      mergeMap(async (rows) => {
        await finished(file.end());
        return rows;
      }),
      finalize(() => file.destroy()),
    );
  });
}
