/** The memory that idle live queries take. */
import { type Observable, Subscription } from 'rxjs';
import { done, withServer } from '../support/databases.ts';
import type { Benchmark } from './benchmark.ts';
import { heapBytes, type procedures } from './heap.ts';
import { makeItems } from './items.ts';
import { report, rounded } from './report.ts';

const watchers = 10_000;
const query = 'SELECT id, title, done FROM item WHERE list_id = ?';

export const idleMemory: readonly Benchmark[] = [
  {
    name: 'idle-memory',
    title: 'heap per idle live query, 10,000 of one shape with 10 rows of 3 columns each, after garbage was collected',
    run: (title) =>
      withServer(
        async ({ db, server }) => {
          const worker = server.connect<typeof procedures>();
          await makeItems(db, { rows: watchers * 10, lists: watchers, indexes: ['list_id'] });
          const live$ = Array.from({ length: watchers }, (_, list) => db.watch(query, [list]));
          const subscription = new Subscription();
          // The first ones leave what is there once for all.
          await followIdly(live$.slice(0, 100), subscription);
          const before = { worker: (await done(worker.call('heapBytes')))!, client: heapBytes(), rss: rss() };
          await followIdly(live$.slice(100), subscription);
          const after = { worker: (await done(worker.call('heapBytes')))!, client: heapBytes(), rss: rss() };
          const kilobytes = (bytes: number): number => bytes / (watchers - 100) / 1024;
          const onServer = kilobytes(after.worker - before.worker);
          const onClient = kilobytes(after.client - before.client);
          report(
            title,
            [
              ["on the server: the worker's heap", `${rounded(onServer)} KB`],
              ["on the client: this thread's heap", `${rounded(onClient)} KB`],
              ['all of the process, with free pages', `${rounded(kilobytes(after.rss - before.rss))} KB`],
            ],
            [
              { what: 'KB on the server', value: onServer, atMost: 4 },
              { what: 'KB on the client', value: onClient, atMost: 4 },
            ],
          );
          subscription.unsubscribe();
        },
        { module: new URL('./heap.ts', import.meta.url) },
      ),
  },
];

/** Waits until each has emitted, with nothing for each of them that is not the library's. */
async function followIdly(sources: readonly Observable<unknown>[], subscription: Subscription): Promise<void> {
  let waiting = sources.length;
  await new Promise<void>((resolve, reject) => {
    const next = (): void => {
      if (--waiting === 0) resolve();
    };
    for (const source of sources) subscription.add(source.subscribe({ next, error: reject }));
  });
}

function rss(): number {
  return process.memoryUsage.rss();
}
