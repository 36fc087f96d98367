/** What crosses the wire in bulk: sluice on a worker beside better-sqlite3 in process. */
import { concatMap, count, from, type Observable } from 'rxjs';
import { done } from '../support/databases.ts';
import type { Benchmark } from './benchmark.ts';
import { inserterOf, insertItem, itemsOf, withBoth } from './both-sides.ts';
import { keepInFlight } from './in-flight.ts';
import { median, repeat } from './measure.ts';
import { longestPause } from './pauses.ts';
import { report, rounded } from './report.ts';
import { compare } from './side-by-side.ts';

const point = 'SELECT * FROM item WHERE id = ?';
const all = 'SELECT * FROM item';
const million = 1_000_000;

/** Of a thread that shows something, no task should be longer. */
const longestTaskMs = 8;

export const wire: readonly Benchmark[] = [
  {
    name: 'wire-batch',
    title: 'a batch of 100,000 inserts of 6 columns (the table is emptied in each round)',
    run: (title) =>
      withBoth([], async (db, driver) => {
        const rows = itemsOf(100_000);
        const throughWorker = (): Promise<unknown> =>
          done(
            db.batch((b) => {
              b.execute('DELETE FROM item');
              b.executeMany(insertItem, rows);
            }),
          );
        const insertAll = inserterOf(driver, rows);
        const sides = [
          { name: 'sluice, one batch to the worker', run: () => throughWorker().then(() => rows.length) },
          {
            name: 'better-sqlite3 in process',
            run: () => {
              driver.exec('DELETE FROM item');
              insertAll();
              return rows.length;
            },
          },
        ] as const;
        await compare({ name: title, unit: 'rows', sides, bar: 0.9 });
        await reportPauses('the longest pause of this thread in such a batch', throughWorker);
      }),
  },
  {
    name: 'wire-select',
    title: 'a select of 1,000,000 rows of 6 columns, as objects',
    run: (title) =>
      withBoth(itemsOf(million), async (db, driver) => {
        const throughWorker = async (): Promise<number> => (await done(db.select(all)))!.length;
        const statement = driver.prepare(all);
        const sides = [
          { name: 'sluice, through the worker', run: throughWorker },
          { name: 'better-sqlite3 in process, .all()', run: () => statement.all().length },
        ] as const;
        await compare({ name: title, unit: 'rows', sides, bar: 0.7 });
        await reportPauses('the longest pause of this thread in such a select', throughWorker);
        await reportPauses("… with rows: 'lazy'", () => done(db.select(all, [], { rows: 'lazy' })));
        await reportPauses('… and where this thread makes such rows by itself, 1,000 in each turn', makeAll);
      }),
  },
  {
    name: 'wire-points',
    title: 'point selects, 1,000 in flight',
    run: (title) =>
      withBoth(itemsOf(100_000), async (db, driver) => {
        const points = 50_000;
        const selectOne = driver.prepare(point);
        const sides = [
          {
            name: 'sluice, through the worker',
            run: () => keepInFlight(1000, points, (id) => db.select(point, [id])),
          },
          {
            name: 'better-sqlite3 in process',
            run: () => {
              let found = 0;
              for (let id = 0; id < points; id++) found += selectOne.get(id) ? 1 : 0;
              return found;
            },
          },
        ] as const;
        await compare({ name: title, unit: 'selects', sides, bar: 0.6, warmUp: 6 });
      }),
  },
  {
    name: 'wire-stream',
    title: 'a stream of 1,000,000 rows of 6 columns, row by row',
    run: (title) =>
      withBoth(itemsOf(million), async (db, driver) => {
        const throughWorker = (stream: Observable<unknown>): Promise<number | undefined> => done(stream.pipe(count()));
        const statement = driver.prepare(all);
        const sides = [
          { name: 'sluice, through the worker', run: async () => (await throughWorker(db.stream(all)))! },
          {
            name: 'better-sqlite3 in process, .iterate()',
            run: () => {
              let rows = 0;
              for (const _ of statement.iterate()) rows++;
              return rows;
            },
          },
        ] as const;
        await compare({ name: title, unit: 'rows', sides, bar: 0.7 });
        await reportPauses('the longest pause of this thread in such a stream', () => throughWorker(db.stream(all)));
        const beside = from(Array(20).keys()).pipe(concatMap((id) => db.select(point, [id])));
        await reportPauses('… and with 20 selects of others beside it', () =>
          Promise.all([throughWorker(db.stream(all)), done(beside)]),
        );
      }),
  },
];

/** What any receiver of plain objects pays: the collector copies what survives. */
async function makeAll(): Promise<void> {
  const rows: object[][] = [];
  for (let first = 0; first < million; first += 1000) {
    rows.push(Array.from({ length: 1000 }, (_, place) => itemAt(first + place)));
    await new Promise(setImmediate);
  }
}

function itemAt(id: number): object {
  return { id, list: id % 1000, name: `name ${id}`, price: id / 3, stock: id * 7, note: `note ${id % 97}` };
}

async function reportPauses(name: string, work: () => Promise<unknown>): Promise<void> {
  const pauses = await repeat({ times: 7, withinMs: 30_000 }, () => longestPause(work));
  const [took, worked] = [pauses.map(({ tookMs }) => tookMs), pauses.map(({ workedMs }) => workedMs)];
  report(
    name,
    [
      ['by the clock', `${took.map(rounded).join(', ')} ms`],
      ['of work', `${worked.map(rounded).join(', ')} ms`],
    ],
    [
      { what: 'median by the clock in ms', value: median(took), atMost: longestTaskMs },
      { what: 'median of work in ms', value: median(worked), atMost: longestTaskMs },
    ],
  );
}
