/** Tells what each live result changes. What compares them is loaded meanwhile: few applications need it. */
import { concatMap, defer, from, map, type Observable, of } from 'rxjs';
import type { LatestRows, RowChanges } from '../../streams/row-changes.ts';
import type { KeyReader } from '../../streams/row-key.ts';

export function changesOfRows<R>(rows$: Observable<readonly R[]>, keyOf: KeyReader<R>): Observable<RowChanges<R>> {
  return defer(() => {
    let latest: LatestRows<R> | undefined;
    const loading = import('../../streams/row-changes.ts').then((loaded) => {
      latest = new loaded.LatestRows(keyOf);
    });
    // Whoever has a result is told; without one, nobody is concerned.
    loading.catch(() => {});
    return rows$.pipe(
      concatMap((rows) => (latest ? of(rows) : from(loading).pipe(map(() => rows)))),
      map((rows) => latest!.follow(rows)),
    );
  });
}
