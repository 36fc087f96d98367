/** Inserts beside a live query on the table that they go into. */
import { done, withServer } from '../support/databases.ts';
import type { Benchmark } from './benchmark.ts';
import { whileFollowing } from './emissions.ts';
import { keepInFlight } from './in-flight.ts';
import { type Bound, elapsedMs, median, repeat } from './measure.ts';
import { report, rounded } from './report.ts';

const rounds: Bound = { times: 9, withinMs: 12_000 };
const total = 10_000;
const insert = (table: string): string => `INSERT INTO ${table} VALUES (?, ?, ?, ?, ?)`;
const columns = '(id INTEGER PRIMARY KEY, list_id INTEGER, title TEXT, price REAL, done INTEGER)';

export const inserts: readonly Benchmark[] = [
  {
    name: 'inserts-in-one-batch',
    title: 'a batch of 100,000 inserts of 5 columns; the live query is of the 100 rows of one list',
    run: (title) =>
      withServer(async ({ db }) => {
        await done(db.executeScript(`CREATE TABLE watched ${columns}; CREATE TABLE unwatched ${columns}`));
        const rows = Array.from({ length: 100_000 }, (_, id) => [id, id % 1_000, `item ${id}`, id / 3, 0] as const);
        const inserted = (table: string) => done(db.batch((b) => b.executeMany(insert(table), rows)));
        const list$ = db.watch('SELECT id, title FROM watched WHERE list_id = ?', [7]);
        const measured = await whileFollowing([list$], ([live]) =>
          repeat(rounds, async (n) => {
            if (n > 0) {
              const isEmpty = live!.next();
              await Promise.all([done(db.executeScript('DELETE FROM watched; DELETE FROM unwatched')), isEmpty]);
            }
            const emitted = live!.next();
            const watchedMs = await elapsedMs(() => Promise.all([inserted('watched'), emitted]));
            return [watchedMs, await elapsedMs(() => inserted('unwatched'))] as const;
          }),
        );
        // The first round warms up.
        const [watchedMs, unwatchedMs] = [0, 1].map((side) => median(measured.slice(1).map((round) => round[side]!)));
        report(
          title,
          [
            ['into a watched table, and until the emission', `${rounded(watchedMs!)} ms`],
            ['into an unwatched table', `${rounded(unwatchedMs!)} ms`],
          ],
          [{ what: 'ratio', value: watchedMs! / unwatchedMs!, atMost: 1.8 }],
        );
      }),
  },
  {
    name: 'inserts-at-once',
    title: '10,000 inserts of one row each, all in flight at once',
    run: (title) =>
      withServer(async ({ db }) => {
        await done(db.executeScript(`CREATE TABLE item ${columns}`));
        let next = 0;
        const insertAll = (): Promise<number> =>
          keepInFlight(total, total, () => db.execute(insert('item'), [next++, next % 1_000, `item ${next}`, 0.5, 0]));
        const measured = await repeat(rounds, async () => {
          const count$ = db.watch('SELECT count(*) AS items FROM item');
          const beside = await whileFollowing([count$], async ([live]) => {
            const start = live!.count;
            return { ms: await elapsedMs(insertAll), results: live!.count - start };
          });
          return { beside, aloneMs: await elapsedMs(insertAll) };
        });
        const warm = measured.slice(1);
        const besideRate = (total / median(warm.map(({ beside }) => beside.ms))) * 1000;
        const aloneRate = (total / median(warm.map(({ aloneMs }) => aloneMs))) * 1000;
        const results = median(warm.map(({ beside }) => beside.results));
        report(
          title,
          [
            ['beside a live count of the table', `${rounded(besideRate)} rows/s, ${results} new results`],
            ['without a live query', `${rounded(aloneRate)} rows/s`],
          ],
          [{ what: 'rows/s beside the live count', value: besideRate, atLeast: 40_000 }],
        );
      }),
  },
];
