/** What a large live result keeps in the client's heap, beside the same objects in a plain array. */
import { Subscription, take } from 'rxjs';
import { done, withServer } from '../support/databases.ts';
import type { Benchmark } from './benchmark.ts';
import { heapBytes } from './heap.ts';
import { makeItems } from './items.ts';
import { report, rounded } from './report.ts';

const query = 'SELECT * FROM item';

export const clientMemory: readonly Benchmark[] = [
  {
    name: 'client-memory',
    title: 'the heap of a client that follows 100,000 rows of 6 columns, after garbage was collected',
    run: (title) =>
      withServer(async ({ db }) => {
        await makeItems(db, { rows: 100_000, lists: 1_000 });
        // What is compiled and opened once is not counted.
        await done(db.watch(`${query} LIMIT 5000`).pipe(take(1)));
        const rows = async (): Promise<unknown> =>
          // Objects and texts of their own, as an application would make them.
          (await done(db.select(query)))!.map((row) => ({
            ...row,
            title: `${String(row.title).slice(0, 4)} ${row.id}`,
          }));
        const plain = await heapOf(rows);
        const subscription = new Subscription();
        const live = await heapOf(
          () => new Promise<void>((resolve) => subscription.add(db.watch(query).subscribe(() => resolve()))),
        );
        subscription.unsubscribe();
        const megabytes = (bytes: number): string => `${rounded(bytes / 2 ** 20)} MB`;
        report(
          title,
          [
            ['the live query', megabytes(live)],
            ['a plain array of such objects', megabytes(plain)],
          ],
          [{ what: 'ratio', value: live / plain, atMost: 1.3 }],
        );
      }),
  },
];

/** What is held once `make` is done, in bytes. */
async function heapOf(make: () => Promise<unknown>): Promise<number> {
  // What waited for the first collection goes with the second.
  heapBytes();
  const before = heapBytes();
  const held = await make();
  heapBytes();
  const bytes = heapBytes() - before;
  // Not before it was measured.
  return held === null ? 0 : bytes;
}
